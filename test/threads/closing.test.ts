/** What was sent = what was handled + the dead letters, also when nodes and the system end in the midst of a flood. */

import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Ref, System } from 'troupe';
import { describe, expect, it } from 'vitest';
import { type FloodBooks, type FloodProtocol, openBooks, Sink, Source, send, sendExit } from './fixtures/flood.ts';
import { running } from './running.ts';

/** Milliseconds that a drain waits under a flood that never ends. */
const DRAIN = 150;

const dead = (system: System): number => {
  let all = 0;
  for (const { deadLetters } of system.counters().values()) all += deadLetters;
  return all;
};

/** Ends a node's thread, as soon as there is room for the order on its way. */
type Exit = (node: number) => Promise<void>;

async function flooded(act: (system: System, exit: Exit) => Promise<void>) {
  const books = openBooks();
  const { system } = await running({
    nodes: [{ name: 'n1' }, { name: 'n2', redeliver: 'unbegun' }, { name: 'n3', redeliver: 'begun' }],
  });
  const sinks: Ref<FloodProtocol>[] = [];
  for (const node of ['n1', 'n2', 'n3', 'main'])
    sinks.push(
      await system.spawn(Sink, undefined, { node, name: `${node}-sink`, restart: 'permanent', shutdown: 200 }),
    );
  for (const node of ['n1', 'n2', 'n3', 'main'])
    await system.spawn(Source, { to: sinks, burst: 5, work: 100 }, { node, restart: 'permanent', shutdown: 200 });
  const flood = setInterval(() => {
    for (const sink of sinks) for (let i = 0; i < 10; i++) send(sink, 'take', 100);
    for (const sink of sinks) send(sink, 'sleep', 5);
  }, 1);
  try {
    await setTimeout(200);
    let hasEnded = false;
    void system.whenEnded.then(() => {
      hasEnded = true;
    });
    await act(system, async (node) => {
      while (!hasEnded && !sendExit(sinks[node - 1] as Ref<FloodProtocol>)) await setImmediate();
    });
    await system.whenEnded;
    await system[Symbol.asyncDispose]();
    return { system, books };
  } finally {
    clearInterval(flood);
    await system[Symbol.asyncDispose]();
  }
}

const difference = (system: System, { sent, handled }: FloodBooks): number => handled + dead(system) - sent;

describe('every message is accounted for where the system ends in a flood', () => {
  for (const [name, act] of [
    ['and nothing else', async (system: System) => await system.drain(DRAIN)],
    ['without a drain', async (system: System) => await system[Symbol.asyncDispose]()],
    [
      'and a node just before',
      async (system: System, exit: Exit) => {
        await exit(1);
        await system.drain(DRAIN);
      },
    ],
    [
      'and all nodes just before, without a drain',
      async (system: System, exit: Exit) => {
        for (const node of [1, 2, 3]) await exit(node);
        await system[Symbol.asyncDispose]();
      },
    ],
    [
      'and a node while it drains',
      async (system: System, exit: Exit) => {
        const drained = system.drain(DRAIN);
        await setTimeout(DRAIN / 2);
        await exit(2);
        await drained;
      },
    ],
    [
      'and a node while it stops',
      async (system: System, exit: Exit) => {
        const drained = system[Symbol.asyncDispose]();
        await exit(1);
        await drained;
      },
    ],
  ] as const) {
    it(name, async () => {
      const { system, books } = await flooded(act);
      const found = books();
      expect(difference(system, found)).toBe(0);
    });
  }
});

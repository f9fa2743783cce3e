/**
 * Minutes of trouble under full load, compressed: actors crash, come and go; nodes are killed, exit, throw and hang.
 * At the end every message is accounted for, each was handled in order and at most once where that is promised,
 * every ask has settled, and no memory was kept. `TROUPE_SOAK_SECONDS` makes it longer; `TROUPE_SOAK_SEED` repeats its acts.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loggerOf } from '@troupe/actors';
import { createSystem, type NodeOptions, type System } from 'troupe';
import { expect, it } from 'vitest';
import { readBooks } from './books.ts';
import { Chaos } from './chaos.ts';
import { Sink, Source } from './fixtures/load.ts';

const SECONDS = Number(process.env['TROUPE_SOAK_SECONDS'] ?? 30);
const SEED = Number(process.env['TROUPE_SOAK_SEED'] ?? Date.now() % 2 ** 31);

/** A thread ended at any moment may have one message in each of these: being sent, begun, written down, taken off a ring. */
const UNSURE_A_KILL = 4;
/** Bytes that the calling thread may keep at the end and did not after the first fifth: caches, buffers that grew, code. */
const GROWTH_MAX = 48 * 2 ** 20;

const ROUNDS_MAX = 60;

const nodes: readonly NodeOptions[] = (['none', 'unbegun', 'begun'] as const).map((redeliver, at) => ({
  name: `n${at + 1}`,
  redeliver,
  restarts: 1_000_000,
  hangTimeout: 400,
}));
const quiet = loggerOf(() => () => {});

it(`a soak of ${SECONDS} s`, { timeout: (SECONDS + 240) * 1_000 }, async () => {
  console.log(`TROUPE_SOAK_SEED=${SEED} TROUPE_SOAK_SECONDS=${SECONDS} npx vitest run --project test test/soak`);
  const folder = mkdtempSync(join(tmpdir(), 'troupe-soak-'));
  const system = await createSystem({
    nodes,
    logger: quiet,
    handleSigterm: false,
    supervision: { intensity: 1_000_000 },
  });
  try {
    let deaths = 0;
    system.onEvent(({ type }) => {
      if (type === 'node-down') deaths++;
    });
    const { chaos, sources } = await start(system, folder);
    const end = performance.now() + SECONDS * 1_000;
    const settledIn = performance.now() + SECONDS * 200;
    const pauseAll = async () => {
      for (const source of sources) await insist(() => source.ask.pause());
    };
    const rest = async (): Promise<number> => {
      await pauseAll();
      await chaos.settled();
      await untilQuiet(system, pauseAll);
      return memory();
    };
    while (performance.now() < settledIn) await chaos.act();
    // At rest both times: what is under way is no growth.
    const early = await rest();
    for (const source of sources) await insist(() => source.ask.resume());
    while (performance.now() < end) await chaos.act();
    const late = await rest();

    const dead = deadLetters(system);
    const books = readBooks(folder, (sink) => sink.startsWith('n3'));
    const sent = books.sent + chaos.sent + chaos.asks - chaos.asksRefused;
    // A source's next beat, which no book has, may be lost with its node.
    const unsure = deaths + chaos.kills * UNSURE_A_KILL;
    // An ask that was not begun, in a ring that redelivers, is dropped when its node ends: its asker was told.
    const dropped = chaos.asks - chaos.asksRefused - books.asksHandled;
    const difference = books.handled + dead.all - sent;
    console.log({
      ...Object.fromEntries(chaos.acts),
      sent,
      handled: books.handled,
      again: books.again,
      ...dead,
      deaths,
      difference,
      unsure,
      dropped,
      asks: chaos.asks,
      asksFailed: chaos.asksFailed,
      growth: late - early,
    });
    expect(books.wrong.slice(0, 10)).toEqual([]);
    expect(difference).toBeLessThanOrEqual(unsure);
    expect(difference).toBeGreaterThanOrEqual(-unsure - dropped);
    expect(dropped).toBeLessThanOrEqual(chaos.asksFailed);
    // It was a soak: much was sent, and nodes ended.
    expect(books.handled).toBeGreaterThan(1_000 * SECONDS);
    expect(late - early).toBeLessThan(GROWTH_MAX);
  } finally {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
});

async function start(system: System, folder: string) {
  const sinks = [];
  for (const { name: node } of nodes) {
    for (let i = 0; i < 3; i++) {
      const name = `${node}-sink${i}`;
      sinks.push(await system.spawn(Sink, { folder, name }, { node, name, restart: 'permanent', shutdown: 1_000 }));
    }
  }
  const sources = [];
  for (const node of ['main', ...nodes.map(({ name }) => name)]) {
    const name = `${node}-source`;
    const start = { folder, name, sinks, burst: 200, beat: 5 };
    sources.push(await system.spawn(Source, start, { node, name, restart: 'permanent', shutdown: 1_000 }));
  }
  const chaos = new Chaos({ system, folder, nodes: nodes.map(({ name }) => name), sinks, seed: SEED });
  return { chaos, sources };
}

/** Its node may be down just now. */
async function insist(ask: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Nodes come back, and what was left is handled, which may end them once more, so that their sources begin anew:
 * at last the account stands still.
 */
async function untilQuiet(system: System, pauseAll: () => Promise<void>): Promise<void> {
  const state = (): string =>
    JSON.stringify([...system.counters()].map(([name, { enqueued, deadLetters }]) => [name, enqueued, deadLetters]));
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    await pauseAll();
    const before = state();
    // Longer than it takes to find that a node hangs, and to end it.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    if (before === state()) return;
  }
  throw new Error(`Expected the system to come to rest, got ${state()}.`);
}

function deadLetters(system: System) {
  const sums = { all: 0, lost: 0, stopped: 0, nodeDown: 0, quarantined: 0, malformed: 0, overflow: 0 };
  for (const counters of system.counters().values()) {
    sums.all += counters.deadLetters;
    sums.lost += counters.deadLostWithNode;
    sums.stopped += counters.deadStopped;
    sums.nodeDown += counters.deadNodeDown;
    sums.quarantined += counters.deadQuarantined;
    sums.malformed += counters.deadMalformed;
    sums.overflow += counters.deadOverflow;
  }
  return sums;
}

/** What this thread keeps: its heap, and the memory of rings, which all threads share. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

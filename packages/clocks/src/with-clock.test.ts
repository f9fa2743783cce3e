import { nodeId, type Ticks } from '@troupe/protocol';
import { type Chatter, chatter, checkCore, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { hybridLogicalClock } from './hybrid-logical-clock.ts';
import { lamportClock } from './lamport-clock.ts';
import { matrixClock } from './matrix-clock.ts';
import { compareVectors, type Vector, vectorClock } from './vector-clock.ts';
import { type WithClock, withClock } from './with-clock.ts';

const clocks: readonly Clock<unknown, unknown>[] = [
  lamportClock,
  vectorClock,
  matrixClock,
  hybridLogicalClock(),
] as never;
const options = (self: ReturnType<typeof nodeId>, nodes: readonly ReturnType<typeof nodeId>[]) => ({ self, nodes });
const machine = () => (command: string) => command.length;
const faults = { delayMax: 9, lossPerMille: 100, duplicatePerMille: 50, persistDelayMax: 4 };

function play<S extends Chatter | WithClock<Chatter, unknown, unknown>>(network: TestNetwork<S>): void {
  for (let i = 0; i < 20; i++) {
    const node = network.ids[i % network.ids.length] as ReturnType<typeof nodeId>;
    network.after(i * 3, () => network.request(node, { kind: 'chat', word: `w${i}` } as never));
  }
  network.run(300);
}

describe.each(clocks.map((clock) => [clock.name, clock] as const))('a core with a %s', (_name, clock) => {
  it('does what it does without', () => {
    for (let seed = 0; seed < 20; seed++) {
      const plain = new TestNetwork<Chatter>(chatter('c'), { seed, nodes: 3, options, machine, faults });
      const clocked = new TestNetwork(withClock(chatter('c'), clock), { seed, nodes: 3, options, machine, faults });
      play(plain);
      play(clocked);
      expect(clocked.log).toEqual(plain.log);
    }
  });

  it('is a core by the rules', () => {
    const core = withClock(chatter('c'), clock);
    const network = new TestNetwork(core, { seed: 1, nodes: 3, options, machine, faults, record: true });
    play(network);
    checkCore(core, network.runs);
  });

  it('ignores a message without a proper stamp, for a reason that is counted', () => {
    const core = withClock(chatter('c'), clock);
    const n1 = nodeId('n1');
    const state = core.init({ self: n1, nodes: [n1] }, undefined);
    const ignored: string[] = [];
    for (const message of [undefined, null, 'x', {}, { stamp: 'x', message: { word: 'w' } }])
      core.step(state, { kind: 'message', now: 0 as Ticks, from: n1, message: message as never }, {
        ignore: (reason: string) => ignored.push(reason),
      } as never);
    expect(ignored).toEqual(Array.from({ length: 5 }, () => 'a malformed stamp'));
  });
});

describe('stamps of messages', () => {
  it('are in the order of their sending and receipt', () => {
    const core = withClock(chatter('c'), vectorClock);
    const [n1, n2] = [nodeId('n1'), nodeId('n2')];
    const sent: { readonly stamp: Vector }[] = [];
    const effects = (sends: typeof sent) =>
      new Proxy(
        {},
        { get: (_target, name) => (name === 'send' ? (_to: unknown, it: never) => sends.push(it) : () => 0) },
      );
    const one = core.init({ self: n1, nodes: [n1, n2] }, undefined);
    const two = core.init({ self: n2, nodes: [n1, n2] }, undefined);
    core.step(
      one,
      { kind: 'request', now: 0 as Ticks, id: null, request: { kind: 'chat', word: 'w' } },
      effects(sent) as never,
    );
    const [first, second] = sent as [{ readonly stamp: Vector }, { readonly stamp: Vector }];
    expect(compareVectors(first.stamp, second.stamp)).toBe('before');
    core.step(two, { kind: 'message', now: 0 as Ticks, from: n1, message: first as never }, effects([]) as never);
    expect(compareVectors(first.stamp, two.stamp as Vector)).toBe('before');
    expect(compareVectors(second.stamp, two.stamp as Vector)).toBe('concurrent');
  });
});

import type { Core, Effects, NodeId, Shape, Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { defineSimulation } from '../simulation.ts';
import { mutexSimulation } from '../testing/mutual-exclusion.fixture.ts';
import { smallest } from '../testing/smallest.fixture.ts';
import { coreRunnable } from './runnable.ts';
import { shrink } from './shrink.ts';

type Pair = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: {
    readonly self: NodeId;
    readonly nodes: readonly NodeId[];
    expected: number;
    isBroken: boolean;
    sent: number;
    life: number;
  };
  Message: { readonly kind: 'count'; readonly n: number };
  Timer: 'tick';
  Record: 'lived';
  Token: 'lived';
  Durable: number;
}>;

/** n1 counts aloud; n2 breaks on a gap. Each counts its lives: a third one breaks it. */
const counts = (pause: (out: Effects<Pair>) => number): Core<Pair> => ({
  name: 'counting',
  init: ({ self, nodes }, durable) => ({
    self,
    nodes,
    expected: 0,
    isBroken: false,
    sent: 0,
    life: (durable ?? 0) + 1,
  }),
  fold: (durable) => (durable ?? 0) + 1,
  step: (state, event, out) => {
    if (event.kind === 'start') out.persist('lived', 'lived');
    if (event.kind === 'start' || event.kind === 'timeout') {
      out.setTimer('tick', pause(out) as Ticks);
      if (state.self === state.nodes[0]) out.send(state.nodes[1] as NodeId, { kind: 'count', n: state.sent++ });
    } else if (event.kind === 'message') {
      state.isBroken ||= event.message.n > state.expected;
      state.expected = event.message.n + 1;
    }
  },
});

const counting = counts(() => 10);

const pair = {
  name: 'counting',
  core: counting,
  nodes: 2,
  options: (self: NodeId, nodes: readonly NodeId[]) => ({ self, nodes }),
};
const calm = { crashes: () => 0, pauses: false, slow: false, omission: false };

describe('shrinking', () => {
  it('leaves of a wrong mutual exclusion the ten steps or so that it takes', async () => {
    const runnable = coreRunnable(mutexSimulation(true));
    for (const from of [0, 100, 200]) {
      const { violation, isDone, before } = await smallest(runnable, from);
      expect(violation.property).toBe('at most one is in');
      // Two clients ask, two requests and two grants arrive, with two requests on the way in.
      expect(violation.events).toBeLessThanOrEqual(16);
      expect(violation.events).toBeLessThan(before);
      expect(isDone).toBe(true);
    }
  });

  it('leaves of a bug that hangs on loss the loss and the next message', async () => {
    const links = { lossPerMille: 100, duplicatePerMille: 0, partitions: false, fifo: true, delayMax: 0 as Ticks };
    const { spans, violation, before } = await smallest(
      coreRunnable(
        defineSimulation<Pair>({
          ...pair,
          faults: { links, processes: calm },
          always: { 'no gap': ({ nodes }) => nodes.every(({ state }) => !state.isBroken) },
        }),
      ),
    );
    const losses = spans
      .flatMap(({ choices }) => choices)
      .filter(({ label, value, n }) => label.startsWith('lose') && value >= n - 100);
    expect(losses.length).toBe(1);
    // All else is tame: how strong loss is, that there is some, and where.
    expect(spans.flatMap(({ choices }) => choices).filter(({ value }) => value > 0).length).toBeLessThanOrEqual(3);
    // n1 counts once at its start, that is lost; a tick later it counts again, and n2 sees the gap.
    expect(violation.events).toBe(2);
    expect(violation.events).toBeLessThan(before);
  });

  it('leaves of a bug that hangs on crashes as many crashes as it takes', async () => {
    const runnable = coreRunnable(
      defineSimulation<Pair>({
        ...pair,
        faults: { processes: { crashes: () => 1 }, links: { partitions: false } },
        always: { 'no third life': ({ nodes }) => nodes.every(({ state }) => state.life < 3) },
      }),
    );
    const { spans, violation } = await smallest(runnable);
    const crashes = spans.filter(({ label, skipped }) => label.endsWith(' crash') && skipped !== true);
    expect(crashes.length).toBe(2);
    expect(violation.events).toBeLessThanOrEqual(14);
  });

  it('leaves, of what never came to hold, the loss before the calm and none of the waiting', async () => {
    const runnable = coreRunnable(
      defineSimulation<Pair>({
        ...pair,
        safetyTicks: 200,
        livenessTicks: 200,
        faults: { links: { lossPerMille: 100, fifo: true, partitions: false }, processes: calm },
        eventually: { 'no gap': ({ nodes }) => nodes.every(({ state }) => !state.isBroken) },
      }),
    );
    const { outcome, violation, before } = await smallest(runnable);
    expect(violation.kind).toBe('eventually');
    // n1 counts at its start, which is lost; a tick later it counts again, and n2 sees the gap. All else may be late.
    expect(violation.events - outcome.calmEvents).toBe(2);
    expect(violation.events).toBeLessThan(before);
    expect(outcome.faults).toEqual({ loss: 1 });
  });

  it('leaves of a wait as few events as nodes can make it last with', async () => {
    const hesitant = counts((out) => 10 + out.choose('hesitates', 41));
    const runnable = coreRunnable(
      defineSimulation<Pair>({
        ...pair,
        core: hesitant,
        safetyTicks: 200,
        livenessTicks: 500,
        faults: { links: { lossPerMille: 100, fifo: true, partitions: false }, processes: calm },
        eventually: { 'no gap': ({ nodes }) => nodes.every(({ state }) => !state.isBroken) },
      }),
    );
    const { outcome } = await smallest(runnable);
    // Each has a timer of 50 ticks, where tame ones take 10; and what n1 counts comes to n2.
    expect(outcome.calmEvents).toBeLessThanOrEqual(3 * (500 / 50 + 1));
  });

  it('stops at the bound of its tries, and says so; what it has by then still fails', async () => {
    const { tries, isDone } = await smallest(coreRunnable(mutexSimulation(true)), 0, 5);
    expect(tries).toBe(5);
    expect(isDone).toBe(false);
  });

  it('refuses a schedule that does not fail', async () => {
    const runnable = coreRunnable(mutexSimulation());
    const violation = { kind: 'always', property: 'x', message: '', at: 0, events: 0, states: [] } as const;
    expect(await shrink(runnable, [], violation)).toBeUndefined();
  });
});

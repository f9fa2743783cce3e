import type { Core, NodeId, Shape, Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { defineSimulation } from '../simulation.ts';
import { CoreRun } from '../world/core-run.ts';
import { PriorityChooser } from './priority-chooser.ts';
import { RandomChooser } from './random-chooser.ts';

type Race = Shape<{
  Options: { self: NodeId; nodes: readonly NodeId[] };
  State: { self: NodeId; nodes: readonly NodeId[]; early: number; isBroken: boolean };
  Message: { kind: 'hop' | 'direct'; left: number };
}>;

/** n1 tells n3 at once, and by way of n2 and back, many times over: the long way is quicker only if one link is held up. */
const core: Core<Race> = {
  name: 'race',
  init: ({ self, nodes }) => ({ self, nodes, early: 0, isBroken: false }),
  step: (state, event, out) => {
    const [first, second, third] = state.nodes as [NodeId, NodeId, NodeId];
    if (event.kind === 'start' && state.self === first) {
      out.send(third, { kind: 'direct', left: 0 });
      out.send(second, { kind: 'hop', left: 6 });
    } else if (event.kind === 'message') {
      const { kind, left } = event.message;
      if (kind === 'direct') state.early++;
      else if (state.self === third) state.isBroken ||= state.early === 0;
      else if (left === 0) out.send(third, { kind, left });
      else out.send(state.self === first ? second : first, { kind, left: left - 1 });
    }
  },
};

const race = defineSimulation<Race>({
  name: 'race',
  core,
  nodes: 3,
  options: (self, nodes) => ({ self, nodes }),
  faults: {
    links: { delayMax: 20 as Ticks, lossPerMille: 0, duplicatePerMille: 0, partitions: false },
    processes: { crashes: () => 0, pauses: false, slow: false, omission: false },
  },
  always: { 'the direct way is quicker': ({ nodes }) => nodes.every(({ state }) => !state.isBroken) },
});

describe('choices by priorities', () => {
  it('give one label of delays one priority, but for the points at which it changes', () => {
    for (let seed = 0; seed < 20; seed++) {
      const chooser = new PriorityChooser(seed, 3);
      const runs = new Map<string, number[]>();
      for (let i = 0; i < 3_000; i++) {
        const label = `delay ${i % 3}`;
        const values = runs.get(label) ?? [];
        runs.set(label, [...values, chooser.choose(label, 1_024)]);
      }
      let changes = 0;
      for (const values of runs.values())
        for (const [i, value] of values.entries()) if (i > 0 && values[i - 1] !== value) changes++;
      expect(changes).toBeLessThanOrEqual(2);
    }
  });

  it('leave all else to even draws', () => {
    const chooser = new PriorityChooser(1);
    const drawn = new Set(Array.from({ length: 200 }, () => chooser.choose('lose', 10)));
    expect(drawn.size).toBe(10);
  });

  it('find a bug that needs one link to be slow throughout, which even draws find far less often', () => {
    const found = (make: (seed: number) => RandomChooser | PriorityChooser) => {
      let count = 0;
      for (let seed = 0; seed < 6_000; seed++) if (new CoreRun(race, make(seed)).run().violation !== undefined) count++;
      return count;
    };
    const even = found((seed) => new RandomChooser(seed));
    const prioritised = found((seed) => new PriorityChooser(seed));
    expect(prioritised).toBeGreaterThan(10);
    expect(prioritised).toBeGreaterThan(4 * even);
  });
});

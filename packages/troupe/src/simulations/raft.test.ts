import { coreRunnable, type ExplorationReport, explore, RandomChooser } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { injectBug, type LoadedSimulation, loadSimulation } from './load.ts';
import { bugs } from './raft.bug.ts';

const loaded: LoadedSimulation = await loadSimulation('raft');

/** The first seed that breaks a property, and which one. */
async function findByRuns(simulation: LoadedSimulation['simulation'], seedsMax: number) {
  const runnable = coreRunnable(simulation);
  for (let seed = 0; seed < seedsMax; seed++) {
    const { violation } = await runnable.run(new RandomChooser(seed));
    if (violation !== undefined) return { seed, property: violation.property };
  }
  return undefined;
}

describe('Raft, simulated', () => {
  /** Within how many seeds each bug has to be found, and by what, where that is one property alone. */
  const expected: Readonly<Record<string, { readonly seeds: number; readonly by?: string }>> = {
    'raft-1': { seeds: 200 },
    'raft-2': { seeds: 200 },
    'raft-3': { seeds: 200, by: 'configurations follow one another' },
    'raft-4': { seeds: 2_000, by: 'all that was asked for is done, and all members agree' },
    'raft-5': { seeds: 200, by: 'all that was asked for is done, and all members agree' },
    'raft-6': { seeds: 200 },
    'raft-7': { seeds: 200, by: 'what counts is on disk' },
    'raft-8': { seeds: 2_000, by: 'the history of clients is linearizable' },
    'raft-9': { seeds: 200 },
    'raft-10': { seeds: 200 },
    'raft-10-rollback': { seeds: 200 },
    'raft-11': { seeds: 200 },
    'raft-12': { seeds: 200 },
    'raft-13': { seeds: 200 },
    'raft-13-sessions': { seeds: 200, by: 'the history of clients is linearizable' },
  };

  it('knows what to expect of every bug', () => {
    expect(bugs.map(({ id }) => id)).toEqual(Object.keys(expected));
  });

  for (const { id, what } of bugs) {
    const { seeds, by } = expected[id] ?? { seeds: 0 };
    it(`finds ${id} within ${seeds} seeds: ${what}`, { timeout: 300_000 }, async () => {
      const found = await findByRuns(injectBug(loaded, id), seeds);
      expect(found).toBeDefined();
      if (by !== undefined) expect(found?.property).toBe(by);
    });
  }
});

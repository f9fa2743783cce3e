import { type ExplorationReport, explore } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { firstViolation } from './first-violation.fixture.ts';
import type { AnySimulation } from './index.ts';
import { injectBug, type LoadedSimulation, loadSimulation } from './load.ts';
import { ofTwo } from './raft/exploration.ts';
import { figure8, votesInDoubt } from './raft/outside.fixture.ts';
import { bugs } from './raft.bug.ts';

const loaded: LoadedSimulation = await loadSimulation('raft');

describe('Raft, explored', () => {
  const explored = ({ verdict, states, depth }: ExplorationReport) => ({ verdict, states, depth });

  it('keeps its promises in every state of three members, from figure 8 on, within its bounds', {
    timeout: 120_000,
  }, () => {
    const report = explore(loaded.simulation);
    expect(report.violation).toBeUndefined();
    expect(report.neverHeld).toEqual([]);
    expect({ ...explored(report), bound: report.bound }).toEqual({
      verdict: 'not exhaustive',
      bound: 'maxDepth',
      states: 288_084,
      depth: 21,
    });
  });

  it('keeps them to the very end where messages keep their order', { timeout: 60_000 }, () => {
    const { exploration } = loaded.simulation;
    if (exploration === undefined) throw new Error('Expected an exploration.');
    const report = explore({ ...loaded.simulation, exploration: { ...exploration, fifo: true, maxDepth: 100 } });
    expect(explored(report)).toEqual({ verdict: 'holds', states: 62_370, depth: 45 });
  });

  const two = (simulation: AnySimulation) => ({ ...simulation, exploration: ofTwo as never });

  it('keeps them to the very end of two members, in any order of messages', { timeout: 60_000 }, () => {
    const report = explore(two(loaded.simulation));
    expect(report.neverHeld).toEqual([]);
    expect(explored(report)).toEqual({ verdict: 'holds', states: 124_044, depth: 42 });
  });

  it.each([
    ['raft-2', 18],
    ['raft-6', 4],
    ['raft-7', 14],
    ['raft-11', 8],
    ['raft-12', 12],
  ])('finds %s in %i steps of two members', { timeout: 60_000 }, (id, steps) => {
    const { verdict, violation } = explore(two(injectBug(loaded, id)));
    expect([verdict, violation?.trace.steps.length]).toEqual(['violated', steps]);
  });

  // Steps of the shortest trace, by which a longer one elsewhere can be judged.
  it.each([
    ['raft-1', 19, 'leader completeness'],
    ['raft-2', 18, 'what counts is on disk'],
    ['raft-11', 8, 'what counts is on disk'],
  ])('finds %s in %i steps', { timeout: 60_000 }, (id, steps, what) => {
    const { verdict, violation } = explore(injectBug(loaded, id));
    expect(verdict).toBe('violated');
    expect(violation?.trace.steps.length).toBe(steps);
    expect(violation?.why).toContain(what);
  });
});

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
    'raft-8': { seeds: 200, by: 'the history of clients is linearizable' },
    'raft-9': { seeds: 200 },
    'raft-10': { seeds: 200 },
    'raft-10-rollback': { seeds: 200 },
    'raft-11': { seeds: 200 },
    'raft-12': { seeds: 200 },
    'raft-13': { seeds: 200 },
    'raft-13-sessions': { seeds: 200 },
    'raft-1-outside': { seeds: 2_000, by: 'state machine safety' },
    'raft-6-outside': { seeds: 2_000, by: 'election safety' },
  };

  it('knows what to expect of every bug', () => {
    expect(bugs.map(({ id }) => id)).toEqual(Object.keys(expected));
  });

  it.each([
    ['figure 8', figure8],
    ['votes in doubt', votesInDoubt],
  ])('breaks nothing in the world of %s', { timeout: 300_000 }, async (_, world) => {
    const simulation = world(loaded.simulation as never) as unknown as AnySimulation;
    expect(await firstViolation(simulation, 300)).toBeUndefined();
  });

  for (const { id, what } of bugs) {
    const { seeds, by } = expected[id] ?? { seeds: 0 };
    it(`finds ${id} within ${seeds} seeds: ${what}`, { timeout: 300_000 }, async () => {
      const found = await firstViolation(injectBug(loaded, id), seeds);
      expect(found).toBeDefined();
      if (by !== undefined) expect(found?.property).toBe(by);
    });
  }
});

import { type ExplorationReport, explore, SANDBOX_DEFAULTS, simulate } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { bugs } from './commit.bug.ts';
import simulation from './commit.ts';
import { injectBug, type LoadedSimulation, loadSimulation } from './load.ts';

const loaded: LoadedSimulation = await loadSimulation('commit');

/** With one participant, which is enough for most of what can go wrong. */
const small = (given: LoadedSimulation['simulation']): LoadedSimulation['simulation'] => {
  const { exploration } = given;
  if (exploration === undefined) throw new Error('Expected an exploration.');
  return { ...given, exploration: { ...exploration, nodes: 2 } };
};

const explored = ({ verdict, states, depth }: ExplorationReport) => ({ verdict, states, depth });

describe('two-phase commit, explored', () => {
  it('agrees, and leaves nobody in doubt, in every state of two nodes with a crash', () => {
    const report = explore(small(loaded.simulation));
    expect(report.undecided).toEqual({});
    expect(report.neverHeld).toEqual([]);
    expect(explored(report)).toEqual({ verdict: 'holds', states: 1_521, depth: 13 });
  });

  it('agrees where one write fails, whether or not its record is durable all the same', () => {
    const { exploration, ...rest } = small(loaded.simulation);
    const report = explore({ ...rest, exploration: { ...exploration, nodes: 2, persistFailures: 1 } });
    expect(explored(report)).toEqual({ verdict: 'holds', states: 5_229, depth: 15 });
  });

  it('agrees in every state of three nodes with a crash, participants taken for one another', () => {
    expect(explored(explore(simulation, { symmetry: true }))).toEqual({ verdict: 'holds', states: 554_492, depth: 25 });
  });

  it('agrees in every state of three nodes with a crash, without messages that can change nothing any more', () => {
    const report = explore(simulation, { reduction: true });
    expect(explored(report)).toEqual({ verdict: 'holds', states: 416_284, depth: 23 });
    expect(Object.keys(report.undecided)).toEqual(['nobody is in doubt']);
    expect(report.neverHeld).toEqual([]);
  });

  // Steps of the shortest trace, by which a longer one elsewhere can be judged.
  const expected = {
    'commit-1': { nodes: 2, property: 'nobody is in doubt', steps: 8 },
    'commit-2': { nodes: 2, property: 'validity', steps: 7 },
    'commit-3': { nodes: 3, property: 'agreement', steps: 14 },
    'commit-4': { nodes: 2, property: 'agreement', steps: 8 },
  } as const;

  it('knows what to expect of every bug', () => {
    expect(bugs.map(({ id }) => id)).toEqual(Object.keys(expected));
  });

  for (const { id, what } of bugs) {
    it(`finds ${id}: ${what}`, () => {
      const { nodes, ...found } = expected[id as keyof typeof expected];
      const wrong = injectBug(loaded, id);
      const { verdict, violation } = explore(nodes === 2 ? small(wrong) : wrong);
      expect(verdict).toBe('violated');
      expect({ property: violation?.property, steps: violation?.trace.steps.length }).toEqual(found);
    });
  }
});

describe('two-phase commit, simulated', () => {
  const loader = new URL('./runnable.ts', import.meta.url).href;

  for (const { id } of bugs) {
    it(`finds ${id} within 4,000 seeds`, async () => {
      const argument = { simulation: 'commit', bug: id };
      const { found } = await simulate({
        loader,
        argument,
        strategy: 'mixed',
        from: 0,
        seeds: 2_000,
        workers: 1,
        ...SANDBOX_DEFAULTS,
      });
      expect(found).toBeDefined();
    });
  }
});

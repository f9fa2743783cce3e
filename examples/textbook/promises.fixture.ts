/** What the tests of the textbook examples demand, the same of each. */
import type { CoreShape } from 'troupe/protocol';
import { coreRunnable, explore, type InjectedBug, RandomChooser, type Simulation } from 'troupe/sim';
import { describe, expect, it } from 'vitest';
import { SEEDS_FOR_A_BUG, simulated } from './program.ts';

const SEEDS = 300;

/** `states`: of the nodes of its exploration, as the explorer counts them. */
export function describeTextbook<S extends CoreShape, O>(
  title: string,
  simulation: Simulation<S, O>,
  bugs: readonly InjectedBug<S, O>[],
  loader: string,
  states: number,
): void {
  describe(title, () => {
    it.each([{ nodes: 3 }, { nodes: [2, 6] as const }])(
      'keeps its promises over many seeds, and reaches what it must: $nodes nodes',
      ({ nodes }) => {
        const { run, sometimes } = coreRunnable({ ...simulation, nodes });
        const reached = new Set<string>();
        for (let seed = 0; seed < SEEDS; seed++) {
          const outcome = run(new RandomChooser(seed));
          if (outcome instanceof Promise) throw new Error('Expected a core to run without waiting.');
          expect(outcome.violation, `seed ${seed}`).toBeUndefined();
          for (const condition of outcome.reached) reached.add(condition);
        }
        expect([...reached].sort()).toEqual([...sometimes].sort());
      },
    );

    it('keeps them in every order of the events of a few nodes', () => {
      expect(explore(simulation)).toMatchObject({ verdict: 'holds', states });
    });
  });

  describe.each(bugs)('its wrong version $id', (bug) => {
    it('is found, and made at most twice as long as the shortest way to its failure', async () => {
      const shortest = explore(bug.inject(simulation)).violation?.trace.steps.length;
      const { found, shrunk } = await simulated(loader, SEEDS_FOR_A_BUG, bug.id);
      expect(found).toBeDefined();
      const steps = shrunk?.trace.filter(({ node, kind }) => node !== undefined && kind !== 'start').length;
      expect(steps).toBeGreaterThan(0);
      expect(steps).toBeLessThanOrEqual(2 * (shortest ?? 0));
    });
  });
}

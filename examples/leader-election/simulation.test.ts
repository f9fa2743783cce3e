import { coreRunnable, explore, RandomChooser, SANDBOX_DEFAULTS, simulate } from 'troupe/sim';
import { describe, expect, it } from 'vitest';
import simulation, { bugs } from './simulation.ts';

const SEEDS = 300;
const SEEDS_FOR_A_BUG = 200;

describe('the election of Chang and Roberts', () => {
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

  it('keeps them in every order of the events of three nodes', () => {
    const { verdict, states } = explore(simulation);
    expect({ verdict, states }).toEqual({ verdict: 'holds', states: 46 });
  });
});

describe.each(bugs)('its wrong version $id', (bug) => {
  it('is found, and made at most twice as long as the shortest way to its failure', async () => {
    const shortest = explore(bug.inject(simulation)).violation?.trace.steps.length;
    const { found, shrunk } = await simulate({
      ...SANDBOX_DEFAULTS,
      loader: new URL('./load.ts', import.meta.url).href,
      argument: bug.id,
      strategy: 'mixed',
      from: 0,
      seeds: SEEDS_FOR_A_BUG,
      workers: 1,
    });
    expect(found).toBeDefined();
    const steps = shrunk?.trace.filter(({ node, kind }) => node !== undefined && kind !== 'start').length;
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThanOrEqual(2 * (shortest ?? 0));
  });
});

import { describe, expect, it } from 'vitest';
import type { Simulation } from '../simulation.ts';
import { type Mutex, mutexSimulation } from '../testing/mutual-exclusion.fixture.ts';
import { probeSimulation } from '../testing/probe.fixture.ts';
import { firstDifference } from './determinism.ts';
import { coreRunnable } from './runnable.ts';
import { runSeeds } from './seeds.ts';
import { chooserOf } from './strategy.ts';

const withStep = (change: (kind: string) => number): Simulation<Mutex, { entries: number }> => {
  const right = mutexSimulation();
  const { core } = right;
  return {
    ...right,
    core: {
      ...core,
      step: (state, event, out) => {
        core.step(state, event, out);
        state.clock += change(event.kind);
      },
    },
  };
};

describe('the same seed', () => {
  it.each([
    ['mutual exclusion', coreRunnable(mutexSimulation())],
    ['the probe', coreRunnable(probeSimulation)],
  ])('does the same twice, in all that can be seen (%s)', async (_, runnable) => {
    for (let seed = 0; seed < 12; seed++) {
      expect(await runnable.run(chooserOf(seed, 'mixed'))).toEqual(await runnable.run(chooserOf(seed, 'mixed')));
      if (seed < 4) expect(await firstDifference(runnable, () => chooserOf(seed, 'mixed'))).toBeUndefined();
    }
  });

  it('is reported where a core draws from elsewhere, with the first event that differs', async () => {
    const runnable = coreRunnable(withStep((kind) => (kind === 'request' ? Math.random() : 0)));
    const { found } = await runSeeds(runnable, 0, 1, 'random');
    expect(found?.violation).toMatchObject({ kind: 'error', property: 'TROUPE_SIM_NONDETERMINISTIC' });
    expect(found?.violation.message).toMatch(/got first what came of 'request enter'.*Math\.random/);
  });

  it('is reported where a core keeps state outside of its own', async () => {
    let kept = 0;
    const runnable = coreRunnable(withStep((kind) => (kind === 'timeout' && ++kept % 37 === 0 ? 7 : 0)));
    const { found } = await runSeeds(runnable, 0, 2_000, 'random');
    expect(found?.violation.property).toBe('TROUPE_SIM_NONDETERMINISTIC');
  });
});

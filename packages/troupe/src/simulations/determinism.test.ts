import { coreRunnable, SANDBOX_DEFAULTS, simulate } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { loadSimulation, SIMULATION_NAMES } from './load.ts';

/** Seeds of each protocol: the first of every fifty are run twice, and compared. */
const SEEDS = Number(process.env['TROUPE_SIM_SEEDS'] ?? 101);

describe.each(SIMULATION_NAMES)('the simulation of %s', (name) => {
  it('is defined well', async () => {
    const { simulation } = await loadSimulation(name);
    expect(coreRunnable(simulation).name).toBe(name);
  });

  it('does the same for the same seed, breaks nothing, and reaches all that it should', async () => {
    const loader = new URL('./runnable.ts', import.meta.url).href;
    const argument = { simulation: name };
    const { found, tally } = await simulate({
      ...SANDBOX_DEFAULTS,
      loader,
      argument,
      strategy: 'mixed',
      from: 0,
      seeds: SEEDS,
      workers: 1,
    });
    expect(found).toBeUndefined();
    expect(tally.seeds).toBe(SEEDS);
    expect(Object.entries(tally.sometimes).filter(([, times]) => times === 0)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { SANDBOX_DEFAULTS } from './sandbox.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

const options = (argument: string, more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  ...SANDBOX_DEFAULTS,
  loader: new URL('../testing/loader.fixture.ts', import.meta.url).href,
  argument,
  strategy: 'mixed',
  from: 0,
  seeds: 100,
  ...more,
});

describe('seeds in worker threads', () => {
  it('counts what all of them did', async () => {
    const report = await simulate(options('right'));
    expect(report).toMatchObject({ name: 'mutual-exclusion', found: undefined, shrunk: undefined });
    expect(report.tally.seeds).toBe(100);
    expect(report.tally.events).toBeGreaterThan(1_000);
    expect(report.tally.sometimes['somebody had to wait']).toBeGreaterThan(0);
    expect(report.tally.faults['slow']).toBeGreaterThan(0);
  });

  it('reports the least seed that fails, whatever the number of threads', async () => {
    const one = await simulate(options('wrong', { workers: 1 }));
    const two = await simulate(options('wrong', { workers: 2 }));
    expect(one.found).toBeDefined();
    expect(two.found).toEqual(one.found);
    expect(two.shrunk).toEqual(one.shrunk);
    expect(one.shrunk?.violation.property).toBe('at most one is in');
  });

  it('ends a handler that never ends, and names the event', async () => {
    const { found, shrunk } = await simulate(options('endless', { stallMilliseconds: 500, workers: 1 }));
    expect(found?.violation).toMatchObject({ kind: 'error', property: 'TROUPE_SIM_ENDLESS' });
    expect(found?.violation.message).toMatch(/longer than 500 ms: n\d→n\d grant/);
    expect(shrunk).toBeUndefined();
  });

  it('ends a handler that allocates without bound, and names the event', async () => {
    const { found } = await simulate(options('greedy', { heapMegabytes: 64, workers: 1 }));
    expect(found?.violation).toMatchObject({ kind: 'error', property: 'TROUPE_SIM_MEMORY' });
    expect(found?.violation.message).toMatch(/at most 64 MB.* n\d→n\d grant/);
  });

  it('refuses what can not be loaded', async () => {
    await expect(simulate(options('nonsense'))).rejects.toMatchObject({
      code: 'TROUPE_SIM_DEFINITION',
      message: expect.stringContaining('no such simulation: nonsense') as unknown,
    });
  });
});

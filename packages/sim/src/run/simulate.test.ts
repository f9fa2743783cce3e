import { describe, expect, it } from 'vitest';
import { SANDBOX_DEFAULTS } from './sandbox.ts';
import { replayInSandbox, type SimulateOptions, simulate } from './simulate.ts';

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

  it('ends one that allocates in a loop of built-in functions alone, which V8 would not interrupt', async () => {
    const { found } = await simulate(options('greedy in a tight loop', { heapMegabytes: 256, workers: 1 }));
    expect(found?.violation).toMatchObject({ kind: 'error', property: 'TROUPE_SIM_MEMORY' });
  });

  it('counts memory outside of the heap too', async () => {
    const { found } = await simulate(options('greedy for buffers', { heapMegabytes: 64, workers: 1 }));
    expect(found?.violation.property).toBe('TROUPE_SIM_MEMORY');
  });

  it('reports code that ends its thread, with the seed and the event', async () => {
    const { found, shrunk } = await simulate(options('exits', { workers: 1 }));
    expect(found?.violation).toMatchObject({ kind: 'error', property: 'TROUPE_SIM_ENDED' });
    expect(found?.violation.message).toMatch(/n\d→n\d grant: exit code 3/);
    expect(shrunk).toBeUndefined();
  });

  it('reports a rejection that nobody handles, with the seed that it came from', async () => {
    const { found } = await simulate(options('rejects', { workers: 1 }));
    expect(found?.violation.property).toBe('TROUPE_SIM_ENDED');
    expect(found?.violation.message).toContain('RangeError: nobody cares');
    expect(found?.seed).toBe((await simulate(options('exits', { workers: 1 }))).found?.seed);
  });

  it('reports what is not determined by its choices', async () => {
    const { found, shrunk } = await simulate(options('random', { workers: 1, seeds: 1 }));
    expect(found?.violation.property).toBe('TROUPE_SIM_NONDETERMINISTIC');
    expect(shrunk).toBeUndefined();
  });

  it.each([
    ['malformed', 'nodes to be a count', {}],
    ['promises', "property 'soon' to give true", {}],
    ['loops at load', 'still loading after 1500 ms', { loadMilliseconds: 1_500 }],
    ['exits at load', 'ended its thread: exit code 4', {}],
  ])('refuses a definition that is wrong: %s', async (name, text, more) => {
    const refused = simulate(options(name, { workers: 1, seeds: 20, ...more }));
    await expect(refused).rejects.toMatchObject({
      code: 'TROUPE_SIM_DEFINITION',
      message: expect.stringContaining(text) as unknown,
    });
  });

  it.each([{ seeds: 0 }, { from: -1 }, { seeds: 2 ** 33 }, { workers: 0 }, { workers: 100_000 }])(
    'refuses %o',
    async (more) => {
      await expect(simulate(options('right', more))).rejects.toMatchObject({ code: 'TROUPE_CORE_OPTIONS' });
    },
  );

  it('replays what it has made small, and refuses the schedule of another simulation', async () => {
    const { shrunk } = await simulate(options('wrong', { workers: 1 }));
    const schedule = { simulation: 'mutual-exclusion', spans: shrunk?.spans ?? [] };
    const { outcome, trace } = await replayInSandbox(options('wrong'), schedule);
    expect(outcome.violation).toEqual(shrunk?.violation);
    expect(trace).toEqual(shrunk?.trace);
    await expect(replayInSandbox(options('wrong'), { ...schedule, simulation: 'other' })).rejects.toMatchObject({
      code: 'TROUPE_SIM_SCHEDULE',
    });
  });

  it('refuses what can not be loaded', async () => {
    await expect(simulate(options('nonsense'))).rejects.toMatchObject({
      code: 'TROUPE_SIM_DEFINITION',
      message: expect.stringContaining('no such simulation: nonsense') as unknown,
    });
  });
});

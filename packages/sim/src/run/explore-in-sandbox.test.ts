import { describe, expect, it } from 'vitest';
import { EXPLORE_SANDBOX_DEFAULTS, exploreInSandbox } from './explore-in-sandbox.ts';
import type { SandboxOptions } from './sandbox.ts';

const options = (argument: string, more: Partial<SandboxOptions> = {}): SandboxOptions => ({
  ...EXPLORE_SANDBOX_DEFAULTS,
  loader: new URL('../testing/loader.fixture.ts', import.meta.url).href,
  argument,
  strategy: 'mixed',
  ...more,
});

describe('an exploration in a worker thread', () => {
  it('goes through every state, as it does in this one', async () => {
    expect(await exploreInSandbox(options('right'), {})).toMatchObject({ verdict: 'holds', neverHeld: [] });
    expect(await exploreInSandbox(options('right'), { maxStates: 5 })).toMatchObject({ bound: 'maxStates' });
    expect(await exploreInSandbox(options('wrong'), {})).toMatchObject({
      verdict: 'violated',
      violation: { property: 'at most one is in' },
    });
  });

  it('ends a step that never ends, and names it', async () => {
    await expect(exploreInSandbox(options('endless', { stallMilliseconds: 500 }), {})).rejects.toMatchObject({
      code: 'TROUPE_SIM_ENDLESS',
      message: expect.stringMatching(/longer than 500 ms: n\d receives .*grant.* from n\d/),
    });
  });

  it('ends one that allocates without bound', async () => {
    await expect(exploreInSandbox(options('greedy', { heapMegabytes: 128 }), {})).rejects.toMatchObject({
      code: 'TROUPE_SIM_MEMORY',
    });
  });

  it('refuses what is no definition', async () => {
    await expect(exploreInSandbox(options('malformed'), {})).rejects.toMatchObject({ code: 'TROUPE_SIM_DEFINITION' });
  });
});

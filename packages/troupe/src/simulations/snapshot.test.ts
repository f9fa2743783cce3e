import { fileURLToPath } from 'node:url';
import { SANDBOX_DEFAULTS, simulate } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { bugs } from './snapshot.bug.ts';

const loader = new URL('./runnable.ts', import.meta.url).href;
const run = (argument: { readonly simulation: string; readonly bug?: string }, seeds: number) =>
  simulate({ loader, argument, strategy: 'mixed', from: 0, seeds, workers: 1, ...SANDBOX_DEFAULTS });

describe('global snapshots, simulated', () => {
  it('has a defect for each of the known traps', () => {
    expect(bugs.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `snapshot-${index + 1}`));
  });

  for (const { id, what } of bugs) {
    it(`finds ${id} within 200 seeds: ${what}`, async () => {
      const { found } = await run({ simulation: 'snapshot', bug: id }, 200);
      expect(found).toBeDefined();
    });
  }

  it('are states that the system could have been in also where messages overtake one another', async () => {
    const simulation = fileURLToPath(new URL('./snapshot/unordered.fixture.ts', import.meta.url));
    const { found, tally } = await run({ simulation }, 300);
    expect(found).toBeUndefined();
    expect(Object.entries(tally.sometimes).filter(([, times]) => times === 0)).toEqual([]);
  });
});

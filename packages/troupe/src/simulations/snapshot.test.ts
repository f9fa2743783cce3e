import { coreRunnable, explore, RandomChooser } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { firstViolation } from './first-violation.fixture.ts';
import { injectBug, loadSimulation } from './load.ts';
import unordered from './snapshot/unordered.fixture.ts';
import { bugs } from './snapshot.bug.ts';

const loaded = await loadSimulation('snapshot');

describe('global snapshots, simulated', () => {
  it('has a defect for each of the known traps', () => {
    expect(bugs.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `snapshot-${index + 1}`));
  });

  it.each(bugs.map(({ id, what }) => [id, what] as const))('finds %s within 200 seeds: %s', async (id) => {
    expect(await firstViolation(injectBug(loaded, id), 200)).toBeDefined();
  });

  it('are states that the system could have been in also where messages overtake one another', async () => {
    const runnable = coreRunnable(unordered);
    const reached = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const outcome = await runnable.run(new RandomChooser(seed));
      expect(outcome.violation).toBeUndefined();
      for (const name of outcome.reached) reached.add(name);
    }
    expect([...reached].sort()).toEqual(Object.keys(unordered.sometimes ?? {}).sort());
  });
});

describe('global snapshots, explored', () => {
  it('are right in every state of two nodes that pay one another and take one each', () => {
    const { verdict, states, neverHeld } = explore(loaded.simulation);
    expect({ verdict, states, neverHeld }).toEqual({ verdict: 'holds', states: 215_708, neverHeld: [] });
  });

  it.each(['snapshot-5', 'snapshot-11'])('finds %s', (id) => {
    expect(explore(injectBug(loaded, id)).verdict).toBe('violated');
  });
});

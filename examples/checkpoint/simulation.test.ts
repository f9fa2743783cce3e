/** The simulation can fail: a count that forgets what is under way is found to be wrong. */
import { RandomChooser, runActors } from 'troupe/sim';
import { expect, test } from 'vitest';
import { bugs } from './simulation.ts';

test.each(bugs)('its wrong version $id is found within 20 seeds', async ({ inject }) => {
  let violation: string | undefined;
  for (let seed = 0; seed < 20 && violation === undefined; seed++) {
    const outcome = await runActors(inject(), new RandomChooser(seed));
    violation = outcome.violation?.property;
  }
  expect(violation).toBe('a checkpoint has all that there is, once');
});

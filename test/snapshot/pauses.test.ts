/** A snapshot stops nobody: an actor waits for its own state to be copied, and for nobody else's. */

import { createSystem } from 'troupe';
import { expect, test } from 'vitest';
import { Keeper } from './fixtures/keeper.ts';

test('others handle messages between the copies of thousands', async () => {
  await using system = await createSystem();
  const large = Array.from({ length: 2_000 }, (_, index) => ({ index, text: `item ${index}` }));
  const count = 200;
  for (let at = 0; at < count; at++) await system.spawn(Keeper, large);
  const small = await system.spawn(Keeper, undefined, { name: 'small' });
  let answers = 0;
  let isTaking = true;
  const asking = (async () => {
    while (isTaking) {
      await small.ask.items();
      answers++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const snapshot = await system.snapshot();
  const during = answers;
  isTaking = false;
  await asking;
  expect(snapshot.actors).toHaveLength(count + 1);
  // One slice copies one or two of them. All at once would leave room for one answer, or two.
  expect(during).toBeGreaterThan(20);
});

test('where no snapshot is taken, nothing stands between what arrives and who takes it', async () => {
  await using system = await createSystem({ nodes: 1 });
  const { arrivals } = system.kernel;
  const plain = arrivals.receive;
  await system.snapshot();
  expect(arrivals.receive).toBe(plain);
  // From its own instant until the marker of n1 has come.
  let isTaking = true;
  let stands = false;
  const taking = system.snapshot().finally(() => {
    isTaking = false;
  });
  while (isTaking && !stands) {
    stands = arrivals.receive !== plain;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(stands).toBe(true);
  await taking;
  expect(arrivals.receive).toBe(plain);
  await system.snapshot({ timeout: 0 }).catch(() => {});
  expect(arrivals.receive).toBe(plain);
});

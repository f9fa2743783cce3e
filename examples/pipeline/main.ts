/**
 * Backpressure: a fast producer on one thread, a slow consumer on another. What is made and not yet taken stays within the
 * bounds of the mailbox, the node and the ring between the threads, however much is sent. Then the same from outside of actors.
 */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystem, isTroupeError } from 'troupe';
import { CAPACITY, Consumer, ITEM_SIZE, Producer } from './stages.ts';

const ITEMS = 40_000;
const RING_BYTES = 65_536;
/** What a node takes for full mailboxes, so that a slow actor does not hold up what is behind for others. */
const OVERDRAFT = 4_096;
/** In the mailbox, beyond it, in the ring, and under way on either side. */
const WAITING_MAX = CAPACITY + OVERDRAFT + RING_BYTES / ITEM_SIZE + 256;

await using system = await createSystem({ nodes: 2, ringBytes: RING_BYTES });
const consumer = await system.spawn(Consumer, undefined, { node: 'n2' });
const producer = await system.spawn(Producer, consumer, { node: 'n1' });

producer.tell.produce(ITEMS);
let most = 0;
for (;;) {
  // Counters are in shared memory: reading them disturbs nobody.
  const counters = system.counters();
  const [made, taken] = [counters.get('n1')?.ended ?? 0, counters.get('n2')?.begun ?? 0];
  most = Math.max(most, made - taken);
  if (taken >= ITEMS) break;
  await sleep(1);
}
const { taken, inOrder } = await consumer.ask.summary();
const megabytes = (ITEMS * ITEM_SIZE) / 2 ** 20;
console.log(`${taken} items (${megabytes.toFixed(0)} MiB) went through, in order; at most ${most} were waiting.`);
assert.deepEqual({ taken, inOrder }, { taken: ITEMS, inOrder: true });
assert.ok(most > 0 && most <= WAITING_MAX, `Expected at most ${WAITING_MAX} waiting, got ${most}.`);

// Outside of actors nobody can be paused: a full mailbox is an error, and room is awaited.
const near = await system.spawn(Consumer, undefined, { node: 'main' });
let refusals = 0;
for (let serial = 0; serial < 4 * CAPACITY; ) {
  try {
    near.tell.item({ serial, text: 'from outside' });
    serial++;
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_MAILBOX_FULL')) throw error;
    if (refusals++ === 0) console.log(`${error.code}: ${error.message}`);
    await near.room();
  }
}
await near.room();
const { taken: all } = await near.ask.summary();
console.log(`${all} items from outside, ${refusals} times refused until there was room.`);
assert.equal(all, 4 * CAPACITY);
assert.ok(refusals > 0);

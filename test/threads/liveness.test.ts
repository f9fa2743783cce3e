/** A node under a flood still turns its loop, and still serves everyone. How late its timers are is the benchmark's matter. */

import { expect, it } from 'vitest';
import { Bucket, Clock, Hose } from './fixtures/liveness.ts';
import { Victim } from './fixtures/victims.ts';
import { running, settled, until } from './running.ts';

/** Of the timer, while the flood goes on: a loop that is starved fires none. */
const TICKS = 200;
const TIMEOUT = { timeout: 60_000 };

it('timers of a flooded node fire', async () => {
  await using run = await running({ nodes: 2 });
  const { system } = run;
  const bucket = await system.spawn(Bucket, undefined, { node: 'n1' });
  const local = await system.spawn(Hose, undefined, { node: 'n1' });
  const remote = await system.spawn(Hose, undefined, { node: 'n2' });
  const clock = await system.spawn(Clock, undefined, { node: 'n1' });
  await clock.ask.start();
  local.tell.pour(bucket);
  remote.tell.pour(bucket);
  await until(async () => (await bucket.ask.drops(undefined, TIMEOUT)) > 10_000, 'the flood');
  const before = await bucket.ask.drops(undefined, TIMEOUT);
  const ticks = await clock.ask.ticks(undefined, TIMEOUT);
  await until(async () => (await clock.ask.ticks(undefined, TIMEOUT)) >= ticks + TICKS, `${TICKS} more ticks`);
  // The flood went on meanwhile.
  expect(await bucket.ask.drops(undefined, TIMEOUT)).toBeGreaterThan(before);
  await clock.ask.stop(undefined, TIMEOUT);
  local.tell.off();
  remote.tell.off();
});

it('an actor that is asked beside a flood is served, on the flooded node and from there', async () => {
  await using run = await running({ nodes: 2 });
  const { system } = run;
  const bucket = await system.spawn(Bucket, undefined, { node: 'n1' });
  const other = await system.spawn(Victim, undefined, { node: 'n1' });
  const remote = await system.spawn(Hose, undefined, { node: 'n2' });
  remote.tell.pour(bucket);
  for (let n = 1; n <= 100; n++) {
    other.tell.add(1);
    expect(await other.ask.get(undefined, TIMEOUT)).toBe(n);
  }
  remote.tell.off();
  const sent = await remote.ask.sent(undefined, TIMEOUT);
  await until(async () => (await bucket.ask.drops(undefined, TIMEOUT)) === sent, `all ${sent} drops`);
});

it('the calling thread stays live while its actors are flooded by workers', async () => {
  await using run = await running({ nodes: 2 });
  const { system } = run;
  const bucket = await system.spawn(Bucket, undefined, { node: 'main' });
  // From outside actors a full mailbox refuses an ask.
  const drops = async (): Promise<number> => {
    const got = await settled(bucket.ask.drops(undefined, TIMEOUT));
    return typeof got === 'number' ? got : -1;
  };
  const hoses = await Promise.all(['n1', 'n2'].map((node) => system.spawn(Hose, undefined, { node })));
  for (const hose of hoses) hose.tell.pour(bucket);
  await until(async () => (await drops()) > 10_000, 'the flood');
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await until(() => ticks >= TICKS, `${TICKS} ticks`);
  clearInterval(timer);
  for (const hose of hoses) hose.tell.off();
  const sent = await Promise.all(hoses.map((hose) => hose.ask.sent(undefined, TIMEOUT)));
  const all = sent.reduce((sum, n) => sum + n, 0);
  await until(async () => (await drops()) === all, `all ${all} drops`);
});

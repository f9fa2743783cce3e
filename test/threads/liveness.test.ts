/** A node under a flood still turns its loop, and still serves everyone. The bounds are generous: the benchmark measures. */

import { expect, it } from 'vitest';
import { Bucket, Clock, Hose } from './fixtures/liveness.ts';
import { Victim } from './fixtures/victims.ts';
import { running } from './running.ts';

const FLOOD = 1_500;

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
  await new Promise((resolve) => setTimeout(resolve, FLOOD));
  const late = await clock.ask.stop(undefined, { timeout: 20_000 });
  local.tell.off();
  remote.tell.off();
  expect(await bucket.ask.drops(undefined, { timeout: 20_000 })).toBeGreaterThan(10_000);
  // A loop that is starved fires none; one that lives, on a machine that others use too, some hundreds.
  expect(late.length).toBeGreaterThan(FLOOD / 50);
  const sorted = late.toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(50);
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
    expect(await other.ask.get(undefined, { timeout: 20_000 })).toBe(n);
  }
  remote.tell.off();
  const sent = await remote.ask.sent(undefined, { timeout: 20_000 });
  let drops = -1;
  while (drops !== sent) drops = await bucket.ask.drops(undefined, { timeout: 20_000 });
  expect(drops).toBe(sent);
});

it('the calling thread stays live while its actors are flooded by workers', async () => {
  await using run = await running({ nodes: 2 });
  const { system } = run;
  const bucket = await system.spawn(Bucket, undefined, { node: 'main' });
  const hoses = await Promise.all(['n1', 'n2'].map((node) => system.spawn(Hose, undefined, { node })));
  for (const hose of hoses) hose.tell.pour(bucket);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await new Promise((resolve) => setTimeout(resolve, FLOOD));
  clearInterval(timer);
  for (const hose of hoses) hose.tell.off();
  expect(ticks).toBeGreaterThan(FLOOD / 50);
  expect(await bucket.ask.drops(undefined, { timeout: 20_000 })).toBeGreaterThan(10_000);
});

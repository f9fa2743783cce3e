import { testSystem } from '@troupe/actors/testkit';
import { expect, test } from 'vitest';
import { tameChooser } from '../choices/chooser.ts';
import { RandomChooser } from '../choices/random-chooser.ts';
import { runActors } from './actor-run.ts';
import { defineActorSimulation } from './actor-simulation.ts';
import { Counter, Rare, Walker } from './actors.fixture.ts';

const walking = defineActorSimulation({
  name: 'walking',
  nodes: 2,
  observed: () => ({ seen: 0, steps: 0 }),
  run: async (system, world) => {
    const counter = await system.spawn(Counter, 0, { node: 'n1' });
    const walker = await system.spawn(Walker, counter as never, { node: 'n2' });
    walker.tell.start(10);
    await world.sleep(500);
    const report = await walker.ask.report(undefined, { timeout: 2_000 });
    world.observed.steps = report.steps;
    world.observed.seen = await counter.ask.slowGet(50);
  },
});

test('actors on two nodes tell, ask and set timers under virtual time', async () => {
  const outcome = await runActors(
    { ...walking, finally: { 'it walked': ({ observed }) => observed.steps === 50 || `${observed.steps} steps` } },
    tameChooser,
  );
  expect(outcome.violation).toBeUndefined();
  expect(outcome.events).toBeGreaterThan(200);
});

test('the same choices give the same trace', async () => {
  const hashes: string[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const first = await runActors({ ...walking, faults: { processes: { crashes: () => 0 } } }, new RandomChooser(seed));
    const again = await runActors({ ...walking, faults: { processes: { crashes: () => 0 } } }, new RandomChooser(seed));
    expect(first.violation).toBeUndefined();
    expect(again).toEqual(first);
    hashes.push(first.hash);
  }
  expect(new Set(hashes).size).toBeGreaterThan(15);
});

test('what is rare is done in some runs, while faults last, and never on another host', async () => {
  const asking = defineActorSimulation({
    name: 'rare',
    nodes: 1,
    observed: () => ({ before: 0, after: 0 }),
    run: async (system, world) => {
      const rare = await system.spawn(Rare, undefined, { node: 'main' });
      for (let times = 0; times < 50; times++) if (await rare.ask.isRare('stop early')) world.observed.before++;
      await world.sleep(2_000);
      for (let times = 0; times < 50; times++) if (await rare.ask.isRare('stop early')) world.observed.after++;
    },
    finally: { 'calm is calm': ({ observed }) => observed.after === 0 },
    sometimes: { 'something rare': ({ observed }) => observed.before > 0 },
  });
  const outcomes = [];
  for (let seed = 0; seed < 30; seed++) outcomes.push(await runActors(asking, new RandomChooser(seed)));
  expect(outcomes.every(({ violation }) => violation === undefined)).toBe(true);
  const rare = outcomes.filter(({ reached }) => reached.length > 0).length;
  expect(rare).toBeGreaterThan(0);
  expect(rare).toBeLessThan(30);
  await using system = testSystem();
  const actor = await system.spawn(Rare);
  for (let times = 0; times < 50; times++) expect(await actor.ask.isRare('stop early')).toBe(false);
});

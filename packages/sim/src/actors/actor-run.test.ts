import { expect, test } from 'vitest';
import { tameChooser } from '../choices/chooser.ts';
import { RandomChooser } from '../choices/random-chooser.ts';
import { runActors } from './actor-run.ts';
import { defineActorSimulation } from './actor-simulation.ts';
import { Counter, Walker } from './actors.fixture.ts';

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

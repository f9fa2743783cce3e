/** What supervisors promise, held to it over many seeds: children fail by chance, and on nodes that end. */
import { describe, expect, test } from 'vitest';
import { type ActorSimulation, defineActorSimulation } from '../actor-simulation.ts';
import { manySeeds, spawnOn } from './many-seeds.fixture.ts';
import {
  FalseOneForAll,
  FalseRestForOne,
  INTENSITY,
  journal,
  OneForAll,
  OneForOne,
  PERIOD,
  RestForOne,
} from './supervision.fixture.ts';

const SEEDS = 40;
const CRASHES_END = 800;

/** One supervisor, whose children are on all nodes: what one of another node does is known with a delay. */
const SPREAD = ['n1', 'main', 'n2', 'n1'];
/** Or on its own: they start when they are started. */
const TOGETHER = ['n1', 'n1', 'n1'];

const supervising = (definition: typeof OneForAll, nodes: readonly string[], intensity = INTENSITY): ActorSimulation =>
  defineActorSimulation({
    name: 'supervising',
    nodes: 2,
    faults: { processes: { crashes: () => 0 } },
    options: { restarts: 100, supervision: { intensity: 1_000, period: 1 } },
    run: async (system, world) => {
      journal.reset(() => world.now);
      await spawnOn(system, 'n1', definition, { nodes });
      while (world.now < CRASHES_END) {
        await world.sleep(1 + world.choose('until a node ends', 150));
        world.crash(world.nodes[world.choose('node', 2)] as string);
      }
    },
    always: {
      'children start and stop in order': ({ nodes: [n1] }) => {
        if (n1?.isUp === false) journal.orphan();
        return journal.wrong ?? true;
      },
      'no more restarts than the intensity allows': () => nodes === SPREAD || journal.tooOften(intensity, PERIOD),
    },
    sometimes: {
      'a node is down': (view) => view.nodes.some(({ isUp }) => !isUp),
      'a child is restarted': () => journal.restarted > 0,
      'children are stopped one after another': () => journal.stoppedInOrder > 0,
      'the intensity is used up': () => journal.supervisorsEnded > 0,
    },
    livenessTicks: 500,
  });

describe('supervisors', () => {
  test.each([
    ['one for one', OneForOne],
    ['one for all', OneForAll],
    ['rest for one', RestForOne],
  ])('%s: order and intensity hold, also where nodes end', async (_name, definition) => {
    const together = await manySeeds(supervising(definition, TOGETHER), SEEDS);
    expect(together.violation).toBeUndefined();
    const { violation, reached } = await manySeeds(supervising(definition, SPREAD), SEEDS);
    expect(violation).toBeUndefined();
    for (const name of ['a child is restarted', 'the intensity is used up', 'a node is down'])
      expect(reached.get(name), name).toBeGreaterThan(0);
    if (definition !== OneForOne) expect(reached.get('children are stopped one after another')).toBeGreaterThan(0);
  });

  test.each([
    ['rest for one that says it is one for all', FalseOneForAll],
    ['one for one that says it is rest for one', FalseRestForOne],
  ])('a %s is found', async (_name, definition) => {
    const { violation } = await manySeeds(supervising(definition, SPREAD), SEEDS);
    expect(violation?.property).toBe('children start and stop in order');
  });

  test('a supervisor that allows more than it says is found', async () => {
    const { violation } = await manySeeds(supervising(OneForOne, TOGETHER, INTENSITY - 1), SEEDS);
    expect(violation?.property).toBe('no more restarts than the intensity allows');
  });
});

/** What the runtime says of messages, held to it over many seeds, with nodes that die, hang and are slow. */
import type { System } from '@troupe/actors';
import { describe, expect, test } from 'vitest';
import { type ActorSimulation, type ActorWorld, defineActorSimulation } from '../actor-simulation.ts';
import { duplicating, type HostDefect, losing, reordering } from '../nodes/host-defect.ts';
import { journal, Sink, Source } from './delivery.fixture.ts';
import { manySeeds, spawnOn } from './many-seeds.fixture.ts';

const SEEDS = 60;

interface Account {
  system: System | undefined;
}

/** Sources tell sinks on all nodes for a while; then nothing is sent any more, and what is under way arrives. */
const delivery = defineActorSimulation<Account>({
  name: 'delivery',
  nodes: [1, 3],
  options: { restarts: 100 },
  observed: () => ({ system: undefined }),
  run: async (system, world) => {
    journal.reset();
    world.observed.system = system;
    const sinks = [];
    for (const node of ['main', ...world.nodes]) sinks.push(await spawnOn(system, node, Sink, undefined));
    const sources = [];
    for (const node of ['main', ...world.nodes]) sources.push(await spawnOn(system, node, Source, sinks));
    await world.sleep(900);
    for (const source of sources) await system.stop(source);
    await allRest(system, world);
  },
  always: { 'in order, and at most once, between two actors': () => journal.wrong ?? true },
  sometimes: {
    'a message is lost': () => journal.gaps > 0,
    'a node is down': ({ nodes }) => nodes.some(({ isUp }) => !isUp),
  },
  finally: {
    'every message was handled, or is a dead letter': ({ observed }) => accountOf(observed.system as System),
  },
});

async function allRest(system: System, world: ActorWorld<Account>): Promise<void> {
  for (const node of world.nodes) await system.whenUp(node);
  await world.sleep(600);
}

/** Only tells are sent here, so the counters are of tells only. */
function accountOf(system: System): true | string {
  let dead = 0;
  for (const counters of system.counters().values()) dead += counters.deadLetters;
  const known = journal.taken + dead;
  return known === journal.sent || `${journal.sent} sent, ${journal.taken} handled, ${dead} dead letters`;
}

const withDefect = (defect: () => HostDefect): ActorSimulation<Account> => ({ ...delivery, defect });

describe('messages between actors', () => {
  test('arrive in order, at most once, and what does not arrive is counted', async () => {
    const { violation, reached } = await manySeeds(delivery, SEEDS);
    expect(violation).toBeUndefined();
    for (const name of ['a message is lost', 'a node is down', 'crash', 'pause', 'slow'])
      expect(reached.get(name), name).toBeGreaterThan(0);
  });

  test.each([
    ['reorders', () => reordering(40), 'in order, and at most once, between two actors'],
    ['duplicates', () => duplicating(40), 'in order, and at most once, between two actors'],
    ['loses', () => losing(40), 'every message was handled, or is a dead letter'],
  ])('a transport that %s is found', async (_name, defect, property) => {
    const { violation } = await manySeeds(withDefect(defect), SEEDS);
    expect(violation?.property).toBe(property);
  });
});

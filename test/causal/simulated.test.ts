/** The same in the actor simulator: over seeds, with nodes that crash, hang and are slow, and with messages that come again. */

import type { System } from 'troupe';
import { vectorClock } from 'troupe/clocks';
import { isTroupeError } from 'troupe/protocol';
import { defineActorSimulation, RandomChooser, runActors } from 'troupe/sim';
import { expect, it } from 'vitest';
import { Gossip } from './fixtures/gossip.ts';
import { HappenedBefore } from './happened-before.ts';

const SEEDS = 25;

interface Seen {
  system: System | undefined;
}

const simulation = defineActorSimulation<Seen>({
  name: 'gossip',
  nodes: [1, 3],
  options: { clock: 'vector', trace: { limit: 2_000 }, restarts: 100, redeliver: 'begun' },
  observed: () => ({ system: undefined }),
  run: async (system, world) => {
    world.observed.system = system;
    const actors = [];
    for (const node of ['main', ...world.nodes]) {
      for (let isThere = false; !isThere; ) {
        try {
          if (node !== 'main') await system.whenUp(node);
          actors.push(await system.spawn(Gossip, undefined, { node }));
          isThere = true;
        } catch (error) {
          if (!isTroupeError(error, 'TROUPE_NODE_DOWN')) throw error;
        }
      }
    }
    for (let round = 0; round < 3; round++) {
      for (const actor of actors) actor.tell.meet(actors);
      for (const actor of actors) actor.tell.say(2);
      await world.sleep(100);
    }
  },
  finally: {
    'the clock says what happened before': ({ observed }) => {
      const trace = (observed.system as System).trace();
      const isWhole = trace.lives.every(({ dropped, life }) => dropped === 0 && life < 4);
      const order = new HappenedBefore(trace);
      const wrong = order.contradictions(vectorClock.compare, isWhole);
      return wrong.length === 0 ? (order.disorder ?? true) : wrong.join('; ');
    },
    'nothing recorded was refused': ({ observed }) =>
      (observed.system as System).trace().lives.every(({ refused }) => refused === 0),
  },
  sometimes: {
    'a node has another life': ({ observed }) => observed.system?.trace().lives.some(({ life }) => life > 1) === true,
    'messages pass between nodes': ({ observed }) =>
      observed.system !== undefined && new HappenedBefore(observed.system.trace()).matched > 20,
  },
});

it('e → f exactly where V(e) < V(f)', async () => {
  const reached = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const outcome = await runActors(simulation, new RandomChooser(seed));
    expect(outcome.violation, `seed ${seed}`).toBeUndefined();
    for (const name of outcome.reached) reached.add(name);
  }
  expect([...reached]).toEqual(expect.arrayContaining(['a node has another life', 'messages pass between nodes']));
});

it('a run with a clock and a trace is the same again', async () => {
  const once = await runActors(simulation, new RandomChooser(7));
  const again = await runActors(simulation, new RandomChooser(7));
  expect(again.hash).toBe(once.hash);
});

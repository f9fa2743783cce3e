/** Deadlines of asks, and what full mailboxes do, held to their promises over many seeds. */
import { describe, expect, test } from 'vitest';
import { type ActorSimulation, defineActorSimulation } from '../actor-simulation.ts';
import { type HostDefect, losing } from '../nodes/host-defect.ts';
import { Asker, CAPACITY, journal, SLOW, Sleeper, Teller } from './asks.fixture.ts';
import { manySeeds, spawnOn } from './many-seeds.fixture.ts';

const SEEDS = 40;

/** The asker's node keeps time: one that hangs, or is slow, learns of a deadline when it runs. */
const asking = (defect?: () => HostDefect): ActorSimulation =>
  defineActorSimulation({
    name: 'asking',
    nodes: 2,
    options: { restarts: 100 },
    faults: { processes: { pauses: false, slow: false } },
    run: async (system, world) => {
      journal.reset();
      const sleeper = await spawnOn(system, 'n1', Sleeper, undefined);
      await spawnOn(system, 'n2', Asker, sleeper);
      await world.sleep(900);
    },
    always: { 'an ask is settled by its deadline, and times out no sooner': () => journal.wrong ?? true },
    sometimes: { answered: () => journal.answered > 0, 'timed out': () => journal.timedOut > 0 },
    ...(defect === undefined ? {} : { defect }),
  });

const TOLD = 20;
const all = Array.from({ length: TOLD }, (_, number) => number);

/** What of a burst is handled by whom has so much room, and takes so long that nothing leaves its mailbox meanwhile. */
const HANDLED: Readonly<Record<keyof typeof SLOW, readonly number[]>> = {
  block: all,
  'drop-newest': all.slice(0, CAPACITY),
  'drop-oldest': all.slice(-CAPACITY),
  fail: all.slice(0, CAPACITY),
  // The newest takes the place of the one that came last before it.
  coalesce: [...all.slice(0, CAPACITY - 1), TOLD - 1],
};

/** A burst of a node's actor, which arrives at another as a whole. */
const overflowing = (rule: keyof typeof SLOW, handled: readonly number[], defect?: () => HostDefect): ActorSimulation =>
  defineActorSimulation({
    name: `overflow-${rule}`,
    nodes: 2,
    faults: { processes: { crashes: () => 0 } },
    run: async (system, world) => {
      journal.reset();
      const slow = await system.spawn(SLOW[rule], undefined, { node: 'n1' });
      const teller = await system.spawn(Teller, slow, { node: 'n1' });
      teller.tell.tell(TOLD);
      await world.sleep(900);
    },
    finally: {
      'the rule holds': () =>
        String(journal.taken) === String(handled) || `handled ${journal.taken}, expected ${handled}`,
    },
    livenessTicks: 1_000,
    ...(defect === undefined ? {} : { defect }),
  });

describe('asks', () => {
  test('are settled by their deadline, also where nodes end', async () => {
    const { violation, reached } = await manySeeds(asking(), SEEDS);
    expect(violation).toBeUndefined();
    for (const name of ['answered', 'timed out', 'crash']) expect(reached.get(name), name).toBeGreaterThan(0);
  });

  test('timers that ring too late are found', async () => {
    const { violation } = await manySeeds(
      asking(() => ({ lateTimers: 60 })),
      SEEDS,
    );
    expect(violation?.property).toBe('an ask is settled by its deadline, and times out no sooner');
  });
});

describe('full mailboxes', () => {
  test.each(Object.keys(SLOW) as (keyof typeof SLOW)[])('keep the rule %s', async (rule) => {
    expect((await manySeeds(overflowing(rule, HANDLED[rule]), SEEDS)).violation).toBeUndefined();
  });

  test('another rule than the one that was declared is found', async () => {
    const { violation } = await manySeeds(overflowing('drop-newest', HANDLED['drop-oldest']), 1);
    expect(violation?.property).toBe('the rule holds');
  });

  test('a message that is lost is found', async () => {
    const { violation } = await manySeeds(
      overflowing('block', HANDLED.block, () => losing(1)),
      1,
    );
    expect(violation?.property).toBe('the rule holds');
  });
});

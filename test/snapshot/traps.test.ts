/** The known traps of Chandy and Lamport's algorithm, by their numbers, in what `system.snapshot()` does. */

import type { Ref } from 'troupe';
import { createSystem, isTroupeError, type System } from 'troupe';
import type { ActorSnapshot, SystemSnapshot } from 'troupe/snapshot';
import { describe, expect, it } from 'vitest';
import { Keeper, type KeeperProtocol } from './fixtures/keeper.ts';

interface KeeperState {
  readonly items: readonly unknown[];
}

const actorOf = (snapshot: SystemSnapshot, name: string): ActorSnapshot =>
  snapshot.actors.find((actor) => actor.name === name) as ActorSnapshot;
const itemsOf = (snapshot: SystemSnapshot, name: string): readonly unknown[] =>
  (actorOf(snapshot, name).state as KeeperState).items;
const aborted = (error: unknown): unknown =>
  isTroupeError(error, 'TROUPE_SNAPSHOT_ABORTED') ? [error.data['reason'], error.data['node']] : error;

async function two(system: System) {
  const a = await system.spawn(Keeper, undefined, { node: 'n1', name: 'a' });
  const b = await system.spawn(Keeper, undefined, { node: 'n2', name: 'b' });
  a.tell.know(b as Ref<KeeperProtocol>);
  b.tell.know(a as Ref<KeeperProtocol>);
  return { a, b };
}

describe('snapshot-2, snapshot-3, snapshot-9: what is said after the instant is in no channel and in no state', () => {
  it('and what was said before it is in one of them, whoever is asked first', async () => {
    await using system = await createSystem({ nodes: 2 });
    const { a, b } = await two(system);
    let told = 0;
    for (let round = 0; round < 30; round++) {
      for (let burst = 0; burst < 50; burst++) (burst % 2 === 0 ? a : b).tell.tellOther(told++);
      const snapshot = await system.snapshot();
      const mailboxes = snapshot.actors.flatMap(({ mailbox }) => mailbox.map(({ payload }) => payload));
      const channels = snapshot.channels.flatMap(({ messages }) =>
        messages.map((message) => (message as { payload?: unknown }).payload),
      );
      const all = [...itemsOf(snapshot, 'a'), ...itemsOf(snapshot, 'b'), ...mailboxes, ...channels].filter(
        (item): item is number => typeof item === 'number',
      );
      // Each once: as its order to be told, as told, or as kept. All were sent by the program before it asked.
      expect(all.toSorted((x, y) => x - y)).toEqual(Array.from({ length: told }, (_, index) => index));
    }
  });
});

describe('snapshot-4, snapshot-5, snapshot-6: several at once', () => {
  it('are each whole, with an id of its own', async () => {
    await using system = await createSystem({ nodes: 2 });
    const { a } = await two(system);
    for (let item = 0; item < 100; item++) a.tell.tellOther(item);
    const all = await Promise.all(Array.from({ length: 8 }, () => system.snapshot()));
    expect(new Set(all.map(({ id }) => id)).size).toBe(8);
    for (const snapshot of all) expect(snapshot.actors).toHaveLength(2);
  });

  it('are bounded: more than a node takes are refused', async () => {
    await using system = await createSystem();
    await system.spawn(Keeper);
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => system.snapshot()));
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [aborted(end.reason)] : []));
    expect(refused).toEqual(Array(2).fill(['more snapshots at once than a node takes', 'main']));
    expect((await system.snapshot()).actors).toHaveLength(1);
  });
});

describe('snapshot-7, snapshot-8: nodes that nobody talks to', () => {
  it('are part of it', async () => {
    await using system = await createSystem({ nodes: 3 });
    await system.spawn(Keeper, 'alone', { node: 'n3', name: 'alone' });
    const snapshot = await system.snapshot();
    expect(snapshot.nodes.map(({ name }) => name)).toEqual(['main', 'n1', 'n2', 'n3']);
    expect(itemsOf(snapshot, 'alone')).toEqual(['alone']);
  });
});

describe('snapshot-10: what is recorded', () => {
  it('is a copy: what an actor does later does not change it', async () => {
    await using system = await createSystem();
    const keeper = await system.spawn(Keeper, { deep: [1] }, { name: 'a' });
    const snapshot = await system.snapshot();
    const items = (await keeper.ask.items()) as { deep: number[] }[];
    items[0]?.deep.push(2);
    keeper.tell.put('later');
    await keeper.ask.items();
    expect(itemsOf(snapshot, 'a')).toEqual([{ deep: [1] }]);
  });

  it('is what was there at the instant, where thousands are copied in slices while they run, fail, stop and start', async () => {
    await using system = await createSystem({ logLevel: 'fatal', supervision: { intensity: 1_000_000 } });
    const count = 3_000;
    const keepers = await Promise.all(Array.from({ length: count }, (_, index) => system.spawn(Keeper, index)));
    const before = system.snapshot();
    // After the instant, and before the sweep has come to most of them.
    await new Promise((resolve) => setImmediate(resolve));
    for (const [at, keeper] of keepers.entries()) {
      keeper.tell.put('after');
      if (at % 3 === 0) void system.stop(keeper);
      if (at % 3 === 1) keeper.tell.fail();
      if (at % 100 === 0) void system.spawn(Keeper, 'new');
    }
    const { actors } = await before;
    const items = actors.map(({ state }) => (state as KeeperState).items);
    expect(items.map(([item]) => item)).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(items.every(({ length }) => length === 1)).toBe(true);
    expect(
      actors.every(
        ({ mailbox, hasFailed, suspended }) => mailbox.length === 0 && !hasFailed && suspended === undefined,
      ),
    ).toBe(true);
  });
});

describe('snapshot-11: messages to oneself, timers, what is queued and what is put aside', () => {
  it('are part of it', async () => {
    await using system = await createSystem();
    const keeper = await system.spawn(Keeper, undefined, { name: 'a' });
    keeper.tell.aside('aside');
    keeper.tell.after(50_000);
    await keeper.ask.items();
    keeper.tell.sleep(200);
    keeper.tell.put('queued');
    keeper.tell.putLater('later');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { mailbox, stash, timers, suspended, serving } = actorOf(await system.snapshot(), 'a');
    expect(mailbox.map(({ kind, payload }) => [kind, payload])).toEqual([
      ['put', 'queued'],
      ['putLater', 'later'],
    ]);
    expect(stash.map(({ payload }) => payload)).toEqual(['aside']);
    expect(timers.map(({ name, period, payload }) => [name, period, payload])).toEqual([
      ['once', undefined, 'in time'],
      ['beat', 50_000, 'a beat'],
    ]);
    expect(timers.every(({ left }) => left > 40_000 && left <= 50_000)).toBe(true);
    expect([suspended, serving]).toEqual(['it awaits', expect.objectContaining({ kind: 'sleep', payload: 200 })]);
  });
});

describe('snapshot-12: a node that ends in the middle', () => {
  it('ends the snapshot, which names it; the next one, after its restart, is whole', async () => {
    await using system = await createSystem({ nodes: 2, logLevel: 'fatal' });
    const { a, b } = await two(system);
    // Its marker is not read before it ends.
    a.tell.block(300);
    b.tell.block(300);
    const taking = system.snapshot().then(() => 'taken', aborted);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await system.kill('n1');
    expect(await taking).toEqual(['a node ended', 'n1']);
    // While it is down there is none.
    expect(await system.snapshot().then(() => 'taken', aborted)).toEqual(['a node ended', 'n1']);
    await system.whenUp('n1');
    let whole: SystemSnapshot | undefined;
    for (let tries = 0; whole === undefined && tries < 100; tries++) {
      whole = await system.snapshot().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(whole?.actors.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

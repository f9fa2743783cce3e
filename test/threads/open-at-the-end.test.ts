/** A node ends while much is open across it: each ask settles, each watcher hears, what is supervised comes back. */

import { describe, expect, it } from 'vitest';
import { Finder, Linked, Parent, Watcher } from './fixtures/bystanders.ts';
import { Victim } from './fixtures/victims.ts';
import { running, settled, until } from './running.ts';

describe('when a node ends', () => {
  it('asks and streams that are open fail, from the program and from actors on every other node', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const victim = async () => system.spawn(Victim, undefined, { node: 'n1' });
    const watcher = async () => system.spawn(Watcher, undefined, { node: 'n2' });
    const ticks = (await victim()).stream.ticks(1_000_000);
    await ticks.next();
    const reading = (async () => {
      for (;;) if ((await ticks.next()).done) return 'ended';
    })();
    const open = [
      settled((await victim()).ask.never(undefined, { timeout: Number.POSITIVE_INFINITY })),
      settled(reading),
      settled((await watcher()).ask.askNever(await victim(), { timeout: Number.POSITIVE_INFINITY })),
      settled((await watcher()).ask.readTicks(await victim(), { timeout: Number.POSITIVE_INFINITY })),
      // The stop itself is on its way when the node ends.
      settled(system.stop(await victim()).then(() => 'TROUPE_NODE_DOWN')),
    ];
    await new Promise((resolve) => setTimeout(resolve, 50));
    await system.kill('n1');
    expect(await Promise.all(open)).toEqual(Array(5).fill('TROUPE_NODE_DOWN'));
  });

  it('whoever monitors or is linked to an actor there is told', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const victim = await system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent' });
    const watchers = await Promise.all(['main', 'n2'].map((node) => system.spawn(Watcher, undefined, { node })));
    const linked = await system.spawn(Linked, undefined, { node: 'n2', restart: 'temporary' });
    for (const watcher of watchers) {
      await watcher.ask.monitor(victim);
      await watcher.ask.link(victim);
    }
    await linked.ask.link(victim);
    await system.kill('n1');
    for (const watcher of watchers)
      await until(async () => (await watcher.ask.heard()).sort().join() === 'down n1 killed,exit n1 killed');
    await until(async () => (await settled(linked.ask.ping())) === 'TROUPE_DEAD_REF');
    // A monitor set while the node is down is told at once; the victim itself comes back.
    await until(async () => (await settled(victim.ask.get())) === 0);
  });

  it('its offers are withdrawn, watchers on every other node hear of that, and of those that come back', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const here = await system.spawn(Finder, undefined, { node: 'main' });
    const there = await system.spawn(Finder, undefined, { node: 'n2' });
    const seen: string[] = [];
    const end = system.watch('pool', (refs) => seen.push(refs.map(String).sort().join()));
    for (const finder of [here, there]) await finder.ask.watch('pool');
    const lasting = await system.spawn(Victim, undefined, { node: 'n2', name: 'lasting', offer: 'pool' });
    const victim = await system.spawn(Victim, undefined, {
      node: 'n1',
      name: 'victim',
      offer: 'pool',
      restart: 'permanent',
    });
    const mortal = await system.spawn(Victim, undefined, {
      node: 'n1',
      name: 'mortal',
      offer: 'pool',
      restart: 'temporary',
    });
    const known = (...refs: unknown[]): string => refs.map(String).sort().join();
    const all = known(lasting, victim, mortal);
    const know = async (which: string): Promise<boolean> =>
      seen.at(-1) === which && (await here.ask.known()) === which && (await there.ask.known()) === which;
    await until(() => know(all), 'all to know all three');
    await system.kill('n1');
    // The one that is not restarted is gone; the other is offered again with its restart, under its old ref.
    await until(() => know(known(lasting, victim)), 'all to know the one that came back');
    expect(await system.find('pool')).toEqual(expect.arrayContaining([lasting, victim]));
    for (const told of [seen, await here.ask.told(), await there.ask.told()]) {
      const down = told.lastIndexOf(known(lasting));
      // Between the two everyone was told that none of the node's was there.
      expect(down).toBeGreaterThan(told.indexOf(all));
      expect(told.lastIndexOf(known(lasting, victim))).toBeGreaterThan(down);
    }
    end();
  });

  it('a watch of its own ends with it, and one that is set anew knows what is offered', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const finder = await system.spawn(Finder, undefined, { node: 'n1', restart: 'permanent' });
    const offered = await system.spawn(Victim, undefined, { node: 'n2', offer: 'pool' });
    await finder.ask.watch('pool');
    await until(async () => (await finder.ask.known()) === String(offered), 'the watch to know');
    await system.kill('n1');
    // It is started again from its init: it watches nothing.
    await until(async () => Array.isArray(await settled(finder.ask.told())), 'the watcher to be back');
    expect(await finder.ask.told()).toEqual([]);
    await finder.ask.watch('pool');
    await until(async () => (await finder.ask.known()) === String(offered), 'the new watch to know');
    await system.stop(offered);
    await until(async () => (await finder.ask.known()) === '', 'the new watch to hear of the stop');
  });

  it('actors elsewhere whose parent was there are stopped, and the parent starts them anew', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const parent = await system.spawn(Parent, 'n2', { node: 'n1', restart: 'permanent' });
    await until(async () => (await parent.ask.child()) !== undefined);
    const child = await parent.ask.child();
    expect(await child?.ask.get()).toBe(0);
    parent.tell.exit();
    await until(async () => (await settled(child?.ask.get() as Promise<number>)) === 'TROUPE_DEAD_REF');
    await until(async () => ((await settled(parent.ask.child())) as { node?: string } | undefined)?.node === 'n2');
    const again = await parent.ask.child();
    expect(again).not.toBe(child);
    expect(await again?.ask.get()).toBe(0);
  });

  it('children there of actors elsewhere are started again under their old refs', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const parent = await system.spawn(Parent, 'n2', { node: 'n1', restart: 'permanent' });
    await until(async () => (await parent.ask.child()) !== undefined);
    const child = await parent.ask.child();
    child?.tell.add(1);
    expect(await child?.ask.get()).toBe(1);
    await system.kill('n2');
    await until(async () => (await settled(child?.ask.get() as Promise<number>)) === 0);
    expect(await parent.ask.children()).toBe(1);
  });

  it('a spawn that is on its way fails, or its actor is started again', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const spawns = Array.from({ length: 20 }, (_, i) =>
      system.spawn(Victim, undefined, { node: 'n1', name: `v${i}`, restart: 'permanent' }).catch((error) => error),
    );
    await system.kill('n1');
    for (const [i, spawned] of (await Promise.all(spawns)).entries()) {
      if (spawned instanceof Error) {
        expect(spawned).toMatchObject({ code: 'TROUPE_NODE_DOWN' });
        // The name that it claimed is free.
        expect((await system.spawn(Victim, undefined, { node: 'n2', name: `v${i}` })).node).toBe('n2');
      } else await until(async () => (await settled(spawned.ask.get())) === 0);
    }
  });

  it('and once more before it is back, it comes back all the same', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const victim = await system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent', name: 'victim' });
    const downs = () => run.events.filter(({ type }) => type === 'node-down').length;
    await system.kill('n1');
    while (downs() < 3) {
      await new Promise((resolve) => setImmediate(resolve));
      await system.kill('n1');
    }
    await until(async () => (await settled(victim.ask.get())) === 0);
    expect(await system.whereis('victim')).toBe(victim);
  });

  it('and the system is stopped meanwhile, both come to their end', async () => {
    const run = await running({ nodes: 2 });
    const { system } = run;
    await system.spawn(Parent, 'n2', { node: 'n1', restart: 'permanent' });
    await system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent' });
    await Promise.all([system.kill('n1'), system.kill('n2')]);
    await system[Symbol.asyncDispose]();
    expect((await system.whenEnded).kind).toBe('shutdown');
  });
});

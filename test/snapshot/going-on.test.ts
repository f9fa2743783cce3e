/** What a restored system has of the one that was photographed, place by place; and what is refused, of which nothing is left. */

import { createSystem, type RefOf, type System, type SystemSnapshot } from 'troupe';
import { decodeSnapshot, encodeSnapshot, relocateSnapshot } from 'troupe/snapshot';
import { describe, expect, it } from 'vitest';
import { Keeper, news, Resumer } from './fixtures/keeper.ts';

type KeeperRef = RefOf<typeof Keeper>;

/** Through bytes and back. */
const stored = (snapshot: SystemSnapshot): SystemSnapshot => decodeSnapshot(encodeSnapshot(snapshot));

async function photograph(nodes: number, program: (system: System) => Promise<unknown>): Promise<SystemSnapshot> {
  await using system = await createSystem({ nodes, logLevel: 'fatal' });
  await program(system);
  return stored(await system.snapshot());
}

const named = async (system: System, name: string): Promise<KeeperRef> =>
  (await system.whereis<KeeperRef>(name)) as KeeperRef;
/** Of threads that run. */
const handles = (): string[] => process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort/.test(kind));
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a restored system', () => {
  it('has names, states, refs that mean the restored actors, and behaviours', async () => {
    const snapshot = await photograph(2, async (system) => {
      const a = await system.spawn(Keeper, new Map([[1n, new Date(0)]]), { node: 'n1', name: 'a' });
      const b = await system.spawn(Keeper, undefined, { node: 'n2', name: 'b' });
      a.tell.know(b as never);
      b.tell.put(a);
      b.tell.close();
      await Promise.all([a.ask.items(), b.ask.items()]);
    });
    await using system = await createSystem({ nodes: 2, restore: snapshot });
    const [a, b] = [await named(system, 'a'), await named(system, 'b')];
    expect(await a.ask.items()).toEqual([new Map([[1n, new Date(0)]])]);
    expect((await b.ask.items())[0]).toBe(a);
    expect(await b.ask.behaviour()).toBe('closed');
    a.tell.tellOther('refused there');
    await until(async () => (await b.ask.items()).length === 2);
    expect((await b.ask.items())[1]).toBe('refused');
    expect(system.actorAt(snapshot.actors.find(({ name }) => name === 'a') as never)).toBe(a);
    await expect(system.spawn(Keeper, undefined, { name: 'a' })).rejects.toMatchObject({ code: 'TROUPE_NAME_TAKEN' });
  });

  it('handles what waited, in its order, and takes up what was put aside', async () => {
    const snapshot = await photograph(1, async (system) => {
      const a = await system.spawn(Keeper, undefined, { node: 'n1', name: 'a' });
      a.tell.aside('aside');
      a.tell.block(60);
      for (const item of ['one', 'two', 'three']) a.tell.put(item);
      a.tell.takeUp();
      // Its node takes the marker between two messages at the earliest.
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    await using system = await createSystem({ nodes: 1, restore: snapshot });
    const a = await named(system, 'a');
    await until(async () => (await a.ask.items()).length >= 3);
    expect((await a.ask.items()).filter((item) => item !== 'aside')).toEqual(['one', 'two', 'three']);
  });

  it('has its timers, with the time that they had left', async () => {
    const snapshot = await photograph(1, async (system) => {
      const a = await system.spawn(Keeper, undefined, { node: 'n1', name: 'a' });
      a.tell.after(400);
      await a.ask.items();
      await new Promise((resolve) => setTimeout(resolve, 150));
    });
    const left = snapshot.actors[0]?.timers.map((timer) => timer.left) as number[];
    expect(left.every((time) => time > 0 && time < 300)).toBe(true);
    await using system = await createSystem({ nodes: 1, restore: snapshot });
    const a = await named(system, 'a');
    expect(await a.ask.items()).toEqual([]);
    await until(async () => (await a.ask.items()).length >= 3);
    a.tell.stopTimers();
    expect((await a.ask.items()).toSorted().slice(0, 2)).toEqual(['a beat', 'a beat']);
  });

  it('supervises its actors as before, over nodes, and over the end of a node', async () => {
    const snapshot = await photograph(2, async (system) => {
      const a = await system.spawn(Keeper, 'a parent', { node: 'n1', name: 'a' });
      await Promise.all([a.ask.child('n1'), a.ask.child('n2')]);
      a.tell.put('more');
      await a.ask.items();
    });
    await using system = await createSystem({ nodes: 2, restore: snapshot, logLevel: 'fatal' });
    const [a, child] = [await named(system, 'a'), await named(system, 'child-on-n2')];
    expect(await a.ask.children()).toEqual(['n1/child-on-n1', 'n2/child-on-n2']);
    child.tell.put('what a failure forgets');
    child.tell.fail();
    await until(async () => (await child.ask.items()).length === 1);
    expect(await child.ask.items()).toEqual(['a child']);
    await system.kill('n2');
    await system.whenUp('n2');
    await until(async () => (await child.ask.items(undefined, { timeout: 500 }).catch(() => [])).length === 1);
    // Its supervisor's node, too: all of it is started again, by the argument that it had at first.
    await system.kill('n1');
    await system.whenUp('n1');
    await until(async () => (await a.ask.items(undefined, { timeout: 500 }).catch(() => [])).length === 1);
    expect(await a.ask.items()).toEqual(['a parent']);
  });

  it('has its links and monitors, what was offered, and who had subscribed to what', async () => {
    const snapshot = await photograph(2, async (system) => {
      const a = await system.spawn(Keeper, undefined, { node: 'n1', name: 'a' });
      const b = await system.spawn(Keeper, undefined, { node: 'n2', name: 'b' });
      const c = await system.spawn(Keeper, undefined, { node: 'n2', name: 'c', restart: 'temporary' });
      a.tell.monitor(b);
      a.tell.link(c);
      b.tell.offer();
      c.tell.subscribe();
      await Promise.all([a, b, c].map((keeper) => keeper.ask.items()));
      // What they said of it has come to where it is kept.
      await until(async () => (await system.find('keepers')).length === 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    await using system = await createSystem({ nodes: 2, restore: snapshot, logLevel: 'fatal' });
    const [a, b, c] = (await Promise.all(['a', 'b', 'c'].map((name) => named(system, name)))) as [
      KeeperRef,
      KeeperRef,
      KeeperRef,
    ];
    expect(await system.find('keepers')).toEqual([b]);
    system.publish(news, 'news');
    await until(async () => (await c.ask.items()).includes('news'));
    await system.stop(b);
    await until(async () => (await a.ask.downs()).length === 1);
    expect(await system.find('keepers')).toEqual([]);
    // Linked: the failure of one is that of the other, which is started again.
    a.tell.put('before');
    await a.ask.items();
    c.tell.fail();
    await until(async () => (await a.ask.items()).length === 0);
  });

  it('starts again what had failed and not been started again yet', async () => {
    const snapshot = await photograph(1, async (system) => {
      const a = await system.spawn(Keeper, 'first', { node: 'n1', name: 'a', backoff: { min: 60_000 } });
      a.tell.put('second');
      a.tell.fail();
      a.tell.put('third');
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(snapshot.actors[0]).toMatchObject({ hasFailed: true, state: undefined });
    await using system = await createSystem({ nodes: 1, restore: snapshot });
    expect(await (await named(system, 'a')).ask.items()).toEqual(['first', 'third']);
  });

  it('gives new actors ids of their own', async () => {
    const snapshot = await photograph(1, async (system) => {
      for (let count = 0; count < 5; count++) await system.spawn(Keeper, count, { node: 'n1' });
    });
    await using system = await createSystem({ nodes: 1, restore: snapshot });
    const ids = snapshot.actors.map((actor) => String(system.actorAt(actor)));
    expect(ids).not.toContain(String(await system.spawn(Keeper, 'new', { node: 'n1' })));
    const again = await system.snapshot();
    expect(again.actors.map(({ state }) => state)).toEqual([
      ...snapshot.actors.map(({ state }) => state),
      expect.objectContaining({ items: ['new'] }),
    ]);
  });
});

describe('an actor that awaited', () => {
  it('is refused, by its name, where its definition does not say how it goes on; nothing is left', async () => {
    const snapshot = await photograph(1, async (system) => {
      const a = await system.spawn(Keeper, undefined, { node: 'n1', name: 'a' });
      a.tell.sleep(60_000);
      await system.spawn(Keeper, undefined, { node: 'main' });
      await new Promise((resolve) => setTimeout(resolve, 30));
    });
    const before = handles();
    await expect(createSystem({ nodes: 1, restore: snapshot })).rejects.toMatchObject({
      code: 'TROUPE_SNAPSHOT_SUSPENDED',
      data: { actors: ['n1/a'] },
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handles()).toEqual(before);
  });

  it('goes on by its resume: an ask that nobody had begun is taken back, and asked again', async () => {
    const snapshot = await photograph(2, async (system) => {
      const keeper = await system.spawn(Keeper, 'kept', { node: 'n2', name: 'keeper' });
      const resumer = await system.spawn(Resumer, keeper as never, { node: 'n1', name: 'resumer' });
      keeper.tell.sleep(60_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      resumer.tell.collect(7);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    const asks = snapshot.actors.find(({ name }) => name === 'resumer')?.asks;
    expect(asks?.map(({ kind, target }) => [kind, String(target)])).toEqual([['items', 'n2/keeper']]);
    expect(snapshot.suspended.map(({ actor }) => actor)).toEqual(['n1/resumer', 'n2/keeper']);
    // Whoever has no resume must not be suspended: as if its sleep were over.
    const awake = {
      ...snapshot,
      suspended: snapshot.suspended.slice(0, 1),
      actors: snapshot.actors.map((actor) => (actor.name === 'keeper' ? { ...actor, suspended: undefined } : actor)),
    };
    await using system = await createSystem({ nodes: 2, restore: awake });
    const resumer = (await system.whereis<RefOf<typeof Resumer>>('resumer')) as RefOf<typeof Resumer>;
    expect(await resumer.ask.resumed()).toEqual(['collect 7 items not begun']);
    expect(await resumer.ask.got()).toEqual([['kept', 'asleep']]);
  });
});

it('goes on with modules that stand elsewhere now, refs included', async () => {
  const snapshot = await photograph(1, async (system) => {
    const a = await system.spawn(Keeper, 'kept', { node: 'n1', name: 'a' });
    a.tell.put(a);
  });
  const gone = (url: string): string => url.replace('keeper', 'gone');
  await expect(createSystem({ nodes: 1, restore: relocateSnapshot(snapshot, gone) })).rejects.toMatchObject({
    code: 'TROUPE_SNAPSHOT_MISMATCH',
    message: expect.stringContaining('relocateSnapshot'),
  });
  const back = relocateSnapshot(stored(relocateSnapshot(snapshot, gone)), (url) => url.replace('gone', 'keeper'));
  await using system = await createSystem({ nodes: 1, restore: back });
  const a = (await system.whereis('a')) as RefOf<typeof Keeper>;
  expect((await a.ask.items())[1]).toBe(a);
});

it('is relocated by URLs alone, and encoded where it is a snapshot', async () => {
  const snapshot = await photograph(1, (system) => system.spawn(Keeper, undefined, { node: 'n1' }));
  const invalid = expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' });
  expect(() => relocateSnapshot(snapshot, undefined as never)).toThrow(invalid);
  expect(() => relocateSnapshot(snapshot, () => undefined as never)).toThrow(invalid);
  const none = expect.objectContaining({ code: 'TROUPE_SNAPSHOT_INVALID' });
  for (const value of [undefined, null, 5, { kind: 'x' }]) expect(() => encodeSnapshot(value as never)).toThrow(none);
});

describe('what does not fit is refused, by what differs, and nothing is left', () => {
  const one = () =>
    photograph(1, async (system) => {
      await system.spawn(Keeper, 'kept', { node: 'n1', name: 'a' });
    });
  const refused: readonly (readonly [what: string, change: (snapshot: SystemSnapshot) => unknown, error: object])[] = [
    [
      'a definition with other handlers',
      (snapshot) => ({
        ...snapshot,
        definitions: snapshot.definitions.map((definition) => ({
          ...definition,
          kinds: ['put', 'gone', ...definition.kinds.slice(2)],
        })),
      }),
      { code: 'TROUPE_SNAPSHOT_MISMATCH', data: { lost: ['gone'], added: ['items'] } },
    ],
    [
      'a definition that is not there any more',
      (snapshot) => {
        const rename = (key: string): string => key.replace('#Keeper', '#Keper');
        return {
          ...snapshot,
          definitions: snapshot.definitions.map((definition) => ({ ...definition, key: rename(definition.key) })),
          actors: snapshot.actors.map((actor) => ({ ...actor, definition: rename(actor.definition) })),
        };
      },
      { code: 'TROUPE_SNAPSHOT_MISMATCH', cause: { code: 'TROUPE_DEFINITION_MISSING' } },
    ],
    [
      'nodes of other names',
      (snapshot) => JSON.parse(JSON.stringify(snapshot).replaceAll('"n1"', '"n9"')),
      { code: 'TROUPE_SNAPSHOT_MISMATCH', data: { missing: ['n9'] } },
    ],
    [
      'a behaviour that is not there any more',
      (snapshot) => ({ ...snapshot, actors: snapshot.actors.map((actor) => ({ ...actor, behaviours: ['open'] })) }),
      { code: 'TROUPE_SNAPSHOT_MISMATCH', data: { lost: ['open'] } },
    ],
    [
      'a message of no kind of its actor',
      (snapshot) => ({
        ...snapshot,
        actors: snapshot.actors.map((actor) => ({
          ...actor,
          mailbox: [{ kind: 'gone', payload: 1, sender: undefined, wants: 'nothing' }],
        })),
      }),
      { code: 'TROUPE_SNAPSHOT_INVALID' },
    ],
    ['another version', (snapshot) => ({ ...snapshot, version: 1 }), { code: 'TROUPE_SNAPSHOT_INVALID' }],
    ['what is no snapshot', () => ({ actors: [] }), { code: 'TROUPE_SNAPSHOT_INVALID' }],
    [
      'a part of the wrong form',
      (snapshot) => ({ ...snapshot, actors: snapshot.actors.map((actor) => ({ ...actor, mailbox: [{ kind: 1 }] })) }),
      { code: 'TROUPE_SNAPSHOT_INVALID', data: { path: 'snapshot.actors[0].mailbox[0].kind' } },
    ],
  ];
  for (const [what, change, error] of refused) {
    it(what, async () => {
      const snapshot = change(await one());
      const before = handles();
      await expect(createSystem({ nodes: 1, restore: snapshot as SystemSnapshot })).rejects.toMatchObject(error);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(handles()).toEqual(before);
    });
  }
});

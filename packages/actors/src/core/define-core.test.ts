import { type NodeId, nodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { type TestSystem, testSystem } from '../testkit/index.ts';
import { BellNode, ChatterNode, ForeignNode, Listener, LonelyNode, refusing, UnluckyNode } from './core.fixture.ts';
import { OPEN_REQUESTS_MAX } from './core-process.ts';
import { defineCore } from './define-core.ts';
import { spawnGroup } from './spawn-group.ts';

const [a, b, c] = [nodeId('a'), nodeId('b'), nodeId('c')];
const three = { a: {}, b: {}, c: {} };
const chat = { kind: 'chat', word: 'hi' } as const;

async function listen(system: TestSystem) {
  const listener = await system.spawn(Listener);
  return { subscriber: listener as never, told: () => listener.ask.all() };
}

const member = <R>(group: ReadonlyMap<NodeId, R>, id: NodeId): R => {
  const ref = group.get(id);
  if (ref === undefined) throw new Error(`no member ${id}`);
  return ref;
};

describe('a core as actors', () => {
  it('finds its peers, and sends, persists, applies, replies and indicates', async () => {
    await using system = testSystem();
    const { subscriber, told } = await listen(system);
    const group = await spawnGroup(system, ChatterNode, { group: 'g', members: three, options: {}, subscriber });
    expect(await member(group, a).ask.request(chat)).toEqual({ kind: 'chatted', count: 1 });
    await system.advance(100);
    const heard = '{"kind":"heard","from":"a","word":"c:hi"}';
    const all = await told();
    for (const id of [a, b, c]) {
      expect(all).toContain(`${id} {"kind":"started","restarted":false,"remembered":0}`);
      expect(all.filter((line) => line === `${id} ${heard}`)).toHaveLength(1);
    }
    expect(all).toContain('a {"kind":"kept","token":1}');
    expect(all).toContain('a {"kind":"applied","result":1}');
    expect(all).toContain('a {"kind":"rang","timer":"t1"}');
  });

  it('keeps nothing of a request once it is answered', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, ChatterNode, { group: 'g', members: { a: {} }, options: {} });
    for (let i = 0; i < 3; i++) await member(group, a).ask.request(chat);
    await system.advance(0);
    for (const { stashed, enqueued, ended } of system.counters().values())
      expect({ stashed, open: enqueued - ended }).toEqual({ stashed: 0, open: 0 });
  });

  it('acknowledges a persist on a later step, never within the one that asked', async () => {
    await using system = testSystem();
    const { subscriber, told } = await listen(system);
    const group = await spawnGroup(system, ChatterNode, { group: 'g', members: { a: {} }, options: {}, subscriber });
    for (let i = 0; i < 3; i++) member(group, a).tell.request(chat);
    await system.advance(100);
    const kept = (await told()).filter((line) => line.includes('kept'));
    expect(kept).toEqual([1, 2, 3].map((token) => `a {"kind":"kept","token":${token}}`));
  });

  it('has its machine work behind what the same turn persists', async () => {
    await using system = testSystem();
    const { subscriber, told } = await listen(system);
    const group = await spawnGroup(system, ChatterNode, { group: 'g', members: { a: {} }, options: {}, subscriber });
    for (let i = 0; i < 2; i++) member(group, a).tell.request(chat);
    await system.advance(100);
    const order = (await told()).map((line) => /kept|applied/.exec(line)?.[0]).filter((word) => word !== undefined);
    expect(order).toEqual(['kept', 'kept', 'applied', 'applied']);
  });

  it('measures ticks in milliseconds of its host’s clock', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {} }, options: { pause: 20 } });
    await system.settle();
    const began = system.now;
    const rung = member(group, a).ask.request('ring');
    await system.advance(99);
    expect((await member(group, a).ask.status()).openRequests).toBe(1);
    await system.advance(1);
    expect(await rung).toEqual({ rung: (began + 100) / 5 });
  });

  it('goes on serving while asks wait for their reply, and answers each', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {} }, options: { pause: 1 } });
    const waiting = Array.from({ length: 5 }, () => member(group, a).ask.request('wait'));
    await system.settle();
    expect(await member(group, a).ask.status()).toMatchObject({ ready: true, openRequests: 5 });
    member(group, a).tell.request('ring');
    await system.advance(10);
    expect(new Set((await Promise.all(waiting)).map((reply) => JSON.stringify(reply))).size).toBe(1);
    expect(await member(group, a).ask.status()).toMatchObject({ openRequests: 0 });
  });

  it('keeps what comes before its group is complete, and serves it then', async () => {
    await using system = testSystem();
    const start = (self: NodeId) => ({ group: 'g', options: { self, nodes: [a, b] } });
    const first = await system.spawn(ChatterNode, start(a), { name: 'g/a' });
    const early = first.ask.request(chat);
    await system.advance(50);
    expect(await first.ask.status()).toMatchObject({ ready: false });
    const second = await system.spawn(ChatterNode, start(b), { name: 'g/b' });
    await system.advance(20);
    expect(await early).toEqual({ kind: 'chatted', count: 1 });
    expect((await second.ask.status()).state).toMatchObject({ heard: 1 });
  });

  it('starts without the others where its settings say so, and finds each that comes, also in the place of one that stopped', async () => {
    await using system = testSystem();
    const start = (self: NodeId) => ({ group: 'g', options: { self, nodes: [a, b] } });
    const first = await system.spawn(LonelyNode, start(a), { name: 'g/a' });
    expect(await first.ask.request(chat)).toMatchObject({ kind: 'chatted' });
    for (let life = 0; life < 2; life++) {
      const second = await system.spawn(LonelyNode, start(b), { name: 'g/b' });
      first.tell.request(chat);
      await system.advance(50);
      first.tell.request(chat);
      await system.settle();
      expect((await second.ask.status()).received, `life ${life}`).toBeGreaterThan(0);
      await second[Symbol.asyncDispose]();
    }
  });

  it('is not started where its storage can not be loaded, and says why to whoever asks', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, ForeignNode, { group: 'g', members: { a: {} }, options: {} });
    await expect(member(group, a).ask.request(chat)).rejects.toMatchObject({
      code: 'TROUPE_REFUSED',
      message: 'Expected a store of one’s own, got another.',
      data: { code: 'TROUPE_FOREIGN_FOR_TEST', of: 'b' },
    });
    expect(await member(group, a).ask.status()).toMatchObject({ ready: false });
    expect(system.logs.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('starts again with its durable records, its peers and its subscribers, and owes nothing of its former life', async () => {
    await using system = testSystem();
    const { subscriber, told } = await listen(system);
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {}, b: {} }, options: { pause: 1 } });
    const bell = member(group, a);
    bell.tell.subscribe(subscriber);
    await system.settle();
    const lost = expect(bell.ask.request('wait')).rejects.toMatchObject({ code: 'TROUPE_ASK_LOST' });
    const failed = expect(bell.ask.request('fail')).rejects.toMatchObject({ code: 'TROUPE_INVARIANT' });
    await system.advance(1_000);
    await Promise.all([lost, failed]);
    expect(await told()).toEqual(['a {"restarted":true,"incarnation":1}']);
    bell.tell.request('ring');
    await system.advance(10);
    expect(await bell.ask.status()).toMatchObject({ ready: true, state: { incarnation: 1 } });
  });

  it('tells the core where the disk refuses', async () => {
    await using system = testSystem();
    refusing.appended = 0;
    const { subscriber, told } = await listen(system);
    const group = await spawnGroup(system, UnluckyNode, { group: 'g', members: { a: {} }, options: {}, subscriber });
    for (let i = 0; i < 4; i++) {
      await member(group, a).ask.request(chat);
      await system.settle();
    }
    await system.advance(100);
    const outcomes = (await told()).filter((line) => /kept|lost/.test(line)).map((line) => line.slice(2));
    expect(outcomes).toEqual(['lost', 'kept', 'lost', 'kept'].map((kind, i) => JSON.stringify({ kind, token: i + 1 })));
  });

  it('counts what the core ignores, and survives what no peer should send', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {} }, options: { pause: 1 } });
    const ref = member(group, a);
    for (const envelope of [null, 7, {}, { from: 7 }, { from: a, message: 'x' }]) ref.tell.message(envelope as never);
    await system.settle();
    const { ignored } = await ref.ask.status();
    expect(ignored).toEqual(new Map([['no ring', 3]]));
  });

  it('loses what is sent to an id that nobody has, and goes on', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {} }, options: { pause: 1 } });
    member(group, a).tell.request('stranger');
    member(group, a).tell.request('ring');
    await system.advance(100);
    expect((await member(group, a).ask.status()).state).toMatchObject({ waiting: [] });
  });

  it('fails where the core replies with what is no data, and tells the asker', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {} }, options: { pause: 1 } });
    await expect(member(group, a).ask.request('function')).rejects.toMatchObject({ code: 'TROUPE_VALUE_REFUSED' });
  });

  it('refuses more open asks than its bound', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, {
      group: 'g',
      members: { a: { mailbox: { capacity: 2 * OPEN_REQUESTS_MAX } } },
      options: { pause: 1 },
    });
    const ref = member(group, a);
    const open = Array.from({ length: OPEN_REQUESTS_MAX }, () =>
      ref.ask.request('wait', { timeout: 1_000 }).catch(() => 'timed out'),
    );
    await system.settle();
    await expect(ref.ask.request('wait')).rejects.toMatchObject({ code: 'TROUPE_REFUSED' });
    // One that wants no answer needs no place.
    ref.tell.request('wait');
    await system.advance(1_000);
    expect(new Set(await Promise.all(open))).toEqual(new Set(['timed out']));
    // Those that nobody waits for any more make room.
    ref.tell.request('ring');
    const again = ref.ask.request('wait');
    await system.advance(10);
    expect(await again).toMatchObject({ rung: expect.any(Number) });
  });

  it('leaves no timer behind when it stops', async () => {
    await using system = testSystem();
    const group = await spawnGroup(system, BellNode, { group: 'g', members: { a: {} }, options: { pause: 1_000 } });
    const waiting = expect(member(group, a).ask.request('ring')).rejects.toMatchObject({ code: 'TROUPE_ASK_LOST' });
    await system.settle();
    await member(group, a)[Symbol.asyncDispose]();
    await waiting;
    await system.advance(10_000);
    expect(system.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('refuses to run a member under another name than its group’s', async () => {
    await using system = testSystem();
    await system.spawn(
      BellNode,
      { group: 'g', options: { self: a, nodes: [a], pause: 1 } },
      { name: 'other', restart: 'temporary' },
    );
    await system.settle();
    expect(system.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ err: expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }) }),
      }),
    );
  });
});

describe('a group that can not be complete', () => {
  it('is not started: its names are free again', async () => {
    await using system = testSystem();
    const members = { a: {}, b: { node: 'elsewhere' }, c: {} };
    const spawning = spawnGroup(system, ChatterNode, { group: 'g', members, options: {} });
    await expect(spawning).rejects.toMatchObject({ code: 'TROUPE_NODE_UNKNOWN' });
    for (const id of ['a', 'c']) expect(await system.whereis(`g/${id}`)).toBeUndefined();
    await spawnGroup(system, ChatterNode, { group: 'g', members: three, options: {} });
    const again = spawnGroup(system, ChatterNode, { group: 'g', members: { ...three, d: {} }, options: {} });
    await expect(again).rejects.toMatchObject({ code: 'TROUPE_NAME_TAKEN' });
    expect(await system.whereis('g/d')).toBeUndefined();
    expect(await system.whereis('g/a')).toBeDefined();
  });

  it('because its options are wrong says which', async () => {
    await using system = testSystem();
    const spawn = (options: object) => spawnGroup(system, ChatterNode, options as never);
    const good = { group: 'g', members: three, options: {} };
    await expect(spawn({ ...good, members: undefined })).rejects.toThrow(
      'Expected the members of a group to be an object of options, got undefined.',
    );
    await expect(spawn({ ...good, group: 5 })).rejects.toThrow('Expected group to be a non-empty string, got 5.');
    await expect(spawn({ ...good, membres: three })).rejects.toThrow(
      "among group, members, options, subscriber, got 'membres'",
    );
  });
});

describe('defining a core', () => {
  it('refuses a tick that takes no time', () => {
    const core = { name: 'x', init: () => ({}), step: () => {} };
    expect(() => defineCore({ url: 'test:' }, 'x', core as never, { tickMiliseconds: 5 } as never)).toThrow(
      "among tickMilliseconds, storage, machine, startsAlone, memberEnded, got 'tickMiliseconds'",
    );
    expect(() => defineCore({ url: 'test:' }, 'x', core as never, { tickMilliseconds: 0 })).toThrow(
      'Expected tickMilliseconds above 0',
    );
  });
});

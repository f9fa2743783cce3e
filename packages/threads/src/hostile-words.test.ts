/** What a node may not do to another by words that are sound in themselves, one by one. Floods of any words are in `hostile-node.test.ts`. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Down, defineActor, FrameType, type Ref } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { DATA, Forged, HostileNode, Stage } from './hostile-node.fixture.ts';

interface Other {
  add(by: number): void;
  get(): number;
}

const Counter = defineActor(import.meta, 'Counter', {
  init: () => ({ count: 0, seen: undefined as Ref<Other> | undefined, heard: [] as string[] }),
  on: {
    add(state, by: number) {
      state.count += by;
    },
    get: (state) => state.count,
    see(state, ref: Ref<Other>) {
      state.seen = ref;
    },
    seen: (state) => state.seen,
    link: (_state, ref: Ref<Other>, ctx) => ctx.link(ref),
    monitor: (_state, ref: Ref<Other>, ctx) => ctx.monitor(ref),
    heard: (state) => state.heard,
  },
  signals: { down: (state, { reason }: Down) => void state.heard.push(reason.kind) },
});
/** A definition's key as this thread knows it. */
const {
  url,
  key,
  interface: face,
} = Counter as unknown as {
  readonly url: string;
  readonly key: string;
  readonly interface: { readonly kinds: readonly string[] };
};
const KINDS = [...face.kinds];
const at = (kind: string): number => KINDS.indexOf(kind);

const POLICY = {
  restart: 'temporary',
  shutdown: 1_000,
  significant: false,
  backoff: { min: 0, max: 0, factor: 1, jitter: 0 },
};
const SPAWN = { op: 'spawn', parent: 1, key, url, argument: undefined, policy: POLICY, id: 0 };
const refOf = (node: number, id: number, of = key, kinds: unknown = KINDS): Forged =>
  new Forged([node, id, of, kinds, [], null]);

const malformed = expect.objectContaining({ code: 'TROUPE_CONTROL_MALFORMED' });

describe('a request that is not as it must be', () => {
  it('is refused, counted and answered: whoever asked does not wait for ever', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const wrong = [
      { ...SPAWN, name: 5 },
      { ...SPAWN, id: -1 },
      { ...SPAWN, policy: { ...POLICY, shutdown: 5n } },
      { ...SPAWN, policy: { ...POLICY, backoff: { ...POLICY.backoff, min: '5' } } },
      { ...SPAWN, url: 'file:///elsewhere.ts' },
      { op: 'no-such' },
      { op: 'room', id: 2 ** 33 },
      { op: 'name-find', name: Symbol.iterator.description, request: 'x' },
    ];
    for (const [request, message] of wrong.entries()) await other.control({ request, ...message });
    for (let request = 0; request < wrong.length - 1; request++)
      expect((await other.answerTo(request)).error, `request ${request}`).toEqual(malformed);
    await other.isRead();
    // The one with another's url is refused by its handler, not by its look.
    expect(stage.counters.framesRefused).toBe(wrong.length - 1);
    expect(stage.kernel.guests.size).toBe(0);
    expect(stage.thrown).toEqual([]);
  });

  it('whose answer is not as it must be fails', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const spawned = stage.system.spawn(Counter, undefined, { node: 'n1' });
    const failed = expect(spawned).rejects.toMatchObject({ code: 'TROUPE_CONTROL_MALFORMED' });
    const request = await stage.heard(other, 'spawn');
    await other.control({ op: 'answer', request, value: 'seven' });
    await failed;
    expect(stage.counters.framesRefused).toBe(1);
  });

  it('an answer that nobody waits for, or that another node gives, changes nothing', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    using third = new HostileNode(stage, 2);
    const spawned = stage.system.spawn(Counter, undefined, { node: 'n1' });
    const request = await stage.heard(other, 'spawn');
    await third.control({ op: 'answer', request, value: 66 });
    await third.control({ op: 'answer', request: 99, value: 66 });
    await third.isRead();
    expect(stage.counters.framesRefused).toBe(2);
    await other.control({ op: 'answer', request, value: 7 });
    expect((await spawned).toString()).toBe('n1/Counter#7');
  });
});

describe('a module that another node names', () => {
  it('is not imported where it carries its own code, or is no URL of a module', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const strike = 'globalThis.struck = true';
    const wrong = [`data:text/javascript,${strike}`, 'node:fs', 'fs', '', './x.js', `javascript:${strike}`];
    for (const [request, of] of wrong.entries())
      await other.control({ ...SPAWN, request, url: of, key: `${of}#Strike` });
    for (let request = 0; request < wrong.length; request++)
      expect((await other.answerTo(request)).error).toMatchObject({ code: 'TROUPE_MODULE_LOAD' });
    expect(globalThis).not.toHaveProperty('struck');
  });
});

describe('a ref from another node', () => {
  it('makes nobody import the module that it names', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const counter = await stage.system.spawn(Counter, undefined, { node: 'main' });
    const loaded: string[] = [];
    (stage.kernel.host as { load: (url: string) => Promise<unknown> }).load = async (of) => void loaded.push(of);
    await other.say(DATA, {
      type: FrameType.Tell,
      kind: at('see'),
      target: stage.idOf(counter as never),
      payload: refOf(1, 5, 'file:///evil.ts#Evil', ['strike']),
    });
    await other.isRead();
    const seen = await counter.ask.seen();
    expect(String(seen)).toBe('n1/Evil#5');
    expect(Object.keys(Object.getPrototypeOf((seen as unknown as { tell: object }).tell))).toEqual(['strike']);
    expect(loaded).toEqual([]);
  });

  it('is refused with its frame where it names no node, no id, or kinds that no handler can have', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const counter = await stage.system.spawn(Counter, undefined, { node: 'main' });
    const wrong = [
      refOf(3, 5),
      refOf(-1, 5),
      refOf(1, 0),
      // Would throw at whoever tells it something.
      refOf(1, 2 ** 32),
      refOf(1, 0.5),
      refOf(1, 5, key, ['constructor']),
      refOf(1, 5, key, ['twice', 'twice']),
      refOf(1, 5, key, 'add'),
    ];
    for (const ref of wrong)
      await other.say(DATA, {
        type: FrameType.Tell,
        kind: at('see'),
        target: stage.idOf(counter as never),
        payload: ref,
      });
    await other.isRead();
    expect(stage.counters.framesRefused).toBe(wrong.length);
    expect(stage.counters.deadMalformed).toBe(wrong.length);
    expect(await counter.ask.seen()).toBeUndefined();
  });

  it('does not say what a definition of this thread has for handlers', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const counter = await stage.system.spawn(Counter, undefined, { node: 'main' });
    const target = stage.idOf(counter as never);
    await other.say(DATA, { type: FrameType.Tell, kind: at('see'), target, payload: refOf(1, 5, key, ['lie']) });
    await other.say(DATA, { type: FrameType.Tell, kind: at('see'), target, payload: refOf(1, 6) });
    await other.isRead();
    const genuine = (await counter.ask.seen()) as unknown as { readonly interface: unknown };
    expect(genuine.interface).toBe(face);
  });
});

describe('a node does not speak for others', () => {
  it('an id that an actor has is not given to one that it starts', async () => {
    await using stage = new Stage({ firstId: 10 });
    using other = new HostileNode(stage, 1);
    const counter = await stage.system.spawn(Counter, undefined, { node: 'main' });
    const id = stage.idOf(counter as never);
    await other.control({ ...SPAWN, id, request: 1 });
    expect((await other.answerTo(1)).error).toEqual(malformed);
    // Never given out.
    await other.control({ ...SPAWN, id: id + 5, request: 2 });
    expect((await other.answerTo(2)).error).toEqual(malformed);
    // One of an earlier life is; but once.
    await other.control({ ...SPAWN, id: 4, request: 3 });
    expect((await other.answerTo(3)).value).toBe(4);
    await other.control({ ...SPAWN, id: 4, request: 4 });
    expect((await other.answerTo(4)).error).toEqual(malformed);
    expect(stage.kernel.exported(id)?.ref).toBe(counter);
  });

  it('the children of another are not its to halt, discard or revive', async () => {
    await using stage = new Stage();
    using parent = new HostileNode(stage, 1);
    using other = new HostileNode(stage, 2);
    await parent.control({ ...SPAWN, request: 1 });
    const id = (await parent.answerTo(1)).value as number;
    for (const op of ['child-halt', 'child-discard']) {
      await other.control({ op, id, reason: { kind: 'killed' }, request: 1 });
      await other.isRead();
    }
    await other.control({ op: 'child-revive', id, reason: { kind: 'killed' }, request: 2 });
    expect((await other.answerTo(2)).error).toMatchObject({ code: 'TROUPE_DEAD_REF' });
    expect(stage.kernel.guests.size).toBe(1);
    await parent.control({ op: 'child-discard', id, reason: { kind: 'shutdown' }, request: 2 });
    await parent.answerTo(2);
    expect(stage.kernel.guests.size).toBe(0);
  });

  it('links, exits, ends, names and offers of actors that are not its own are refused', async () => {
    await using stage = new Stage();
    using owner = new HostileNode(stage, 1);
    using other = new HostileNode(stage, 2);
    const counter = await stage.system.spawn(Counter, undefined, { node: 'main' });
    const id = stage.idOf(counter as never);
    const theirs = refOf(1, 5);
    await owner.say(DATA, { type: FrameType.Ask, kind: at('link'), target: id, correlation: 1, payload: theirs });
    await owner.say(DATA, { type: FrameType.Ask, kind: at('monitor'), target: id, correlation: 2, payload: theirs });
    await owner.control({ op: 'name-claim', name: 'theirs', supervisor: 1, request: 1 });
    const { value: claim } = await owner.answerTo(1);
    await owner.control({ op: 'name-bind', name: 'theirs', ref: theirs, claim });
    await owner.control({ op: 'offer', key: 'pool', ref: theirs });
    await owner.isRead();
    const killed = { kind: 'killed' };
    const wrong = [
      { op: 'exit', from: theirs, id, reason: killed },
      { op: 'down', watcher: id, ref: theirs, reason: killed },
      { op: 'link', from: theirs, id },
      { op: 'name-bind', name: 'theirs', ref: theirs, claim },
      { op: 'withdraw', key: 'pool', ref: theirs },
      { op: 'offer', key: 'pool', ref: refOf(0, id) },
    ];
    for (const message of wrong) await other.control(message);
    await other.control({ op: 'name-release', name: 'theirs', claim });
    await other.control({ op: 'name-forgo', name: 'theirs', ref: theirs });
    await other.control({ op: 'offers', key: 'pool', offers: { version: 9, refs: [] } });
    await other.isRead();
    expect(stage.counters.framesRefused).toBe(wrong.length);
    expect(await counter.ask.heard()).toEqual([]);
    expect(String(await stage.system.whereis('theirs'))).toBe('n1/Counter#5');
    expect((await stage.system.find('pool')).map(String)).toEqual(['n1/Counter#5']);
    // From its own node each is believed.
    await owner.control({ op: 'down', watcher: id, ref: theirs, reason: killed });
    await owner.control({ op: 'name-release', name: 'theirs', claim });
    await owner.control({ op: 'withdraw', key: 'pool', ref: theirs });
    await owner.control({ op: 'exit', from: theirs, id, reason: killed });
    await owner.isRead();
    expect(await stage.system.whereis('theirs')).toBeUndefined();
    expect(await stage.system.find('pool')).toEqual([]);
    await stage.until('the linked actor to end', () => stage.counters.failed === 1);
  });

  it('events of the system bear the name of the node that tells them, and no node tells of nodes', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const events: unknown[] = [];
    stage.system.onEvent((event) => events.push(event));
    await other.control({ op: 'event', node: 'n2', event: { type: 'deadlock', path: ['a', 'b', 'a'] } });
    for (const type of ['node-down', 'node-up', 'stopped', 'anything', '__proto__'])
      await other.control({
        op: 'event',
        node: 'n2',
        event: { type, node: 'n2', actor: refOf(1, 5), reason: { kind: 'killed' } },
      });
    await other.isRead();
    expect(events.filter((event) => (event as { type: string }).type !== 'started')).toEqual([
      { type: 'deadlock', path: ['a', 'b', 'a'], node: 'n1' },
    ]);
    expect(stage.counters.framesRefused).toBe(5);
  });
});

describe('an actor that another node has ordered', () => {
  it('is not started once that node has ended: nobody would ever stop it', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    await using nobody = await stage.system.spawn(Counter, undefined, { node: 'main' });
    expect(await nobody.ask.get()).toBe(0);
    let load = (): void => {};
    const loading = new Promise<void>((resolve) => {
      load = resolve;
    });
    let isLoading = false;
    (stage.kernel.host as { load: (url: string) => Promise<unknown> }).load = () => {
      isLoading = true;
      return loading.then(() => import('./hostile-late.fixture.ts'));
    };
    const late = new URL('./hostile-late.fixture.ts', import.meta.url).href;
    await other.control({ ...SPAWN, url: late, key: `${late}#Late`, name: 'late' });
    await stage.until('the module to be asked for', () => isLoading);
    stage.transport.disconnect(1, true);
    stage.kernel.nodeDown(1, 'it has ended', true);
    load();
    await stage.until('the order to be refused', () => stage.counters.framesRefused === 1);
    expect(stage.kernel.guests.size).toBe(0);
    expect(await stage.system.whereis('late')).toBeUndefined();
    await (await stage.system.spawn(Counter, undefined, { node: 'main', name: 'late' })).ask.get();
  });
});

describe('a stream from another node', () => {
  it('that sends more than it has credit for is ended on this side, and what is over is refused', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const spawned = stage.system.spawn(Source, undefined, { node: 'n1' });
    await other.control({ op: 'answer', request: await stage.heard(other, 'spawn'), value: 7 });
    const stream = (await spawned).stream.numbers(undefined, { credit: 4 });
    const first = stream.next();
    await stage.until('the question', () => {
      other.drain();
      return other.heard.some(({ type }) => type === FrameType.Ask);
    });
    const { correlation } = other.heard.find(({ type }) => type === FrameType.Ask) as { correlation: number };
    await other.say(1, { type: FrameType.Reply, correlation, payload: 3 });
    other.publish();
    await stage.heard(other, 'stream-credit');
    for (let value = 0; value < 100; value++) await other.control({ op: 'stream-item', stream: 3, value });
    await other.isRead();
    expect(await first).toEqual({ done: false, value: 0 });
    const values: unknown[] = [];
    await expect(
      (async () => {
        for await (const value of stream) values.push(value);
      })(),
    ).rejects.toMatchObject({ code: 'TROUPE_CONTROL_MALFORMED' });
    expect(values).toEqual([1, 2, 3, 4]);
    expect(stage.counters.framesRefused).toBe(1);
  });
});

const Source = defineActor(import.meta, 'Source', {
  init: () => ({}),
  on: {
    async *numbers() {
      yield 0;
    },
  },
});

describe('the log', () => {
  it('of a node that is told nonsense all the time has a line a second, and says how many it stands for', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    for (let i = 0; i < 5_000; i++) await other.say(1, { type: FrameType.Control, payload: i });
    await other.isRead();
    expect(stage.counters.framesRefused).toBe(5_000);
    const lines = stage.warnings.filter((text) => text === 'a control message was refused');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(100);
    await nextTurn();
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { defineActor } from '../definition.ts';
import type { SystemEvent } from '../events.ts';
import type { Ref } from '../ref.ts';
import { type TestSystem, testSystem } from '../testkit/index.ts';
import type { ChildOptions, SupervisionOptions } from './policy.ts';

/** What workers did, in order. All run in this thread. */
let journal: string[] = [];
/** Starts that are still to fail, by worker. */
let failingStarts = new Map<string, number>();
/** Codes of spawns that were refused. */
let refusals: string[] = [];

beforeEach(() => {
  journal = [];
  failingStarts = new Map();
  refusals = [];
});

const Worker = defineActor(import.meta, 'Worker', {
  init: (id: string) => {
    const left = failingStarts.get(id) ?? 0;
    if (left > 0) {
      failingStarts.set(id, left - 1);
      journal.push(`${id} fails to start`);
      throw new Error(`${id} can't start`);
    }
    journal.push(`${id} starts`);
    return { id, served: 0 };
  },
  hooks: {
    stopped: ({ id }, reason) => void journal.push(`${id} stops: ${reason.kind}`),
  },
  on: {
    serve: (state) => ++state.served,
    crash({ id }) {
      throw new Error(`${id} crashed`);
    },
    end: (_state, _none: undefined, ctx) => ctx.stop(),
    /** Does not end when told to. */
    async hang() {
      await new Promise(() => {});
    },
  },
});
type WorkerRef = Ref<{ serve(): number; crash(): never; end(): void; hang(): void }>;

const supervisor = (name: string, supervision?: SupervisionOptions) =>
  defineActor(import.meta, name, {
    init: (id: string) => ({ id }),
    ...(supervision === undefined ? {} : { supervision }),
    hooks: { stopped: ({ id }, reason) => void journal.push(`${id} stops: ${reason.kind}`) },
    signals: { down: (_state, { reason }) => void journal.push(`down: ${reason.kind}`) },
    on: {
      async start(_state, child: { id: string; options?: ChildOptions }, ctx) {
        const ref = await ctx.spawn(Worker, child.id, child.options);
        return ref as unknown as WorkerRef;
      },
      /** Leaves it to its fate. */
      startAndFail(_state, id: string, ctx) {
        ctx.spawn(Worker, id).catch(({ code }) => refusals.push(code));
        throw new Error('failed on purpose');
      },
      watch: (_state, child: WorkerRef, ctx) => ctx.monitor(child),
      children: (_state, _none: undefined, ctx) => ctx.children().length,
    },
  });

const OneForOne = supervisor('OneForOne', { intensity: 5 });
const OneForAll = supervisor('OneForAll', { strategy: 'one-for-all', intensity: 5 });
const RestForOne = supervisor('RestForOne', { strategy: 'rest-for-one', intensity: 5 });
const Strict = supervisor('Strict', { intensity: 2, period: 1_000 });
const Default = supervisor('Default');
const AnySignificant = supervisor('AnySignificant', { autoShutdown: 'any-significant', intensity: 5 });
const AllSignificant = supervisor('AllSignificant', { autoShutdown: 'all-significant', intensity: 5 });

/** A system, and in it a supervisor with children of these ids, each permanent where nothing else is said. */
async function family(
  definition: typeof OneForOne,
  children: Record<string, ChildOptions>,
  own: ChildOptions = { restart: 'temporary' },
) {
  const system = testSystem();
  const events: SystemEvent[] = [];
  system.onEvent((event) => events.push(event));
  const top = await system.spawn(definition, 'top', own);
  const refs: Record<string, WorkerRef> = {};
  for (const [id, options] of Object.entries(children))
    refs[id] = await top.ask.start({ id, options: { restart: 'permanent', ...options } });
  await system.settle();
  journal.length = 0;
  const worker = (id: string): WorkerRef => refs[id] as WorkerRef;
  return { system, top, events, worker, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

async function after(system: TestSystem, act: () => void): Promise<string[]> {
  journal.length = 0;
  act();
  await system.settle();
  return [...journal];
}

describe('restart strategies', () => {
  it('one-for-one restarts the failed child alone', async () => {
    await using tree = await family(OneForOne, { a: {}, b: {}, c: {} });
    expect(await after(tree.system, () => tree.worker('b').tell.crash())).toEqual(['b stops: error', 'b starts']);
  });

  it('one-for-all stops the others in reverse start order, and starts all in start order', async () => {
    await using tree = await family(OneForAll, { a: {}, b: {}, c: {} });
    expect(await after(tree.system, () => tree.worker('b').tell.crash())).toEqual([
      'b stops: error',
      'c stops: shutdown',
      'a stops: shutdown',
      'a starts',
      'b starts',
      'c starts',
    ]);
  });

  it('rest-for-one does so with the failed child and those started after it', async () => {
    await using tree = await family(RestForOne, { a: {}, b: {}, c: {}, d: {} });
    expect(await after(tree.system, () => tree.worker('b').tell.crash())).toEqual([
      'b stops: error',
      'd stops: shutdown',
      'c stops: shutdown',
      'b starts',
      'c starts',
      'd starts',
    ]);
  });

  it('a temporary sibling that a group strategy stops is not started again', async () => {
    await using tree = await family(OneForAll, { a: {}, t: { restart: 'temporary' }, c: {} });
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toEqual([
      'a stops: error',
      'c stops: shutdown',
      't stops: shutdown',
      'a starts',
      'c starts',
    ]);
    expect(await tree.top.ask.children()).toBe(2);
  });

  it('two children that fail at once in a group are restarted together, or one after the other, never twice at a time', async () => {
    await using tree = await family(OneForAll, { a: {}, b: {} });
    const said = await after(tree.system, () => {
      tree.worker('a').tell.crash();
      tree.worker('b').tell.crash();
    });
    const alive = new Map<string, number>([
      ['a', 1],
      ['b', 1],
    ]);
    for (const line of said) {
      const id = line.slice(0, 1);
      alive.set(id, (alive.get(id) ?? 0) + (line.includes('starts') ? 1 : -1));
      expect(alive.get(id), said.join(', ')).toBeOneOf([0, 1]);
    }
    expect([...alive.values()]).toEqual([1, 1]);
  });
});

describe('restart types', () => {
  const restarts = async (restart: ChildOptions['restart'], how: 'crash' | 'end'): Promise<boolean> => {
    await using tree = await family(OneForOne, { a: { restart } as ChildOptions });
    return (await after(tree.system, () => tree.worker('a').tell[how]())).includes('a starts');
  };

  it('a permanent child is always restarted', async () => {
    expect([await restarts('permanent', 'crash'), await restarts('permanent', 'end')]).toEqual([true, true]);
  });

  it('a transient child is restarted only if it ends abnormally', async () => {
    expect([await restarts('transient', 'crash'), await restarts('transient', 'end')]).toEqual([true, false]);
  });

  it('a temporary child is never restarted', async () => {
    expect([await restarts('temporary', 'crash'), await restarts('temporary', 'end')]).toEqual([false, false]);
  });

  it('a restarted child has a fresh state, the same ref, and the messages that waited', async () => {
    await using tree = await family(OneForOne, { a: {} });
    const a = tree.worker('a');
    expect(await a.ask.serve()).toBe(1);
    a.tell.crash();
    const answers = [a.ask.serve(), a.ask.serve()];
    expect(await Promise.all(answers)).toEqual([1, 2]);
  });

  it('a child without options is transient', async () => {
    await using system = testSystem();
    const top = await system.spawn(OneForOne, 'top');
    const a = await top.ask.start({ id: 'a' });
    a.tell.end();
    await system.settle();
    expect(await top.ask.children()).toBe(0);
  });
});

describe('restart intensity', () => {
  it('is exceeded by one restart more than allowed within the period: all children stop, last first, then the supervisor', async () => {
    await using tree = await family(Strict, { a: {}, b: {} });
    for (let n = 0; n < 2; n++) await after(tree.system, () => tree.worker('a').tell.crash());
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toEqual([
      'a stops: error',
      'b stops: shutdown',
      'top stops: error',
    ]);
    const failure = tree.events.findLast((event) => event.type === 'failed');
    expect(failure).toMatchObject({
      in: 'supervision',
      error: {
        code: 'TROUPE_RESTART_INTENSITY',
        data: { restarts: 3, intensity: 2, period: 1_000 },
        cause: new Error('a crashed'),
      },
    });
  });

  it('counts only restarts within the period', async () => {
    await using tree = await family(Strict, { a: {} });
    for (let n = 0; n < 10; n++) {
      expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('a starts');
      await tree.system.advance(501);
    }
  });

  it('is by default 1 restart in 5 seconds', async () => {
    await using tree = await family(Default, { a: {} });
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('a starts');
    await tree.system.advance(5_001);
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('a starts');
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('top stops: error');
  });

  it('counts restarts of all children together', async () => {
    await using tree = await family(Strict, { a: {}, b: {}, c: {} });
    for (const id of ['a', 'b']) await after(tree.system, () => tree.worker(id).tell.crash());
    expect(await after(tree.system, () => tree.worker('c').tell.crash())).toContain('top stops: error');
  });

  it('counts one restart for a group, however many children it has', async () => {
    await using tree = await family(supervisorOfGroup, { a: {}, b: {}, c: {}, d: {} });
    for (let n = 0; n < 2; n++)
      expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('d starts');
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('top stops: error');
  });

  it('escalates: the supervisor of the supervisor restarts it, and it counts from none again', async () => {
    await using tree = await family(Strict, {}, { restart: 'permanent' });
    for (let life = 0; life < 3; life++) {
      const a = await tree.top.ask.start({ id: 'a', options: { restart: 'permanent' } });
      await after(tree.system, () => a.tell.crash());
      expect(await after(tree.system, () => a.tell.crash())).toContain('a starts');
      expect(await after(tree.system, () => a.tell.crash())).toContain('top stops: error');
      expect(await tree.top.ask.children()).toBe(0);
    }
  });

  it('ends the system where the root gives up, and says why', async () => {
    const system = testSystem({ supervision: { intensity: 1 } });
    const worker = await system.spawn(Worker, 'a', { restart: 'permanent' });
    worker.tell.crash();
    worker.tell.crash();
    const reason = await system.whenEnded;
    expect(reason).toMatchObject({ kind: 'error', error: { code: 'TROUPE_RESTART_INTENSITY' } });
    await expect(system.spawn(Worker, 'b')).rejects.toMatchObject({ code: 'TROUPE_STOPPED' });
    await system[Symbol.asyncDispose]();
  });
});

const supervisorOfGroup = supervisor('Group', { strategy: 'one-for-all', intensity: 2, period: 1_000 });

describe('starting', () => {
  it('in the order of the spawns, stopping in the reverse of it, the supervisor last', async () => {
    await using tree = await family(OneForOne, { a: {}, b: {}, c: {} });
    expect(
      await after(tree.system, () => {
        void tree.system.stop(tree.top);
      }),
    ).toEqual(['c stops: shutdown', 'b stops: shutdown', 'a stops: shutdown', 'top stops: shutdown']);
  });

  it('that fails at first is told to who spawned, and leaves no child', async () => {
    failingStarts.set('bad', 1);
    await using tree = await family(OneForOne, { a: {} });
    await expect(tree.top.ask.start({ id: 'bad' })).rejects.toMatchObject({
      code: 'TROUPE_INIT_FAILED',
      cause: new Error("bad can't start"),
    });
    expect(await tree.system.spawn(Worker, 'good')).toBeDefined();
  });

  it('that fails at a restart is tried again, and counts against the intensity', async () => {
    await using tree = await family(OneForOne, { a: {} });
    failingStarts.set('a', 3);
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toEqual([
      'a stops: error',
      'a fails to start',
      'a fails to start',
      'a fails to start',
      'a starts',
    ]);
    failingStarts.set('a', 100);
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toContain('top stops: error');
  });

  it('that fails in the middle of a group stops what was started, and starts the group again', async () => {
    await using tree = await family(OneForAll, { a: {}, b: {}, c: {} });
    failingStarts.set('b', 1);
    expect(await after(tree.system, () => tree.worker('c').tell.crash())).toEqual([
      'c stops: error',
      'b stops: shutdown',
      'a stops: shutdown',
      'a starts',
      'b fails to start',
      'a stops: shutdown',
      'a starts',
      'b starts',
      'c starts',
    ]);
  });
});

describe('stopping', () => {
  it('a child by order is for good, even a permanent one', async () => {
    await using tree = await family(OneForOne, { a: {}, b: {} });
    expect(
      await after(tree.system, () => {
        void tree.system.stop(tree.worker('a'));
      }),
    ).toEqual(['a stops: shutdown']);
    expect(await tree.top.ask.children()).toBe(1);
  });

  it('a child by order does not shut its siblings down, in any strategy', async () => {
    await using tree = await family(OneForAll, { a: {}, b: {} });
    expect(
      await after(tree.system, () => {
        void tree.system.stop(tree.worker('a'));
      }),
    ).toEqual(['a stops: shutdown']);
  });

  it('a child whose handler does not end within its shutdown time kills it, which its monitors hear', async () => {
    await using tree = await family(OneForOne, { a: { shutdown: 300 } });
    tree.top.tell.watch(tree.worker('a'));
    tree.worker('a').tell.hang();
    await tree.system.settle();
    const stopping = tree.system.stop(tree.worker('a'));
    await tree.system.advance(299);
    expect(journal).toEqual([]);
    await tree.system.advance(1);
    await stopping;
    await tree.system.settle();
    expect(journal).toEqual(['down: killed']);
    expect(tree.events.map((event) => event.type)).toContain('revoked');
  });

  it("a child whose shutdown is 'kill' ends at once, and does not clean up", async () => {
    await using tree = await family(OneForOne, { a: { shutdown: 'kill' } });
    tree.top.tell.watch(tree.worker('a'));
    await tree.system.settle();
    expect(
      await after(tree.system, () => {
        void tree.system.stop(tree.worker('a'));
      }),
    ).toEqual(['down: killed']);
  });

  it("waits for a child whose shutdown is 'infinity' for as long as it takes", async () => {
    await using tree = await family(OneForOne, {});
    const napper = await tree.system.spawn(Napper, undefined, { shutdown: 'infinity' });
    napper.tell.nap();
    await tree.system.settle();
    let isStopped = false;
    const stopping = tree.system.stop(napper).then(() => {
      isStopped = true;
    });
    await tree.system.advance(1e9);
    expect(isStopped).toBe(false);
    release();
    await stopping;
    expect(isStopped).toBe(true);
  });

  it('a supervisor takes at most the sum of its children’s times', async () => {
    await using tree = await family(OneForOne, { a: { shutdown: 100 }, b: { shutdown: 200 }, c: { shutdown: 'kill' } });
    for (const id of ['a', 'b', 'c']) tree.worker(id).tell.hang();
    await tree.system.settle();
    const start = tree.system.now;
    let end = 0;
    const stopping = tree.system.stop(tree.top).then(() => {
      end = tree.system.now;
    });
    await tree.system.advance(10_000);
    await stopping;
    expect(end - start).toBe(300);
  });
});

/** Its handler ends when it is released, whatever it is told. */
const Napper = defineActor(import.meta, 'Napper', {
  init: () => ({}),
  on: {
    nap: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  },
});
let release: () => void = () => {};

describe('automatic shutdown', () => {
  const significant: ChildOptions = { restart: 'transient', significant: true };

  it('any-significant: the end of one significant child stops the others and then the supervisor', async () => {
    await using tree = await family(AnySignificant, { a: {}, s: significant, t: significant });
    expect(await after(tree.system, () => tree.worker('s').tell.end())).toEqual([
      's stops: normal',
      't stops: shutdown',
      'a stops: shutdown',
      'top stops: shutdown',
    ]);
  });

  it('all-significant: only the end of the last significant child does', async () => {
    await using tree = await family(AllSignificant, { a: {}, s: significant, t: significant });
    expect(await after(tree.system, () => tree.worker('s').tell.end())).toEqual(['s stops: normal']);
    expect(await after(tree.system, () => tree.worker('t').tell.end())).toEqual([
      't stops: normal',
      'a stops: shutdown',
      'top stops: shutdown',
    ]);
  });

  it('a transient significant child that fails is restarted, and shuts nothing down', async () => {
    await using tree = await family(AnySignificant, { s: significant });
    expect(await after(tree.system, () => tree.worker('s').tell.crash())).toEqual(['s stops: error', 's starts']);
  });

  it('a temporary significant child shuts down however it ends', async () => {
    await using tree = await family(AnySignificant, { s: { restart: 'temporary', significant: true } });
    expect(await after(tree.system, () => tree.worker('s').tell.crash())).toContain('top stops: shutdown');
  });

  it('a significant child that is stopped by order shuts nothing down', async () => {
    await using tree = await family(AnySignificant, { s: significant });
    expect(
      await after(tree.system, () => {
        void tree.system.stop(tree.worker('s'));
      }),
    ).toEqual(['s stops: shutdown']);
  });

  it('a supervisor that shut down so is not restarted where it is transient, and is where it is permanent', async () => {
    for (const restart of ['transient', 'permanent'] as const) {
      await using tree = await family(AnySignificant, { s: significant }, { restart });
      await after(tree.system, () => tree.worker('s').tell.end());
      expect(tree.events.some((event) => event.type === 'restarted')).toBe(restart === 'permanent');
    }
  });

  it('refuses a significant child that is permanent, or whose supervisor never shuts down by itself', async () => {
    await using tree = await family(AnySignificant, {});
    const refused = { code: 'TROUPE_OPTION_INVALID' };
    await expect(
      tree.top.ask.start({ id: 'a', options: { restart: 'permanent', significant: true } }),
    ).rejects.toMatchObject(refused);
    await using other = await family(OneForOne, {});
    await expect(other.top.ask.start({ id: 'a', options: significant })).rejects.toMatchObject(refused);
  });
});

describe('dynamic children', () => {
  it('are started at any time, a thousand alike, and each is restarted alone', async () => {
    await using tree = await family(OneForOne, {});
    const workers: WorkerRef[] = [];
    for (let n = 0; n < 1_000; n++) workers.push(await tree.top.ask.start({ id: `w${n}` }));
    expect(await tree.top.ask.children()).toBe(1_000);
    expect(await after(tree.system, () => workers[500]?.tell.crash())).toEqual(['w500 stops: error', 'w500 starts']);
    for (const worker of workers.slice(0, 10)) worker.tell.end();
    await tree.system.settle();
    expect(await tree.top.ask.children()).toBe(990);
  });
});

describe('backoff', () => {
  it('delays a restart, longer each time in a row; the ref takes messages meanwhile', async () => {
    await using tree = await family(OneForOne, { a: { backoff: { min: 100, factor: 3, jitter: 0 } } });
    const a = tree.worker('a');
    for (const delay of [100, 300, 900]) {
      expect(await after(tree.system, () => a.tell.crash())).toEqual(['a stops: error']);
      const answer = a.ask.serve();
      await tree.system.advance(delay - 1);
      expect(journal).not.toContain('a starts');
      await tree.system.advance(1);
      expect(journal).toContain('a starts');
      expect(await answer).toBe(1);
    }
  });

  it('of a child that is stopped meanwhile restarts nothing', async () => {
    await using tree = await family(OneForOne, { a: { backoff: { min: 100, jitter: 0 } } });
    await after(tree.system, () => tree.worker('a').tell.crash());
    await tree.system.stop(tree.worker('a'));
    await tree.system.advance(1_000);
    expect(journal).toEqual(['a stops: error']);
    expect(await tree.top.ask.children()).toBe(0);
  });

  it('may begin beyond the usual longest delay', async () => {
    await using tree = await family(OneForOne, { a: { backoff: { min: 60_000, jitter: 0 } } });
    await after(tree.system, () => tree.worker('a').tell.crash());
    await tree.system.advance(59_999);
    expect(journal).not.toContain('a starts');
    await tree.system.advance(1);
    expect(journal).toContain('a starts');
  });

  it('delays a whole group', async () => {
    await using tree = await family(OneForAll, { a: {}, b: { backoff: { min: 100, jitter: 0 } } });
    expect(await after(tree.system, () => tree.worker('b').tell.crash())).toEqual([
      'b stops: error',
      'a stops: shutdown',
    ]);
    await tree.system.advance(100);
    expect(journal.slice(2)).toEqual(['a starts', 'b starts']);
  });
});

describe('one thing at a time', () => {
  it('a child that is spawned while an elder waits for its restart starts after it', async () => {
    await using tree = await family(RestForOne, { a: { backoff: { min: 100, jitter: 0 } } });
    await after(tree.system, () => tree.worker('a').tell.crash());
    const started = tree.top.ask.start({ id: 'b' });
    await tree.system.advance(99);
    expect(journal).toEqual(['a stops: error']);
    await tree.system.advance(1);
    await started;
    expect(journal.slice(1)).toEqual(['a starts', 'b starts']);
    expect(await after(tree.system, () => tree.worker('a').tell.crash())).toEqual([
      'a stops: error',
      'b stops: shutdown',
    ]);
  });

  it('and one that is named, too; but not under one-for-one, where children do not concern one another', async () => {
    for (const definition of [OneForAll, OneForOne]) {
      await using tree = await family(definition, { a: { backoff: { min: 100, jitter: 0 } } });
      await after(tree.system, () => tree.worker('a').tell.crash());
      void tree.top.ask.start({ id: 'b', options: { name: 'b' } as ChildOptions });
      await tree.system.settle();
      expect(journal.includes('b starts')).toBe(definition === OneForOne);
      await tree.system.advance(100);
      expect(journal).toContain('b starts');
    }
  });

  it('a start that waits is refused where its supervisor ends meanwhile', async () => {
    await using tree = await family(OneForAll, { a: { backoff: { min: 100, jitter: 0 } } }, { restart: 'permanent' });
    await after(tree.system, () => tree.worker('a').tell.crash());
    const refused = expect(tree.top.ask.startAndFail('b')).rejects.toMatchObject({ message: 'failed on purpose' });
    await refused;
    await tree.system.advance(1_000);
    expect(journal).not.toContain('b starts');
    expect(refusals).toEqual(['TROUPE_STOPPED']);
    expect(await tree.top.ask.children()).toBe(0);
  });

  it('a child that was stopped for good while its end waited is not started again', async () => {
    await using tree = await family(OneForAll, { a: { backoff: { min: 100, jitter: 0 } }, b: {} });
    // Both end; the end of b waits for the restart of the group, which does not know of it yet.
    await after(tree.system, () => tree.worker('a').tell.crash());
    await tree.system.stop(tree.worker('b'));
    await tree.system.advance(100);
    expect(journal).toEqual(['a stops: error', 'b stops: shutdown', 'a starts']);
    expect(await tree.top.ask.children()).toBe(1);
  });
});

describe('options of supervision', () => {
  it('are checked where they are given', async () => {
    const refused = expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' });
    expect(() => supervisor('BadStrategy', { strategy: 'none' as never })).toThrow(refused);
    expect(() => supervisor('BadIntensity', { intensity: -1 })).toThrow(refused);
    expect(() => supervisor('BadPeriod', { period: 0 })).toThrow(refused);
    for (const options of [{ restart: 'always' }, { shutdown: -1 }, { backoff: { min: 5, max: 1 } }]) {
      await using tree = await family(OneForOne, {});
      await expect(tree.top.ask.start({ id: 'a', options: options as never })).rejects.toMatchObject({
        code: 'TROUPE_OPTION_INVALID',
      });
    }
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Context } from './context.ts';
import { defineActor } from './definition.ts';
import type { SystemEvent } from './events.ts';
import type { Ref } from './ref.ts';
import { testSystem } from './testkit/index.ts';

let said: string[] = [];
/** Contexts that outlive their handlers, as a careless closure would keep them. */
let kept: Context[] = [];

beforeEach(() => {
  said = [];
  kept = [];
});

const Listener = defineActor(import.meta, 'Listener', {
  init: () => ({}),
  on: {
    hear(_state, text: string) {
      said.push(text);
    },
  },
});
type ListenerRef = Ref<{ hear(text: string): void }>;

const Subject = defineActor(import.meta, 'Subject', {
  init: (listener: ListenerRef) => ({ listener }),
  mailbox: { capacity: 2, kinds: { tick: { overflow: 'fail' } } },
  behaviours: { other: {} },
  hooks: {
    stopped(_state, { kind }) {
      said.push(`stopped: ${kind}`);
    },
  },
  on: {
    keep(_state, _none: undefined, ctx) {
      kept.push(ctx);
    },
    tick() {
      said.push('tick');
    },
    every(_state, period: number, ctx) {
      ctx.every(period, 'tick');
    },
    async busy(_state, milliseconds: number, ctx) {
      await ctx.sleep(milliseconds);
    },
    /** Speaks up when it is too late. */
    async linger(state) {
      await new Promise<void>((resolve) => {
        later = resolve;
      });
      state.listener.tell.hear('from a revoked incarnation');
      await state.listener.ask.hear('neither this').catch((error: { code: string }) => void said.push(error.code));
    },
    behaviour: (_state, _none: undefined, ctx) => ctx.behaviour,
    async reasonOfStop(_state, _none: undefined, ctx) {
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
      said.push(`${ctx.signal.reason}`);
    },
    hang: () => new Promise<never>(() => {}),
    crash() {
      throw new Error('crashed');
    },
  },
});
let later: () => void = () => {};

const ThrowingHooks = defineActor(import.meta, 'ThrowingHooks', {
  init: () => ({}),
  hooks: {
    started() {
      throw new Error('started');
    },
    stopped() {
      throw new Error('stopped');
    },
  },
  on: {},
});

async function stage() {
  const system = testSystem({ supervision: { intensity: 100 } });
  const listener = await system.spawn(Listener);
  const subject = await system.spawn(Subject, listener);
  return { system, listener, subject, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

describe('what an incarnation leaves behind', () => {
  it('can no longer act for the actor: every call of its context is refused', async () => {
    await using it = await stage();
    await it.subject.ask.keep();
    it.subject.tell.crash();
    await it.system.settle();
    const old = kept[0] as Context;
    const refused = expect.objectContaining({ code: 'TROUPE_REVOKED' });
    const calls: ((ctx: Context) => unknown)[] = [
      (ctx) => ctx.become('other'),
      (ctx) => ctx.unbecome(),
      (ctx) => ctx.after(1, 'tick'),
      (ctx) => ctx.every(1, 'tick'),
      (ctx) => ctx.cancelTimer('tick'),
      (ctx) => ctx.stash(),
      (ctx) => ctx.unstashAll(),
      (ctx) => ctx.link(it.listener),
      (ctx) => ctx.unlink(it.listener),
      (ctx) => ctx.monitor(it.listener),
      (ctx) => ctx.demonitor(it.listener),
      (ctx) => ctx.offer(),
    ];
    for (const call of calls) expect(() => call(old)).toThrow(refused);
    await expect(old.spawn(Listener)).rejects.toMatchObject({ code: 'TROUPE_REVOKED' });
    await expect(old.stop()).rejects.toMatchObject({ code: 'TROUPE_REVOKED' });
    expect(old.signal.aborted).toBe(true);
    expect(await it.subject.ask.behaviour()).toBeUndefined();
  });

  it('has its sends dropped, as dead letters, and its asks refused', async () => {
    await using it = await stage();
    it.subject.tell.linger();
    await it.system.settle();
    const stopping = it.system.stop(it.subject);
    await it.system.advance(5_000);
    await stopping;
    later();
    await it.system.settle();
    expect(said).toEqual(['TROUPE_REVOKED']);
    expect(it.system.deadLetters.list()).toMatchObject([{ kind: 'hear', reason: 'revoked' }]);
    // The tell, the ask, and the handler's end.
    expect(it.system.counters().get('main')?.revoked).toBe(3);
  });

  it('is nothing where a hook throws: the actor fails, and no later send is looked for in it', async () => {
    await using it = await stage();
    await it.system.spawn(ThrowingHooks, undefined, { restart: 'temporary' });
    await it.system.settle();
    expect(it.system.kernel.asyncHandlers).toBe(0);
    expect(it.system.counters().get('main')).toMatchObject({ failed: 1, stopped: 1 });
  });

  it('is no message under way, though its handler never settles', async () => {
    await using it = await stage();
    const answer = expect(it.subject.ask.hang(undefined, { timeout: 1e9 })).rejects.toMatchObject({
      code: 'TROUPE_ASK_LOST',
    });
    await it.system.settle();
    const stopping = it.system.stop(it.subject);
    await it.system.advance(5_000);
    await stopping;
    await answer;
    const counters = it.system.counters().get('main');
    expect(counters?.ended).toBe(counters?.enqueued);
    // What is killed does not clean up.
    expect(said).toEqual([]);
  });
});

describe('a timer', () => {
  it('that finds its mailbox full is a dead letter, and stops no other timer', async () => {
    await using it = await stage();
    await it.subject.ask.every(100);
    it.subject.tell.busy(450);
    await it.system.advance(460);
    // Two waited; two found it full.
    expect(said).toEqual(['tick', 'tick']);
    expect(it.system.deadLetters.list().map(({ reason }) => reason)).toEqual(['overflow', 'overflow']);
    await it.system.advance(100);
    expect(said).toEqual(['tick', 'tick', 'tick']);
  });

  it('keeps its beat: no period is longer because one was late', async () => {
    await using it = await stage();
    await it.subject.ask.every(100);
    await it.system.advance(1_050);
    expect(said).toHaveLength(10);
  });
});

describe('the signal of a handler', () => {
  it('aborts with an error that says why', async () => {
    await using it = await stage();
    it.subject.tell.reasonOfStop();
    await it.system.settle();
    await it.system.stop(it.subject);
    expect(said[0]).toMatch(/^TroupeError: .*Subject.* is stopping/);
  });
});

describe('slow handlers', () => {
  it('are logged, counted and told, with actor, handler and time, where they take longer than slowHandler', async () => {
    await using it = await stage();
    const events: SystemEvent[] = [];
    it.system.onEvent((event) => events.push(event));
    it.subject.tell.busy(999);
    await it.system.advance(1_000);
    it.subject.tell.busy(1_250);
    await it.system.advance(1_300);
    expect(events.filter(({ type }) => type === 'slow')).toMatchObject([
      { type: 'slow', actor: it.subject, milliseconds: 1_250, messages: 1, measured: 'elapsed', handler: 'busy' },
    ]);
    expect(it.system.logs.filter(({ text }) => text?.startsWith('a slow handler'))).toHaveLength(1);
    expect(it.system.counters().get('main')?.slowMessages).toBe(1);
  });
});

describe('an observer', () => {
  it('that throws harms nobody', async () => {
    await using it = await stage();
    const events: string[] = [];
    it.system.onEvent(() => {
      throw new Error('observer');
    });
    const end = it.system.onEvent(({ type }) => events.push(type));
    it.subject.tell.crash();
    await it.system.settle();
    end();
    it.subject.tell.crash();
    await it.system.settle();
    expect(events).toEqual(['failed', 'restarted']);
  });
});

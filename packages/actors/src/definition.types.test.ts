/** What the compiler infers of a definition. `tsc` checks this file; at run time only that the definitions are made. */

import { share } from '@troupe/codec';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Context } from './context.ts';
import { defineActor, type ProtocolFrom, type RefOf } from './definition.ts';
import type { OwnedRef, Ref } from './ref.ts';
import { testSystem } from './testkit/index.ts';

interface Item {
  readonly name: string;
  readonly price?: number;
}

async function* numbers(n: number) {
  for (let i = 0; i < n; i++) yield i;
}

const Everything = defineActor(import.meta, 'Everything', {
  init: (start: number) => ({ count: start, names: [] as string[] }),
  on: {
    add(state, by: number) {
      state.count += by;
    },
    count: (state) => state.count,
    maybe: (_state, by?: number) => by ?? 0,
    nothing: (_state, _none: undefined, ctx) => ctx.node,
    voided: (_state, _none: void) => 'void',
    item: (_state, item: Item) => item.name,
    union: (_state, what: string | number) => what,
    anything: (_state, what: any) => what as unknown,
    any: () => 1 as any,
    async later(_state, ms: number, ctx: Context) {
      await ctx.sleep(ms);
      return { slept: ms };
    },
    never() {
      throw new Error('never');
    },
    async *stream(_state, n: number) {
      for (let i = 0; i < n; i++) yield `${i}`;
    },
    async *all() {
      yield 1;
    },
    returned: (_state, n: number) => numbers(n),
    async prepared() {
      return numbers(3);
    },
  },
  behaviours: { closed: { add: () => {} } },
  mailbox: { kinds: { item: { overflow: 'coalesce', key: (item: Item) => item.name } } },
});

const Plain = defineActor(import.meta, 'Plain', { init: () => ({ n: 0 }), on: { get: (state) => state.n } });
const Optional = defineActor(import.meta, 'Optional', { init: (n?: number) => ({ n: n ?? 0 }), on: {} });

/** Protocols that know each other are written by hand. */
interface Ping {
  ping(from: Ref<Pong>): void;
}
interface Pong {
  pong(from: Ref<Ping>): void;
}
const Pinger = defineActor(import.meta, 'Pinger', {
  init: () => ({}),
  on: {
    ping(_state, from: Ref<Pong>, ctx) {
      from.tell.pong(ctx.self);
    },
    extra: () => 1,
  },
});

describe('types of a ref', () => {
  const check = (_never: () => void) => expect(_never).toBeTypeOf('function');

  it('give payloads to tell and ask, and replies to ask alone', () => {
    check(() => {
      const ref = {} as RefOf<typeof Everything>;
      expectTypeOf(ref.tell.add(1)).toEqualTypeOf<void>();
      expectTypeOf(ref.ask.count()).toEqualTypeOf<Promise<number>>();
      expectTypeOf(ref.ask.count(undefined, { timeout: 1 })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(ref.ask.add(1)).toEqualTypeOf<Promise<void>>();
      expectTypeOf(ref.ask.item({ name: 'a' })).toEqualTypeOf<Promise<string>>();
      expectTypeOf(ref.ask.union('a')).toEqualTypeOf<Promise<string | number>>();
      expectTypeOf(ref.ask.anything(Symbol)).toEqualTypeOf<Promise<unknown>>();
      expectTypeOf(ref.ask.never()).toEqualTypeOf<Promise<never>>();
      expectTypeOf(ref.ask.any()).toEqualTypeOf<Promise<any>>();
    });
  });

  it('unwrap the promise of an async handler', () => {
    check(() => {
      const ref = {} as RefOf<typeof Everything>;
      expectTypeOf(ref.ask.later(5, { signal: new AbortController().signal })).toEqualTypeOf<
        Promise<{ slept: number }>
      >();
    });
  });

  it('leave a payload out where the handler takes none, or an optional one', () => {
    check(() => {
      const ref = {} as RefOf<typeof Everything>;
      ref.tell.maybe();
      ref.tell.maybe(1);
      ref.ask.maybe(undefined, { timeout: 5 });
      ref.tell.nothing();
      ref.tell.voided();
      expectTypeOf(ref.ask.nothing()).toEqualTypeOf<Promise<string>>();
    });
  });

  it('take a shared payload in place of one that is copied', () => {
    check(() => {
      const ref = {} as RefOf<typeof Everything>;
      ref.tell.item(share({ name: 'a' }));
      // @ts-expect-error: a shared value of another type
      ref.tell.item(share({ nom: 'a' }));
    });
  });

  it('make what gives async iterables streams, and streams nothing else', () => {
    check(() => {
      const ref = {} as RefOf<typeof Everything>;
      expectTypeOf(ref.stream.stream(3, { credit: 4 })).toEqualTypeOf<
        AsyncIterableIterator<string> & AsyncDisposable
      >();
      expectTypeOf(ref.stream.all()).toEqualTypeOf<AsyncIterableIterator<number> & AsyncDisposable>();
      expectTypeOf(ref.stream.returned(3)).toEqualTypeOf<AsyncIterableIterator<number> & AsyncDisposable>();
      expectTypeOf(ref.stream.prepared()).toEqualTypeOf<AsyncIterableIterator<number> & AsyncDisposable>();
      // @ts-expect-error: one that it takes a while to open is none the less
      ref.ask.prepared();
      // @ts-expect-error: a stream is not asked
      ref.ask.stream(3);
      // @ts-expect-error: a stream is not told
      ref.tell.stream(3);
      // @ts-expect-error: a message is no stream
      ref.stream.count();
      // @ts-expect-error: a handler that never returns is no stream
      ref.stream.never();
    });
  });

  it('refuse what the handlers do not take', () => {
    check(() => {
      const ref = {} as RefOf<typeof Everything>;
      // @ts-expect-error: a payload of another type
      ref.tell.add('1');
      // @ts-expect-error: no payload
      ref.tell.add();
      // @ts-expect-error: a payload where none is taken
      ref.tell.count(1);
      // @ts-expect-error: an unknown kind
      ref.tell.subtract(1);
      // @ts-expect-error: a property that the payload does not have
      ref.tell.item({ name: 'a', cost: 1 });
      // @ts-expect-error: tell takes no options
      ref.tell.add(1, { timeout: 1 });
      // @ts-expect-error: an unknown option
      ref.ask.add(1, { retry: 1 });
    });
  });

  it('let a ref stand in for one of a narrower protocol, not the other way round', () => {
    check(() => {
      const pinger = {} as RefOf<typeof Pinger>;
      const narrow: Ref<Ping> = pinger;
      const owned: OwnedRef<Ping> = {} as OwnedRef<ProtocolFrom<typeof Pinger>>;
      // @ts-expect-error: an actor that does not understand `pong`
      const wrong: Ref<Pong> = pinger;
      // @ts-expect-error: nobody owns it
      const mine: OwnedRef<Ping> = narrow;
      return [owned, wrong, mine];
    });
  });

  it('do not tell an async handler from its synchronous twin', () => {
    check(() => {
      const everything = {} as RefOf<typeof Everything>;
      const plain: Ref<{ later(ms: number): { slept: number }; count(): number }> = everything;
      const promised: Ref<{ later(ms: number): Promise<{ slept: number }>; count(): Promise<number> }> = everything;
      // @ts-expect-error: a reply of another type
      const wrong: Ref<{ later(ms: number): string }> = everything;
      return [plain, promised, wrong];
    });
  });
});

describe('types of a spawn', () => {
  it('want the argument that init takes, and options after it', () => {
    check(async () => {
      await using system = testSystem();
      expectTypeOf(await system.spawn(Everything, 1)).toExtend<RefOf<typeof Everything>>();
      await system.spawn(Everything, 1, { name: 'one', restart: 'permanent' });
      await system.spawn(Plain);
      await system.spawn(Plain, undefined, { name: 'two' });
      await system.spawn(Optional);
      await system.spawn(Optional, 3);
      // @ts-expect-error: an argument of another type
      await system.spawn(Everything, '1');
      // @ts-expect-error: no argument
      await system.spawn(Everything);
      // @ts-expect-error: an argument where none is taken
      await system.spawn(Plain, 1);
      // @ts-expect-error: options in the place of the argument
      await system.spawn(Plain, { name: 'two' });
      // @ts-expect-error: an unknown option
      await system.spawn(Plain, undefined, { nome: 'two' });
      // @ts-expect-error: an unknown restart type
      await system.spawn(Plain, undefined, { restart: 'always' });
    });
    function check(never: () => Promise<void>): void {
      expect(never).toBeTypeOf('function');
    }
  });
});

describe('types of a definition', () => {
  it('know the state in handlers, hooks and signals', async () => {
    const Hooked = defineActor(import.meta, 'Hooked', {
      init: () => ({ n: 1 }),
      hooks: {
        started: (state, ctx) => {
          expectTypeOf(state).toEqualTypeOf<{ n: number }>();
          expectTypeOf(ctx).toEqualTypeOf<Context>();
        },
        stopped: (state) => expectTypeOf(state.n).toEqualTypeOf<number>() as never,
      },
      signals: { down: (state) => expectTypeOf(state.n).toEqualTypeOf<number>() as never },
      on: { n: (state) => state.n },
    });
    await using system = testSystem();
    expect(await (await system.spawn(Hooked)).ask.n()).toBe(1);
  });

  it('refuse a behaviour or a mailbox rule for a kind that does not exist', () => {
    const init = () => ({});
    expect(() =>
      defineActor(import.meta, 'BadBehaviour', {
        init,
        on: { a() {} },
        // @ts-expect-error: there is no handler `b`
        behaviours: { other: { b() {} } },
      }),
    ).toThrow(expect.objectContaining({ code: 'TROUPE_DEFINITION_INVALID' }));
    expect(() =>
      defineActor(import.meta, 'BadRule', {
        init,
        on: { a() {} },
        // @ts-expect-error: there is no handler `b`
        mailbox: { kinds: { b: { overflow: 'fail' } } },
      }),
    ).toThrow(expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }));
  });

  it('give an actor its own ref, within its definition, unchecked', async () => {
    const Own = defineActor(import.meta, 'Own', {
      init: () => ({ n: 0 }),
      on: {
        begin(_state, _none: undefined, ctx) {
          ctx.self.tell.next(2);
          const typed: Ref<{ next(n: number): void }> = ctx.self;
          typed.tell.next(3);
        },
        next(state, n: number) {
          state.n += n;
        },
        get: (state) => state.n,
      },
    });
    await using system = testSystem();
    const own = await system.spawn(Own);
    await own.ask.begin();
    expect(await own.ask.get()).toBe(5);
  });
});

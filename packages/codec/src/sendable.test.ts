import { expectTypeOf, test } from 'vitest';
import type { Shared } from './marks.ts';
import type { Sendable } from './sendable.ts';

type Data = {
  readonly id: number;
  when: Date;
  list: readonly string[];
  tags: Set<string>;
  by: Map<string, number[]>;
  e?: Error;
};

test('data may be sent as it is', () => {
  expectTypeOf<Data>().toExtend<Sendable<Data>>();
  expectTypeOf<Sendable<[number, string]>>().toEqualTypeOf<[number, string]>();
  expectTypeOf<Sendable<unknown>>().toEqualTypeOf<unknown>();
  expectTypeOf<Sendable<Shared<Data>>>().toExtend<Shared<unknown>>();
  expectTypeOf<Uint8Array | bigint | null | undefined>().toExtend<Sendable<Uint8Array | bigint | null | undefined>>();
});

test('functions, symbols, promises and weak collections are never', () => {
  expectTypeOf<Sendable<() => void>>().toBeNever();
  expectTypeOf<Sendable<symbol>>().toBeNever();
  expectTypeOf<Sendable<{ a: { f(): void } }>['a']['f']>().toBeNever();
  expectTypeOf<Sendable<{ p: Promise<1> }>['p']>().toBeNever();
  expectTypeOf<Sendable<{ w: WeakMap<object, 1> }>['w']>().toBeNever();
  expectTypeOf<Sendable<SharedArrayBuffer>>().toBeNever();
});

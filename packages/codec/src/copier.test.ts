import { describe, expect, test } from 'vitest';
import { Copier } from './copier.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { move, share } from './marks.ts';
import { difference } from './testing/difference.fixture.ts';
import { nodeInspector as inspector } from './testing/node-inspector.fixture.ts';

const throughBytes = (value: unknown): unknown => {
  const frame = new Encoder({ inspector }).encode(value);
  return new Decoder().decode(frame, 0, frame.length);
};

test('primitives pass as they are', () => {
  const copier = new Copier({ inspector });
  for (const value of [1, -0, 'a', true, null, undefined, 5n]) expect(copier.copy(value)).toBe(value);
});

test('references pass as they are, wherever they stand', () => {
  class Ref {}
  const ref = new Ref();
  const references = { is: (value: object) => value instanceof Ref, encode: () => 1, decode: () => ref };
  const copier = new Copier({ inspector, references });
  expect(copier.copy(ref)).toBe(ref);
  expect(copier.copy({ ref, list: [ref] })).toEqual({ ref, list: [ref] });
  expect(copier.copy({ list: [ref] }).list[0]).toBe(ref);
});

test('a shared value is passed without a look at it', () => {
  const copier = new Copier({ inspector });
  const value = { f: () => 1 };
  expect(copier.copy(share(value))).toBe(value);
  expect(copier.copy({ inner: share(value), list: [share(1)] })).toEqual({ inner: value, list: [1] });
  expect((copier.copy({ inner: share(value) }) as { inner: unknown }).inner).toBe(value);
});

describe('a moved buffer', () => {
  test('is detached from the sender, and all parts that mean it mean it again', () => {
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    const value = { view: new Uint8Array(buffer, 1), again: move(buffer) };
    const copied = new Copier({ inspector }).copy({ bytes: move(buffer), ...value }) as Record<string, unknown>;
    expect(buffer.detached).toBe(true);
    expect(copied['bytes']).toEqual(new Uint8Array([1, 2, 3]).buffer);
    expect(copied['again']).toBe(copied['bytes']);
    expect((copied['view'] as Uint8Array).buffer).toBe(copied['bytes']);
  });

  test('stays with the sender when anything in the value is refused', () => {
    const buffer = new ArrayBuffer(3);
    expect(() => new Copier({ inspector }).copy([move(buffer), () => 1])).toThrow();
    expect(buffer.detached).toBe(false);
  });
});

test('a getter is read once, and what it returned is what arrives', () => {
  let reads = 0;
  const make = () => ({
    get n() {
      return ++reads;
    },
    type: 'a',
  });
  const copier = new Copier({ inspector });
  for (let time = 1; time < 60; time++) expect(copier.copy(make())).toEqual({ type: 'a', n: time });
  expect(Object.getOwnPropertyDescriptor(copier.copy(make()), 'n')).toMatchObject({ value: 60, writable: true });
  const encoder = new Encoder({ inspector });
  for (let time = 1; time < 60; time++) encoder.encode(make());
  expect(reads).toBe(60 + 59);
});

test('copying within a copy is refused', () => {
  const copier = new Copier({ inspector });
  const value = {
    get a() {
      return copier.copy({});
    },
  };
  expect(() => copier.copy(value)).toThrow(expect.objectContaining({ code: 'TROUPE_CODEC_REENTERED' }));
  expect(copier.copy({ a: 1 })).toEqual({ a: 1 });
});

describe.each<[string, (value: unknown) => unknown]>([
  ['within a thread', (value) => new Copier({ inspector }).copy(value)],
  ['across threads', throughBytes],
])('an error sent %s', (_where, send) => {
  class InsufficientFunds extends RangeError {
    readonly code = 'E_FUNDS';
  }

  test('of a builtin class keeps class, message, stack, code and cause', () => {
    const error = Object.assign(new TypeError('m', { cause: new AggregateError([new Error('inner')], 'all') }), {
      code: 'E',
    });
    const arrived = send(error) as TypeError & { code: string };
    expect(arrived).toBeInstanceOf(TypeError);
    expect(arrived.constructor).toBe(TypeError);
    expect(arrived.stack).toBe(error.stack);
    expect((arrived.cause as AggregateError).errors[0]).toBeInstanceOf(Error);
    expect(difference(arrived, error)).toBeUndefined();
  });

  test("of a user's class arrives as an error of a class with that name, below its builtin", () => {
    const arrived = send(new InsufficientFunds('m')) as InsufficientFunds;
    expect(arrived).toBeInstanceOf(RangeError);
    expect(arrived).not.toBeInstanceOf(InsufficientFunds);
    expect(arrived.constructor.name).toBe('InsufficientFunds');
    expect(arrived.code).toBe('E_FUNDS');
    expect((send(arrived) as Error).constructor).toBe(arrived.constructor);
  });

  test('keeps the name that its class gives it', () => {
    class ByGetter extends Error {
      override get name(): string {
        return 'Given';
      }
    }
    expect(String(send(new ByGetter('m')))).toBe('Given: m');
    expect(Object.hasOwn(send(new ByGetter('m')) as Error, 'name')).toBe(false);
  });

  test('that aborts a signal stays a DOMException', () => {
    const arrived = send(AbortSignal.abort().reason) as DOMException;
    expect(arrived).toBeInstanceOf(DOMException);
    expect([arrived.name, arrived.message, arrived.code]).toEqual(['AbortError', 'This operation was aborted', 20]);
  });

  test('without a message or a stack has none', () => {
    const error = new Error();
    delete error.stack;
    expect(Reflect.ownKeys(send(error) as Error)).toEqual([]);
  });
});

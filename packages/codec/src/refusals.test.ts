import { describe, expect, test } from 'vitest';
import { Copier } from './copier.ts';
import { Encoder } from './encoder.ts';
import type { ValueInspector } from './inspector.ts';
import { move } from './marks.ts';
import { DEPTH_MAX } from './rules.ts';
import { nodeInspector } from './testing/node-inspector.fixture.ts';

class Account {
  balance = 1;
}
class Ref {}
class Ledger extends Map {}
class Rows extends Array {}

const hidden = (value: object, key: PropertyKey = 'hidden') => Object.defineProperty(value, key, { value: 1 });
const template = (strings: TemplateStringsArray) => strings;
const detached = () => {
  const buffer = new ArrayBuffer(4);
  buffer.transfer();
  return buffer;
};
const deep = (levels: number) => {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
};
const ofTypedArray = (length: number, extra: object) => Object.assign(new Uint8Array(length), extra);

/** What is refused, where, and what the error says came. */
const REFUSED: readonly [name: string, make: () => unknown, path: string, got: RegExp][] = [
  ['a function', () => () => 1, 'value', /a function/],
  ['a class', () => ({ items: [0, { make: Account }] }), 'value.items[1].make', /a function/],
  ['a method', () => ({ items: [0, 1, 2, { callback() {} }] }), 'value.items[3].callback', /a function/],
  ['a symbol', () => ({ 'a b': Symbol('s') }), 'value["a b"]', /a symbol/],
  ['a symbol key', () => ({ a: { [Symbol('s')]: 1 } }), 'value.a', /symbol key Symbol\(s\)/],
  ['a hidden symbol key', () => ({ a: hidden({}, Symbol('s')) }), 'value.a', /symbol key/],
  ['a proxy', () => ({ a: new Proxy({}, {}) }), 'value.a', /a proxy/],
  ['a proxy of an array', () => [new Proxy([], {})], 'value[0]', /a proxy/],
  ['a revoked proxy', () => [revoked()], 'value[0]', /a proxy/],
  ['a promise', () => ({ a: Promise.resolve(1) }), 'value.a', /a promise/],
  ['a class instance', () => ({ a: [new Account()] }), 'value.a[0]', /class Account/],
  ['an instance of a Map subclass', () => ({ a: new Ledger() }), 'value.a', /class Ledger/],
  ['an instance of an Array subclass', () => ({ a: new Rows() }), 'value.a', /array of class Rows/],
  ['an object made from another', () => ({ a: Object.create({ b: 1 }) }), 'value.a', /instance of class/],
  ['a WeakMap', () => new WeakMap(), 'value', /class WeakMap/],
  ['a WeakRef', () => new WeakRef({}), 'value', /class WeakRef/],
  ['a URL', () => new URL('http://a/'), 'value', /class URL/],
  ['a boxed number', () => Object(1), 'value', /class Number/],
  ['an iterator', () => [1].values(), 'value', /instance of class/],
  ['a module namespace', () => ({ a: namespace }), 'value.a', /symbol key/],
  ['an arguments object', () => ({ a: argumentsObject(1, 2) }), 'value.a', /symbol key/],
  ['a hidden property', () => ({ a: hidden({ b: 1 }) }), 'value.a.hidden', /non-enumerable/],
  ['a hidden property alone', () => ({ a: hidden({}) }), 'value.a.hidden', /non-enumerable/],
  ['an accessor that throws', () => ({ a: throwing() }), 'value.a.b', /accessor that throws/],
  ['a property of an array', () => ({ a: Object.assign([1], { x: 1 }) }), 'value.a.x', /added to an array/],
  [
    'a property in the place of a hole',
    () => ({ a: Object.assign(withHole(), { x: 1 }) }),
    'value.a.x',
    /added to an array/,
  ],
  ['a match of a RegExp', () => 'ab'.match(/a/), 'value.groups', /added to an array/],
  ['the array of a template literal', () => template`a`, 'value.raw', /added to an array/],
  ['a symbol on an array', () => Object.assign([1], { [Symbol('s')]: 1 }), 'value', /an array with the symbol key/],
  ['a property of a Map', () => Object.assign(new Map(), { x: 1 }), 'value.x', /added to a Map/],
  ['a property of a Set', () => Object.assign(new Set(), { x: 1 }), 'value.x', /added to a Set/],
  ['a property of a Date', () => Object.assign(new Date(), { x: 1 }), 'value.x', /added to a Date/],
  ['a hidden property of a Date', () => hidden(new Date()), 'value.hidden', /added to a Date/],
  ['a property of a RegExp', () => Object.assign(/a/, { x: 1 }), 'value.x', /added to a RegExp/],
  [
    'a property of an ArrayBuffer',
    () => Object.assign(new ArrayBuffer(1), { x: 1 }),
    'value.x',
    /added to an ArrayBuffer/,
  ],
  ['a property of a typed array', () => ofTypedArray(2, { x: 1 }), 'value.x', /added to a Uint8Array/],
  ['a property of a long typed array', () => ofTypedArray(200, { x: 1 }), 'value.x', /added to a Uint8Array/],
  ['a hidden property of a typed array', () => hidden(new Uint8Array(200)), 'value.hidden', /added to a Uint8Array/],
  ['a property of a Buffer', () => Object.assign(Buffer.from('abc'), { x: 1 }), 'value.x', /added to a Buffer/],
  ['a property of a DataView', () => hidden(new DataView(new ArrayBuffer(1))), 'value.hidden', /added to a DataView/],
  ['a function in a Map', () => new Map([['k', { f() {} }]]), 'value.get("k").f', /a function/],
  ['a function as a key of a Map', () => new Map([[() => 1, 1]]), 'value.<key 0>', /a function/],
  ['a function under an object', () => new Map([[{}, () => 1]]), 'value.<value 0>', /a function/],
  ['a symbol in a Set', () => new Set([1, Symbol('s')]), 'value.<member 1>', /a symbol/],
  ['a function of an error', () => Object.assign(new Error('m'), { f() {} }), 'value.f', /a function/],
  ['a symbol key of an error', () => Object.assign(new Error('m'), { [Symbol('s')]: 1 }), 'value', /symbol key/],
  ['a function in a cause', () => new Error('m', { cause: { f() {} } }), 'value.cause.f', /a function/],
  ['an error of several', () => new AggregateError([new Account()]), 'value.errors[0]', /class Account/],
  ['a Buffer that shares bytes', () => overlapping(3), 'value[1]', /shares memory/],
  ['a Buffer in a view', () => [new Uint8Array(pool), Buffer.from(pool, 1, 2)], 'value[1]', /shares memory/],
  ['a view around a Buffer', () => [Buffer.from(pool, 1, 2), new Uint8Array(pool)], 'value[1].buffer', /shares memory/],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(1), 'value', /a SharedArrayBuffer/],
  ['a view of shared memory', () => ({ a: new Uint8Array(new SharedArrayBuffer(1)) }), 'value.a', /shared memory/],
  ['a Buffer of shared memory', () => Buffer.from(new SharedArrayBuffer(1)), 'value', /shared memory/],
  ['a detached ArrayBuffer', () => detached(), 'value', /a detached ArrayBuffer/],
  ['a view of a detached ArrayBuffer', () => detachedView(), 'value', /a detached ArrayBuffer/],
  ['a resizable ArrayBuffer', () => new ArrayBuffer(1, { maxByteLength: 2 }), 'value', /a resizable ArrayBuffer/],
  ['a moved detached ArrayBuffer', () => ({ a: move(detached()) }), 'value.a', /a detached ArrayBuffer/],
  ['something else moved', () => ({ a: move(new Uint8Array(1) as never) }), 'value.a', /no ArrayBuffer/],
  ['what only looks like a Map', () => Object.create(Map.prototype), 'value', /only looks like a Map/],
  ['what only looks like a Uint8Array', () => Object.create(Uint8Array.prototype), 'value', /only looks like/],
  [
    'a Date given another prototype',
    () => Object.setPrototypeOf(new Date(), Object.prototype),
    'value',
    /was replaced/,
  ],
  ['a Date without a prototype', () => Object.setPrototypeOf(new Date(), null), 'value', /was removed/],
  ['a lastIndex that is a function', () => Object.assign(/a/, { lastIndex: () => 1 }), 'value.lastIndex', /a function/],
  ['too many levels', () => deep(DEPTH_MAX + 1), `value${'[0]'.repeat(DEPTH_MAX)}`, /nested levels/],
  [
    'a Map that grows while it is read',
    () => growing(new Map(), (map, key) => map.set(key, 1)),
    'value',
    /changes while/,
  ],
  ['a Set that grows while it is read', () => growing(new Set(), (set, key) => set.add(key)), 'value', /changes while/],
];

import * as namespace from './wire.ts';

function argumentsObject(..._: number[]) {
  // biome-ignore lint/complexity/noArguments: the object itself is under test
  return arguments;
}
const pool = new ArrayBuffer(8);
function overlapping(second: number): Buffer[] {
  return [Buffer.from(pool, 0, 4), Buffer.from(pool, second, 4)];
}
function withHole(): number[] {
  const array = [1, 2, 3];
  delete array[1];
  return array;
}
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
function throwing(): object {
  return {
    a: 1,
    get b(): number {
      throw new Error('broken');
    },
  };
}
function detachedView(): Uint8Array {
  const view = new Uint8Array(4);
  view.buffer.transfer();
  return view;
}
function growing<C extends Map<unknown, unknown> | Set<unknown>>(collection: C, add: (to: C, key: number) => void): C {
  let reads = 0;
  const member = {
    get a() {
      if (reads++ < 3) add(collection, reads);
      return 1;
    },
  };
  if (collection instanceof Map) collection.set(0, member);
  else collection.add(member);
  return collection;
}

const inspectors: readonly [string, ValueInspector][] = [
  ["Node's util", nodeInspector],
  ['only isProxy', { isProxy: nodeInspector.isProxy }],
];

describe.each(inspectors)('with an inspector of %s', (_, inspector) => {
  test.each(REFUSED)('%s is refused by both walkers, with its path', (_name, make, path, got) => {
    const expected = {
      code: 'TROUPE_VALUE_REFUSED',
      message: expect.stringMatching(got),
      data: expect.objectContaining({ path }),
    };
    const encoder = new Encoder({ inspector });
    const copier = new Copier({ inspector });
    expect(() => encoder.encode(make())).toThrow(expect.objectContaining(expected));
    expect(() => copier.copy(make())).toThrow(expect.objectContaining(expected));
    // The walkers are as before.
    expect(copier.copy({ a: [1] })).toEqual({ a: [1] });
    expect(encoder.encode([1])).toEqual(new Uint8Array([0x91, 1]));
  });

  test('a value with a shape that is known is looked at as closely', () => {
    const encoder = new Encoder({ inspector });
    const copier = new Copier({ inspector });
    for (let time = 0; time < 50; time++) {
      encoder.encode({ type: 'a', n: 1 });
      copier.copy({ type: 'a', n: 1 });
    }
    const path = (attempt: () => unknown) => {
      try {
        attempt();
      } catch (error) {
        return (error as { data: { path: string } }).data.path;
      }
      return undefined;
    };
    class Message {
      type = 'a';
      n = 1;
    }
    const bad: [unknown, string][] = [
      [{ type: 'a', n: () => 1 }, 'value.n'],
      [{ type: 'a', n: 1, [Symbol('s')]: 1 }, 'value'],
      [hidden({ type: 'a', n: 1 }), 'value.hidden'],
      [Object.defineProperty({ type: 'a' }, 'n', { value: 1 }), 'value.n'],
      [new Message(), 'value'],
      [Object.create({ type: 'a', n: 1 }), 'value'],
      [new Proxy({ type: 'a', n: 1 }, {}), 'value'],
      [{ type: 'a', n: throwing() }, 'value.n.b'],
    ];
    for (const [value, expected] of bad) {
      expect(path(() => encoder.encode(value))).toBe(expected);
      expect(path(() => copier.copy(value))).toBe(expected);
    }
  });
});

test('the root of the path is what the caller calls it', () => {
  const refused = (path: string) => expect.objectContaining({ data: expect.objectContaining({ path }) });
  const inspector = nodeInspector;
  expect(() => new Encoder({ inspector, root: 'payload' }).encode({ f() {} })).toThrow(refused('payload.f'));
  expect(() => new Copier({ inspector }).copy({ f() {} }, 'payload')).toThrow(refused('payload.f'));
});

test('values as deep as the bound are sent, and stacks that are almost used up refuse instead of overflowing', () => {
  const inspector = nodeInspector;
  expect(() => new Encoder({ inspector }).encode(deep(DEPTH_MAX))).not.toThrow();
  expect(() => new Copier({ inspector }).copy(deep(DEPTH_MAX))).not.toThrow();
  const codes = new Set<unknown>();
  const descend = (): void => {
    try {
      descend();
    } catch {
      // Each frame on the way back has a little more stack; sooner or later one succeeds.
    }
    for (const walk of [
      () => new Encoder({ inspector }).encode(deep(60)),
      () => new Copier({ inspector }).copy(deep(60)),
    ]) {
      try {
        walk();
      } catch (error) {
        codes.add((error as { code?: unknown }).code ?? (error as Error).name);
      }
    }
  };
  try {
    descendOnce(descend);
  } catch {
    // The overflow itself.
  }
  codes.delete('RangeError');
  expect([...codes].every((code) => code === 'TROUPE_VALUE_REFUSED')).toBe(true);
});

/** Runs `descend` where little of the stack is left, once. */
function descendOnce(descend: () => void, depth = 0): void {
  if (depth > 3000) return descend();
  return descendOnce(descend, depth + 1);
}

test('a reference that its hook refuses is refused by both walkers, with the path and what the hook says', () => {
  const references = {
    is: (value: object) => value instanceof Ref,
    refusal: () => ['a reference from afar', 'Stay near.'] as const,
    encode: () => 1,
    decode: () => new Ref(),
  };
  const copier = new Copier({ inspector: nodeInspector, references });
  const encoder = new Encoder({ inspector: nodeInspector, references });
  for (const walk of [(value: unknown) => copier.copy(value), (value: unknown) => encoder.encode(value)])
    expect(() => walk({ a: [new Ref()] })).toThrow(
      expect.objectContaining({
        code: 'TROUPE_VALUE_REFUSED',
        data: { path: 'value.a[0]', got: 'a reference from afar' },
        message: expect.stringMatching(/a reference from afar. Stay near.$/),
      }),
    );
});

/** Arbitrary values out of all that may be sent, shared parts and cycles included, and parts that may not. */

import fc from 'fast-check';

const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
  .map((codes) => String.fromCharCode(...codes));
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('type', 'id', 'n', 'items', 'a', 'b') },
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '0', '7', '4294967295', '-1', '') },
  { weight: 1, arbitrary: units },
);
const numbers = fc.oneof(
  fc.integer(),
  fc.integer({ min: -300, max: 70_000 }),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    -(2 ** 31),
    2 ** 53,
    63,
    64,
    127,
    128,
  ),
);
const scalars = fc.oneof(
  numbers,
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ minLength: 20, maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  units,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }),
);

class Overdrawn extends RangeError {
  readonly code = 'E_OVERDRAWN';
}
class Named extends Error {
  override get name(): string {
    return 'NamedByGetter';
  }
}
const errorClasses = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, Overdrawn, Named];
const viewClasses = [Uint8Array, Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
const wideViewClasses = [Float32Array, Float64Array, BigInt64Array, BigUint64Array];

const leaves: fc.Arbitrary<unknown>[] = [
  fc.date({ noInvalidDate: false }),
  fc
    .tuple(fc.constantFrom('a+', '\\/b', '[^]', '(?<x>é)'), fc.constantFrom('', 'g', 'iu', 'dsy'), fc.nat(9))
    .map(([source, flags, lastIndex]) => Object.assign(new RegExp(source, flags), { lastIndex })),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.buffer),
  fc
    .tuple(fc.constantFrom(...viewClasses), fc.nat(3), fc.nat(20))
    .map(([view, offset, length]) => new view(new ArrayBuffer(100), offset * view.BYTES_PER_ELEMENT, length)),
  fc
    .tuple(fc.constantFrom(...wideViewClasses), fc.nat(3), fc.nat(9))
    .map(([view, offset, length]) => new view(new ArrayBuffer(100 - (100 % 8)), offset * 8, length)),
  fc.tuple(fc.nat(5), fc.nat(20)).map(([offset, length]) => new DataView(new ArrayBuffer(40), offset, length)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
];

const withoutPrototype = (entries: (readonly [string, unknown])[]) => {
  const object = Object.create(null) as object;
  for (const [key, value] of entries) define(object, key, value);
  return object;
};
const plain = (entries: (readonly [string, unknown])[]) => {
  const object = {};
  for (const [key, value] of entries) define(object, key, value);
  return object;
};
function define(object: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true });
}

function sparse([length, entries]: [number, (readonly [number, unknown])[]]): unknown[] {
  const array: unknown[] = [];
  for (const [index, value] of entries) array[index] = value;
  if (array.length < length) {
    array[length - 1] = 0;
    delete array[length - 1];
  }
  return array;
}

/** Trees of sendable values whose leaves may also be `extra`. */
function trees(extra: fc.Arbitrary<unknown>[] = []): fc.Arbitrary<unknown> {
  const { tree } = fc.letrec<{ tree: unknown; error: Error }>((tie) => {
    const fields = fc.array(fc.tuple(keys, tie('tree')), { maxLength: 5 });
    return {
      tree: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        { weight: 8, arbitrary: scalars },
        ...[...leaves, ...extra].map((arbitrary) => ({ weight: 1, arbitrary })),
        { weight: 5, arbitrary: fields.map(plain) },
        { weight: 4, arbitrary: fc.array(tie('tree'), { maxLength: 6 }) },
        { weight: 1, arbitrary: fc.array(tie('tree'), { minLength: 15, maxLength: 40, size: 'max' }) },
        { weight: 1, arbitrary: fields.map(withoutPrototype) },
        {
          weight: 1,
          arbitrary: fc.tuple(fc.nat(40), fc.array(fc.tuple(fc.nat(20), tie('tree')), { maxLength: 4 })).map(sparse),
        },
        {
          weight: 1,
          arbitrary: fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 4 }).map((all) => new Map(all)),
        },
        { weight: 1, arbitrary: fc.array(tie('tree'), { maxLength: 4 }).map((all) => new Set(all)) },
        { weight: 1, arbitrary: tie('error') },
      ),
      error: fc
        .tuple(fc.constantFrom(...errorClasses), fc.string(), fc.option(tie('tree')), fields)
        .map(([errorClass, message, cause, all]) => {
          const error = cause === null ? new errorClass(message) : new errorClass(message, { cause });
          for (const [key, value] of all) if (key !== 'stack') define(error, key, value, key !== 'b');
          return error;
        }),
    };
  });
  return tree;
}

export const sendableTree: fc.Arbitrary<unknown> = trees();

/** As above, with parts of it put in further places, also in themselves. */
export const sendable: fc.Arbitrary<unknown> = fc
  .tuple(sendableTree, fc.array(fc.tuple(fc.nat(), fc.nat(), keys), { maxLength: 3 }))
  .map(([tree, links]) => {
    const containers = [...parts(tree)];
    for (const [from, to, key] of links) {
      const target = containers[to % containers.length];
      const source = containers[from % containers.length];
      if (target === undefined || source === undefined) continue;
      if (Array.isArray(target)) target.push(source);
      else if (target instanceof Map) target.set(source, source);
      else if (target instanceof Set) target.add(source);
      else if (isExtensibleObject(target)) define(target, key, source);
    }
    return tree;
  });

function isExtensibleObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || prototype === Object.prototype;
}

function* parts(value: unknown, seen = new Set<object>()): Generator<object> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  yield value;
  if (ArrayBuffer.isView(value)) return;
  if (value instanceof Map || value instanceof Set) for (const part of [...value].flat(1)) yield* parts(part, seen);
  for (const key of Object.keys(value)) yield* parts(Reflect.get(value, key), seen);
}

class Account {
  balance = 1;
}

/** Values with a part, somewhere, that may not be sent. Most of them are refused; none may crash. */
export const dubious: fc.Arbitrary<unknown> = trees([
  fc.constant(() => 1),
  fc.constant(Symbol('s')),
  fc.constant(new Account()),
  fc.constant(Promise.resolve(1)),
  fc.constant(new Proxy({}, {})),
  fc.constant(new Proxy([], {})),
  fc.constant({ [Symbol('key')]: 1 }),
  fc.constant(Object.assign([1, 2], { extra: 1 })),
  fc.constant(Object.assign(new Map(), { extra: 1 })),
  fc.constant(Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })),
  fc.constant(new SharedArrayBuffer(4)),
]);

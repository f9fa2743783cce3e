import { expect, test } from 'vitest';
import { difference } from './difference.fixture.ts';

const holes = (length: number) => {
  const array: unknown[] = [];
  array.length = length;
  return array;
};
const one = { a: 1 };
const cycle = () => {
  const object: { self?: object } = {};
  object.self = object;
  return object;
};
const unrolled = () => {
  const object: { self?: object } = {};
  object.self = { self: object };
  return object;
};

/** The oracle must see each of these, or the property tests prove nothing. */
test.each<[string, unknown, unknown]>([
  ['minus zero', 0, -0],
  ['null and undefined', null, undefined],
  ['a hole', [undefined], holes(1)],
  ['a length', holes(1), holes(2)],
  ['a missing key', {}, { a: undefined }],
  ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['a prototype', {}, Object.create(null)],
  ['an own __proto__', JSON.parse('{"__proto__":1}'), {}],
  ['enumerability', { a: 1 }, Object.defineProperty({}, 'a', { value: 1 })],
  ['a symbol key', {}, { [Symbol('s')]: 1 }],
  ['a part that is shared', [one, one], [{ a: 1 }, { a: 1 }]],
  ['a part that is not shared', [{ a: 1 }, { a: 1 }], [one, one]],
  ['a cycle', cycle(), unrolled()],
  ['a value passed as it is', one, one],
  ['a Map', new Map([[1, 2]]), new Map([[1, 3]])],
  ["the order of a Map's entries", new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]])], // biome-ignore format: one line
  ['a Set', new Set([0]), new Set([1])],
  ['a Date', new Date(0), new Date(Number.NaN)],
  ['a lastIndex', /a/g, Object.assign(/a/g, { lastIndex: 1 })],
  ['the flags of a RegExp', /a/g, /a/],
  ['bytes', new Uint8Array([1]), new Uint8Array([2])],
  ['a class of view', new Uint8Array(1), new Int8Array(1)],
  ['the buffer around a view', new Uint8Array(new ArrayBuffer(2), 0, 1), new Uint8Array(1)],
  ['a Buffer', Buffer.from([1]), new Uint8Array([1])],
  ['a message', new Error('a'), new Error('b')],
  ['a class of error', new RangeError(), new TypeError()],
  ['a cause', new Error('a', { cause: undefined }), new Error('a')],
])('the oracle sees %s', (_name, actual, expected) => {
  expect(difference(actual, expected)).toEqual(expect.any(String));
});

/**
 * The kinds of objects that can arrive equal, told by prototype and by brand. Whatever is none of them is refused.
 *
 * A prototype alone proves nothing (`Object.create(Map.prototype)` is no Map), so each builtin is also asked for its
 * internal slots.
 */

import { Moved, Shared } from './marks.ts';
import { Refusal } from './refusal.ts';

export const Kind = {
  Plain: 0,
  NullPrototype: 1,
  Array: 2,
  Map: 3,
  Set: 4,
  Date: 5,
  RegExp: 6,
  ArrayBuffer: 7,
  View: 8,
  NodeBuffer: 9,
  Error: 10,
  Reference: 11,
  Shared: 12,
  Moved: 13,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface ViewConstructor {
  readonly name: string;
  readonly prototype: object;
  readonly BYTES_PER_ELEMENT?: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): ArrayBufferView;
}

interface BufferConstructor {
  readonly prototype: object;
  from(buffer: ArrayBuffer, byteOffset?: number, length?: number): Uint8Array;
}

const {
  Buffer: HostBuffer,
  Float16Array: HostFloat16Array,
  DOMException: HostDOMException,
} = globalThis as unknown as {
  Buffer?: BufferConstructor;
  Float16Array?: ViewConstructor;
  DOMException?: { readonly prototype: object; new (message: string, name: string): Error };
};

/** Node's Buffer where there is one. */
export const NodeBuffer = HostBuffer;
export const DOMExceptionClass = HostDOMException;

/** Every view, at the number that names it on the wire: append only. `null` where this engine lacks it. */
export const VIEW_CLASSES: readonly (ViewConstructor | null)[] = [
  DataView as unknown as ViewConstructor,
  Int8Array as unknown as ViewConstructor,
  Uint8Array as unknown as ViewConstructor,
  Uint8ClampedArray as unknown as ViewConstructor,
  Int16Array as unknown as ViewConstructor,
  Uint16Array as unknown as ViewConstructor,
  Int32Array as unknown as ViewConstructor,
  Uint32Array as unknown as ViewConstructor,
  Float32Array as unknown as ViewConstructor,
  Float64Array as unknown as ViewConstructor,
  BigInt64Array as unknown as ViewConstructor,
  BigUint64Array as unknown as ViewConstructor,
  HostFloat16Array ?? null,
];

const getter = (prototype: object, name: string) =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => unknown;
const mapSize = getter(Map.prototype, 'size');
const setSize = getter(Set.prototype, 'size');
const dateTime = Date.prototype.getTime;
const regExpSource = getter(RegExp.prototype, 'source');
const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');

/** The prototypes that are known, with a function that throws unless its object has the internal slots. */
const builtins = new Map<object, { kind: Kind; brand: (value: object) => unknown }>([
  [Map.prototype, { kind: Kind.Map, brand: (value) => mapSize.call(value) }],
  [Set.prototype, { kind: Kind.Set, brand: (value) => setSize.call(value) }],
  [Date.prototype, { kind: Kind.Date, brand: (value) => dateTime.call(value as Date) }],
  [RegExp.prototype, { kind: Kind.RegExp, brand: (value) => regExpSource.call(value) }],
  [ArrayBuffer.prototype, { kind: Kind.ArrayBuffer, brand: (value) => bufferLength.call(value) }],
  [Shared.prototype, { kind: Kind.Shared, brand: () => undefined }],
  [Moved.prototype, { kind: Kind.Moved, brand: () => undefined }],
]);
const viewBrand = (value: object) => {
  if (!ArrayBuffer.isView(value)) throw new TypeError('not a view');
};
for (const view of VIEW_CLASSES) if (view !== null) builtins.set(view.prototype, { kind: Kind.View, brand: viewBrand });
if (NodeBuffer !== undefined) builtins.set(NodeBuffer.prototype, { kind: Kind.NodeBuffer, brand: viewBrand });

const errorBrand = (Error as unknown as { isError?(value: unknown): boolean }).isError;
const isError = errorBrand ?? ((value: unknown) => value instanceof Error);

const asyncGenerator: object = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);

/** The kind of an object that is neither a proxy, nor plain, nor an array, nor a reference. */
export function rareKind(value: object, prototype: object | null): Kind {
  if (prototype === null) {
    const tagged = Object.hasOwn(value, Symbol.toStringTag);
    if (tagged || Object.prototype.toString.call(value) === '[object Object]') return Kind.NullPrototype;
    throw new Refusal('a builtin whose prototype was removed', 'Leave the prototypes of builtins as they are.');
  }
  const builtin = builtins.get(prototype);
  if (builtin !== undefined) {
    try {
      builtin.brand(value);
    } catch {
      throw new Refusal(`an object that only looks like a ${className(prototype)}`, 'Construct it with `new`.');
    }
    return builtin.kind;
  }
  if (isError(value)) return Kind.Error;
  throw new Refusal(...describeRefused(value, prototype));
}

function describeRefused(value: object, prototype: object): [got: string, advice: string] {
  if (typeof SharedArrayBuffer !== 'undefined' && prototype === SharedArrayBuffer.prototype) {
    return ['a SharedArrayBuffer', 'Shared memory can not be sent by value: copy it into an ArrayBuffer.'];
  }
  const name = className(prototype);
  if (isGenerator(value))
    return ['an async generator', 'A handler that is a stream is declared as one: `async *name(…) { … }`.'];
  if (prototype === Promise.prototype) return ['a promise', 'Await it, and send what it resolves to.'];
  if (Array.isArray(value)) return [`an array of class ${name}`, 'Send a plain array: `Array.from(value)`.'];
  return [`an instance of class ${name}`, 'Send plain data, and rebuild the instance where it arrives.'];
}

/** Looks at prototypes only: no user code runs. */
function isGenerator(value: object): boolean {
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at))
    if (at === asyncGenerator || Object.getOwnPropertyDescriptor(at, Symbol.asyncIterator) !== undefined) return true;
  return false;
}

/** The class that a prototype belongs to, without running user code. */
export function className(prototype: object | null): string {
  const owner = prototype === null ? undefined : ownData(prototype, 'constructor');
  const name = typeof owner === 'function' ? ownData(owner, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? name : '(anonymous)';
}

/** An own data property's value; undefined for an accessor. */
export function ownData(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/**
 * The rules of what may be sent, used alike by the copier and by the encoder, so that a value which may be sent within a
 * thread may be sent across threads. They look only at the object in hand; the walkers go down.
 *
 * Attributes are no part of a value: a frozen object arrives thawed, and an enumerable accessor arrives as the data that it
 * returned when it was read, once.
 */

import type { ReferenceHook, ValueInspector } from './inspector.ts';
import { Kind, NodeBuffer, rareKind, VIEW_CLASSES, type ViewConstructor } from './kinds.ts';
import { Refusal } from './refusal.ts';

/**
 * Containers inside containers, the outermost counted as 1. Walks are recursive; this many levels fit on the smallest stack
 * that threads get by default.
 */
export const DEPTH_MAX = 500;

/** Up to this length, listing an array's keys is cheaper than asking the host for extra properties. */
const LISTED_LENGTH_MAX = 8;

const { getPrototypeOf, getOwnPropertyNames, getOwnPropertySymbols, values: valuesOf } = Object;
const { ownKeys } = Reflect;
const { isArray } = Array;
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;

export interface ViewParts {
  readonly view: ViewConstructor;
  /** Its class, as a place in VIEW_CLASSES. */
  readonly number: number;
  readonly byteOffset: number;
  /** In elements; of a DataView, in bytes. */
  readonly length: number;
}

export class ValueRules {
  readonly inspector: ValueInspector;
  readonly references: ReferenceHook | undefined;

  constructor(inspector: ValueInspector, references: ReferenceHook | undefined) {
    this.inspector = inspector;
    this.references = references;
  }

  /** Which kind of object this is. Runs no user code. @throws Refusal */
  kindOf(value: object): Kind {
    if (this.inspector.isProxy(value)) return this.proxyKind(value);
    const prototype = getPrototypeOf(value) as object | null;
    if (prototype === ObjectPrototype) return Kind.Plain;
    if (prototype === ArrayPrototype && isArray(value)) return Kind.Array;
    if (this.references?.is(value) === true) return this.referenceKind(value);
    return rareKind(value, prototype);
  }

  private proxyKind(value: object): Kind {
    if (this.references?.is(value) === true) return this.referenceKind(value);
    throw new Refusal('a proxy', 'Send a copy of what it stands for: `{ ...value }`.');
  }

  private referenceKind(value: object): Kind {
    const refusal = this.references?.refusal?.(value);
    if (refusal !== undefined) throw new Refusal(...refusal);
    return Kind.Reference;
  }

  /** Whether an object is plain and of a known shape. @throws Refusal when it is, but for a property that no loop shows */
  isOf(shape: { matches(value: object): boolean }, value: object, keys: readonly string[]): boolean {
    if (this.inspector.isProxy(value) || !shape.matches(value)) return false;
    if (getOwnPropertySymbols(value).length !== 0 || getOwnPropertyNames(value).length !== keys.length) {
      refuseHidden(value, this.plainKeys(value));
    }
    return true;
  }

  /** The keys of a plain object, in order. The walker checks that each is enumerable (`refuseHidden`). @throws Refusal */
  plainKeys(value: object): string[] {
    const symbols = getOwnPropertySymbols(value);
    if (symbols.length !== 0) refuseSymbol(symbols[0] as symbol);
    const names = getOwnPropertyNames(value);
    if (names.length === 0) checkEmpty(value);
    return names;
  }

  /** Whether an array has an element at each index. @throws Refusal for properties that are no elements */
  isDense(value: readonly unknown[]): boolean {
    // Listing the values is several times cheaper than listing the keys, for which each index is made a string. It shows
    // whatever is enumerable; of what is not, the language itself adds only `raw`, to the arrays of template literals.
    if (valuesOf(value).length === value.length && isFull(value) && getOwnPropertySymbols(value).length === 0) {
      if ((value as { raw?: unknown }).raw === undefined) return true;
    }
    return this.isDenseByKeys(value);
  }

  private isDenseByKeys(value: readonly unknown[]): boolean {
    const keys = ownKeys(value);
    const last = keys[keys.length - 1] as string | symbol;
    // In key order indices come first, then `length`, then whatever was added.
    if (last !== 'length') refuseExtra(last, 'an array');
    return keys.length === value.length + 1;
  }

  /** Checks that a builtin other than an array carries nothing but its contents. @throws Refusal */
  bare(value: object, what: string, expected = 0): void {
    const keys = ownKeys(value);
    if (keys.length > expected) refuseExtra(keys[keys.length - 1] as string | symbol, what);
  }

  /** What a view is of. @throws Refusal */
  viewParts(value: ArrayBufferView): ViewParts {
    const number = VIEW_CLASSES.findIndex((view) => view?.prototype === getPrototypeOf(value));
    const view = VIEW_CLASSES[number] as ViewConstructor;
    checkBuffer(value.buffer);
    const width = view.BYTES_PER_ELEMENT;
    const length = value.byteLength / (width ?? 1);
    this.bareView(value, view, length, width === undefined ? 0 : length);
    return { view, number, byteOffset: value.byteOffset, length };
  }

  /** Checks one of Node's Buffers. @throws Refusal */
  nodeBuffer(value: Uint8Array): void {
    checkBuffer(value.buffer);
    this.bareView(value, NodeBuffer as unknown as ViewConstructor, value.length, value.length);
  }

  /** Checks what is to be moved. @throws Refusal */
  movable(value: ArrayBuffer): void {
    if (this.kindOf(value) !== Kind.ArrayBuffer) {
      throw new Refusal('something moved that is no ArrayBuffer', 'Move the ArrayBuffer itself: `move(view.buffer)`.');
    }
    this.arrayBuffer(value);
  }

  /** Checks an ArrayBuffer that is to be copied or moved. @throws Refusal */
  arrayBuffer(value: ArrayBuffer): void {
    this.bare(value, 'an ArrayBuffer');
    checkBuffer(value);
  }

  /** `bare` for a typed array, whose indices are keys too. */
  private bareView(value: ArrayBufferView, view: ViewConstructor, length: number, keys: number): void {
    const { inspector } = this;
    if (keys > LISTED_LENGTH_MAX && inspector.hasExtraProperties !== undefined) {
      const { buffer, byteOffset } = value;
      const clean =
        view === (NodeBuffer as unknown)
          ? NodeBuffer?.from(buffer as ArrayBuffer, byteOffset, length)
          : new view(buffer as ArrayBuffer, byteOffset, length);
      if (!inspector.hasExtraProperties(value, clean as object)) return;
    }
    this.bare(value, `a ${view.name}`, keys);
  }
}

function checkBuffer(buffer: ArrayBufferLike): void {
  if (typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer) {
    throw new Refusal('shared memory', 'It can not be sent by value: copy it into an ArrayBuffer.');
  }
  const own = buffer as ArrayBuffer;
  if (own.detached) throw new Refusal('a detached ArrayBuffer', 'It was moved before: keep no part of what is moved.');
  if (own.resizable) throw new Refusal('a resizable ArrayBuffer', 'Send a copy of fixed length: `buffer.slice()`.');
}

/** Refuses a plain object not all of whose keys a loop shows. */
export function refuseHidden(value: object, keys: readonly string[]): never {
  const key = keys.find((name) => !Object.prototype.propertyIsEnumerable.call(value, name));
  throw new Refusal('a non-enumerable property', 'Make it enumerable, or leave it out.', key);
}

/** A Map or Set to which a getter in it has added, or from which it has removed, during the walk. */
export function checkSize(now: number, before: number): void {
  if (now !== before) throw new Refusal('a collection that changes while it is read', 'Send data without accessors.');
}

/** Refuses what is no object and no data. */
export function refusePrimitive(value: unknown): never {
  if (typeof value === 'function') throw new Refusal('a function', 'Send data, or a ref: code does not cross actors.');
  throw new Refusal('a symbol', 'A symbol is unique to its thread: send a string.');
}

export function refuseDepth(): never {
  throw new Refusal(`more than ${DEPTH_MAX} nested levels`, 'Flatten the value, for example into an array of nodes.');
}

function refuseSymbol(key: symbol, what = 'a plain object'): never {
  throw new Refusal(
    `${what} with the symbol key ${String(key)}`,
    'A symbol is unique to its thread: use a string key.',
  );
}

function refuseExtra(key: string | symbol, what: string): never {
  if (typeof key === 'symbol') refuseSymbol(key, what);
  throw new Refusal(`a property added to ${what}`, 'Send the property beside it, in a plain object.', key);
}

/** An empty object may be a builtin (a Date, an Error) that was given Object.prototype: its contents would be lost. */
function checkEmpty(value: object): void {
  if (ObjectPrototype.toString.call(value) !== '[object Object]') {
    throw new Refusal('a builtin whose prototype was replaced', 'Leave the prototypes of builtins as they are.');
  }
}

/** An array of that length without elements, and without memory for them. */
export function holes(length: number): unknown[] {
  const array: unknown[] = [];
  if (length > 0) {
    // Assigning far past the end makes V8 keep the elements in a dictionary; assigning `length` would allocate them all.
    array[length - 1] = undefined;
    delete array[length - 1];
  }
  return array;
}

function isFull(value: readonly unknown[]): boolean {
  for (let index = 0; index < value.length; index++) {
    if (value[index] === undefined && !Object.hasOwn(value, index)) return false;
  }
  return true;
}

/**
 * Branded primitives: numbers and strings that can't be mixed up, at no cost at run time.
 */
import { assertOption } from './assert.ts';

declare const brand: unique symbol;

/** A primitive that only its own constructor, or a cast, makes. */
export type Brand<T extends string | number | bigint, Name extends string> = T & { readonly [brand]: Name };

/** Names one node: a worker thread, a simulated process, a machine. */
export type NodeId = Brand<string, 'NodeId'>;

/** A whole number of the driver's ticks; how long one lasts is the driver's option. */
export type Ticks = Brand<number, 'Ticks'>;

export function nodeId(name: string): NodeId {
  assertOption(typeof name === 'string' && name.length > 0, 'a node id that is a non-empty string', name);
  return name as NodeId;
}

export function ticks(count: number): Ticks {
  assertOption(Number.isSafeInteger(count) && count >= 0, 'ticks that are a whole number from 0 up', count);
  return count as Ticks;
}

/** The one order of ids, by UTF-16 code units: the same on every host and in every locale. */
export function compareIds<T extends string>(a: T, b: T): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A new array of the ids in their one order, each once: what a core walks before it emits effects. */
export function sortedIds<T extends string>(ids: Iterable<T>): T[] {
  return [...new Set(ids)].sort(compareIds);
}

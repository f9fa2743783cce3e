/**
 * The order of each list's versions, from the longest read of it.
 *
 * Every read of a list should be a prefix of every longer one. The longest is taken for the order; what is no prefix of
 * it is an anomaly, and gives no dependency but the one on the element it ends with.
 */

import type { AppendLog } from './append-log.ts';
import type { Element } from './transaction.ts';

/** A read by a transaction that committed. */
export interface ObservedRead {
  readonly transaction: number;
  readonly key: number;
  /**
   * Without the transaction's own appends at its end: these are no version before it commits, and others may commit in
   * between.
   */
  readonly value: readonly Element[];
  /** How many elements the transaction itself had appended to the key before. */
  readonly ownAppends: number;
  /** Whether it is a prefix of the key's order. */
  prefix: boolean;
  repeats: boolean;
}

export interface VersionOrder {
  readonly elements: readonly Element[];
  readonly places: ReadonlyMap<Element, number>;
  /** The read it was taken from; undefined where nobody read the key. */
  readonly longest: ObservedRead | undefined;
  readonly reads: readonly ObservedRead[];
  /** Whether all reads agree. */
  readonly total: boolean;
  /** What committed transactions appended, and no read shows: later than the whole order, among themselves unordered. */
  readonly unobserved: readonly Element[];
}

/** By key. Marks indeterminate transactions as committed where a read shows one of their appends. */
export function inferVersionOrders(log: AppendLog): VersionOrder[] {
  const readsByKey: ObservedRead[][] = log.keys.map(() => []);
  for (const read of observedReads(log)) readsByKey[read.key]!.push(read);
  const orders = readsByKey.map(orderOf);
  orders.forEach(({ reads, elements }, key) => {
    markCommitted(log, key, elements);
    for (const { value, prefix } of reads) if (!prefix) markCommitted(log, key, value);
  });
  return orders.map((order, key) => ({ ...order, unobserved: unobserved(log, order, key) }));
}

function unobserved({ keys, committed }: AppendLog, { places }: VersionOrder, key: number): Element[] {
  const elements: Element[] = [];
  for (const { transaction, element } of keys[key]!.appends.values()) {
    if (committed[transaction] === 1 && !places.has(element)) elements.push(element);
  }
  return elements;
}

function* observedReads({ transactions, keyNumbers }: AppendLog): Generator<ObservedRead> {
  for (let transaction = 0; transaction < transactions.length; transaction++) {
    const { outcome, operations } = transactions[transaction]!;
    if (outcome !== 'ok') continue;
    const own = new Map<number, Element[]>();
    for (const operation of operations) {
      const key = keyNumbers.get(operation.key)!;
      const appended = own.get(key);
      if (operation.f === 'append') {
        if (appended === undefined) own.set(key, [operation.value]);
        else appended.push(operation.value);
      } else if (operation.value !== null) {
        const value = appended === undefined ? operation.value : withoutOwn(operation.value, appended);
        yield { transaction, key, value, ownAppends: appended?.length ?? 0, prefix: true, repeats: false };
      }
    }
  }
}

/** As it is where its end is not just what the transaction appended: that is an anomaly of some kind. */
function withoutOwn(value: readonly Element[], own: readonly Element[]): readonly Element[] {
  const start = value.length - own.length;
  return own.every((element, at) => value.indexOf(element) === start + at) ? value.slice(0, start) : value;
}

function orderOf(reads: ObservedRead[]): VersionOrder {
  let longest = longestOf(reads);
  if (longest !== undefined && repeats(longest.value)) {
    for (const read of reads) read.repeats = repeats(read.value);
    longest = longestOf(reads.filter((read) => !read.repeats));
  }
  const elements = longest?.value ?? [];
  const places = new Map(elements.map((element, place) => [element, place]));
  let total = true;
  for (const read of reads) {
    read.prefix = isPrefix(read.value, elements);
    if (read.prefix) continue;
    total = false;
    read.repeats = repeats(read.value);
  }
  return { elements, places, longest, reads, total, unobserved: [] };
}

function longestOf(reads: readonly ObservedRead[]): ObservedRead | undefined {
  let longest: ObservedRead | undefined;
  for (const read of reads) if (longest === undefined || read.value.length > longest.value.length) longest = read;
  return longest;
}

function repeats(value: readonly Element[]): boolean {
  return new Set(value).size < value.length;
}

function isPrefix(value: readonly Element[], of: readonly Element[]): boolean {
  if (value === of) return true;
  if (value.length > of.length) return false;
  // From the end, where reads that differ are likelier to do so.
  for (let place = value.length - 1; place >= 0; place--) if (value[place] !== of[place]) return false;
  return true;
}

function markCommitted({ keys, transactions, committed }: AppendLog, key: number, value: readonly Element[]): void {
  for (const element of value) {
    const append = keys[key]!.appends.get(element);
    if (append !== undefined && transactions[append.transaction]!.outcome === 'info') committed[append.transaction] = 1;
  }
}

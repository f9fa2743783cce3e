/**
 * The direct serialization graph of a history: which transaction depends on which, and how (Adya 1999, §4.4).
 *
 * ww: wrote the next version. wr: read the version. rw: wrote the version after the one that was read. Beside these, the
 * order of each process and of real time, where they are asked for.
 */

import { type Digraph, DigraphBuilder } from '../graph/digraph.ts';
import type { AppendLog } from './append-log.ts';
import type { VersionOrder } from './version-order.ts';

export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;

/**
 * Every reader of a key's last version precedes every append that nobody read: a product, which is bounded here. Only a
 * store that loses what it is given comes near.
 */
const UNOBSERVED_EDGES_PER_KEY_MAX = 100_000;

export interface Dependencies {
  /** Nodes are transactions; labels are numbers of keys; places are those of the version that the target wrote. */
  readonly graph: Digraph;
  /** Whether every dependency that could be inferred is in it. */
  readonly complete: boolean;
}

export function inferDependencies(
  log: AppendLog,
  orders: readonly VersionOrder[],
  addOrder: (out: DigraphBuilder) => void,
): Dependencies {
  const out = new DigraphBuilder(log.transactions.length);
  let complete = true;
  orders.forEach((order, key) => {
    const writers = committedWriters(log, order, key);
    addWrites(writers, key, out);
    addReads(log, order, writers, key, out);
    if (order.total && !addUnobserved(log, order, writers, key, out)) complete = false;
  });
  addOrder(out);
  return { graph: out.build(), complete };
}

/** By place in the order: the transaction, or -1 where none is known to have committed. */
function committedWriters({ keys, committed }: AppendLog, { elements }: VersionOrder, key: number): Int32Array {
  const writers = new Int32Array(elements.length);
  elements.forEach((element, place) => {
    const append = keys[key]!.appends.get(element);
    writers[place] = append !== undefined && committed[append.transaction] === 1 ? append.transaction : -1;
  });
  return writers;
}

function addWrites(writers: Int32Array, key: number, out: DigraphBuilder): void {
  let before = -1;
  for (let place = 0; place < writers.length; place++) {
    const writer = writers[place]!;
    if (writer === -1) continue;
    if (before !== -1) out.add(before, writer, WW, key, place);
    before = writer;
  }
}

function addReads(log: AppendLog, order: VersionOrder, writers: Int32Array, key: number, out: DigraphBuilder): void {
  const nextCommitted = new Int32Array(writers.length + 1).fill(-1);
  for (let place = writers.length - 1; place >= 0; place--) {
    nextCommitted[place] = writers[place] === -1 ? nextCommitted[place + 1]! : place;
  }
  for (const { transaction, value, prefix } of order.reads) {
    const last = value.at(-1);
    if (last !== undefined) {
      const append = log.keys[key]!.appends.get(last);
      // What was appended in passing is no version of its own: G1b tells of who read it.
      if (append?.last && log.committed[append.transaction] === 1) {
        out.add(append.transaction, transaction, WR, key, order.places.get(last) ?? -1);
      }
    }
    if (!prefix) continue;
    const next = nextCommitted[value.length]!;
    if (next !== -1) out.add(transaction, writers[next]!, RW, key, next);
  }
}

/** Whether all of them fitted. Their places go on where the order ends. */
function addUnobserved(
  { keys }: AppendLog,
  { elements, reads, unobserved }: VersionOrder,
  writers: Int32Array,
  key: number,
  out: DigraphBuilder,
): boolean {
  if (unobserved.length === 0) return true;
  const appenders = unobserved.map((element) => keys[key]!.appends.get(element)!.transaction);
  const lastPlace = writers.findLastIndex((writer) => writer !== -1);
  if (lastPlace !== -1) {
    appenders.forEach((appender, at) => {
      out.add(writers[lastPlace]!, appender, WW, key, elements.length + at);
    });
  }
  // A read that ends before the last committed version precedes the next one, and with it all that follow.
  const readers = reads.filter(({ value }) => value.length > lastPlace);
  let room = UNOBSERVED_EDGES_PER_KEY_MAX;
  for (const { transaction } of readers) {
    for (let at = 0; at < appenders.length; at++) {
      if (room-- === 0) return false;
      out.add(transaction, appenders[at]!, RW, key, elements.length + at);
    }
  }
  return true;
}

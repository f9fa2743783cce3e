/**
 * Anomalies that single reads and keys show, without any cycle: aborted and intermediate reads, lost updates, and what no
 * list of appends can look like.
 */

import type { Anomaly } from './anomaly.ts';
import { type AppendLog, type AppendRecord, transactionName } from './append-log.ts';
import { atom, list } from './explain.ts';
import type { AnomalyName } from './isolation-level.ts';
import type { Element, Key } from './transaction.ts';
import type { ObservedRead, VersionOrder } from './version-order.ts';

/** Of many transactions that did the same, so many are named in words. */
const NAMES_TOLD = 8;

export function* findObservedAnomalies(log: AppendLog, orders: readonly VersionOrder[]): Generator<Anomaly> {
  for (let key = 0; key < orders.length; key++) {
    const order = orders[key]!;
    yield* disagreements(log, order, key);
    yield* reorderedAppends(log, order, key);
    yield* strangeElements(log, order, key);
    yield* dirtyUpdates(log, order, key);
    yield* intermediateReads(log, order, key);
    yield* lostUpdates(log, order, key);
  }
  yield* internalInconsistencies(log);
}

function* disagreements({ keys }: AppendLog, { reads, elements, longest }: VersionOrder, key: number) {
  const name = keys[key]!.key;
  for (const { transaction, value, prefix, repeats } of reads) {
    const reader = transactionName(transaction);
    if (repeats) {
      const twice = value.find((element, place) => value.indexOf(element) !== place)!;
      const explanation = `${reader} read ${atom(name)} as ${list(value)}, with ${atom(twice)} more than once`;
      yield anomaly('duplicate-elements', name, [transaction], explanation);
    } else if (!prefix) {
      const other = longest!.transaction;
      const explanation = `${reader} read ${atom(name)} as ${list(value)}, which is no prefix of ${list(elements)}, read by ${transactionName(other)}`;
      yield anomaly('incompatible-order', name, [transaction, other], explanation);
    }
  }
}

/** Appends of one transaction that took effect in another order than it made them; what nobody read came last. */
function* reorderedAppends({ keys, committed }: AppendLog, { places, longest, elements }: VersionOrder, key: number) {
  const { key: name, appends } = keys[key]!;
  let before: AppendRecord | undefined;
  let placeBefore = -1;
  // A transaction's appends to a key stand one after another here, as it made them.
  for (const append of appends.values()) {
    if (committed[append.transaction] === 0) continue;
    const place = places.get(append.element) ?? Number.POSITIVE_INFINITY;
    if (before?.transaction === append.transaction && place < placeBefore) {
      const explanation = `${transactionName(append.transaction)} appended ${atom(before.element)} to ${atom(name)} before ${atom(append.element)}, but ${transactionName(longest!.transaction)} read ${list(elements)}`;
      yield anomaly('incompatible-order', name, [append.transaction, longest!.transaction], explanation);
    }
    before = append;
    placeBefore = place;
  }
}

/** G1a, and elements that nobody appended: once for each element, with its first reader. */
function* strangeElements(log: AppendLog, order: VersionOrder, key: number) {
  const { key: name, appends } = log.keys[key]!;
  const told = new Set<Element>();
  const strange = (element: Element) => {
    const append = appends.get(element);
    return append === undefined || log.transactions[append.transaction]!.outcome === 'fail';
  };
  const firstStrange = order.elements.findIndex(strange);
  for (const { transaction, value, prefix } of order.reads) {
    // Prefixes of the order are strange only where the order is: no second look at each of their elements.
    if (prefix && (firstStrange === -1 || value.length <= firstStrange)) continue;
    for (const element of value) {
      if (told.has(element) || !strange(element)) continue;
      told.add(element);
      const append = appends.get(element);
      const seen = `${transactionName(transaction)} read ${atom(name)} as ${list(value)}`;
      if (append === undefined) {
        const explanation = `${seen}, but nobody appended ${atom(element)}`;
        yield anomaly('unwritten-read', name, [transaction], explanation);
      } else {
        const explanation = `${seen}, but ${transactionName(append.transaction)}, which appended ${atom(element)}, aborted`;
        yield anomaly('G1a', name, [append.transaction, transaction], explanation);
      }
    }
  }
}

/** A committed version that builds on an aborted one. */
function* dirtyUpdates({ keys, transactions, committed }: AppendLog, { elements }: VersionOrder, key: number) {
  const { key: name, appends } = keys[key]!;
  let aborted: Element | undefined;
  for (const element of elements) {
    const writer = appends.get(element)?.transaction;
    if (writer === undefined) continue;
    if (transactions[writer]!.outcome === 'fail') aborted = element;
    else if (aborted !== undefined && committed[writer] === 1) {
      const dirty = appends.get(aborted)!.transaction;
      const explanation = `${transactionName(writer)} appended ${atom(element)} to ${atom(name)} after the ${atom(aborted)} of ${transactionName(dirty)}, which aborted`;
      yield anomaly('dirty-update', name, [dirty, writer], explanation);
      aborted = undefined;
    }
  }
}

function* intermediateReads({ keys, transactions }: AppendLog, { reads }: VersionOrder, key: number) {
  const { key: name, appends } = keys[key]!;
  const told = new Set<Element>();
  for (const { transaction, value } of reads) {
    const last = value.at(-1);
    if (last === undefined || told.has(last)) continue;
    const append = appends.get(last);
    if (append === undefined || append.last || append.transaction === transaction) continue;
    if (transactions[append.transaction]!.outcome === 'fail') continue;
    told.add(last);
    const explanation = `${transactionName(transaction)} read ${atom(name)} as ${list(value)}, but ${transactionName(append.transaction)} appended ${atom(last)} in passing, and more after it`;
    yield anomaly('G1b', name, [append.transaction, transaction], explanation);
  }
}

/** Several transactions read the same version of a list, and then appended to it. */
function* lostUpdates(log: AppendLog, { reads }: VersionOrder, key: number) {
  const { key: name } = log.keys[key]!;
  const updaters = new Map<Element | undefined, Map<number, ObservedRead>>();
  for (const read of reads) {
    if (read.ownAppends > 0) continue;
    const version = read.value.at(-1);
    const known = updaters.get(version);
    if (known === undefined) updaters.set(version, new Map([[read.transaction, read]]));
    else known.set(read.transaction, read);
  }
  for (const readers of updaters.values()) {
    if (readers.size < 2) continue;
    const writers = [...readers.values()].filter(({ transaction }) => appendsTo(log, transaction, name));
    if (writers.length < 2) continue;
    const names = writers.slice(0, NAMES_TOLD).map(({ transaction }) => transactionName(transaction));
    if (writers.length > NAMES_TOLD) names.push(`and ${writers.length - NAMES_TOLD} more`);
    const explanation = `${names.join(', ')} each read ${atom(name)} as ${list(writers[0]!.value)} and appended to it: all but one overlooked another's`;
    yield anomaly(
      'lost-update',
      name,
      writers.map(({ transaction }) => transaction),
      explanation,
    );
  }
}

function appendsTo({ transactions }: AppendLog, transaction: number, key: Key): boolean {
  return transactions[transaction]!.operations.some((operation) => operation.f === 'append' && operation.key === key);
}

/** A transaction that does not see its own appends, or not in their order. */
function* internalInconsistencies({ transactions }: AppendLog): Generator<Anomaly> {
  for (let position = 0; position < transactions.length; position++) {
    const { outcome, operations } = transactions[position]!;
    if (outcome !== 'ok') continue;
    const own = new Map<Key, Element[]>();
    for (const { f, key, value } of operations) {
      const appended = own.get(key);
      if (f === 'append') {
        if (appended === undefined) own.set(key, [value]);
        else appended.push(value);
      } else if (appended !== undefined && value !== null && !isSubsequence(appended, value)) {
        const explanation = `${transactionName(position)} appended ${appended.map(atom).join(', ')} to ${atom(key)}, and then read it as ${list(value)}`;
        yield anomaly('internal', key, [position], explanation);
      }
    }
  }
}

function isSubsequence(part: readonly Element[], whole: readonly Element[]): boolean {
  let next = 0;
  for (const element of whole) if (next < part.length && element === part[next]) next++;
  return next === part.length;
}

function anomaly(name: AnomalyName, key: Key, transactions: readonly number[], explanation: string): Anomaly {
  return { name, transactions, explanation, key };
}

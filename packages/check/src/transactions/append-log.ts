/**
 * A history of transactions, checked for its form, with every key numbered and every append found by its element.
 *
 * What others read is the writer's business too: an indeterminate transaction whose append somebody read has committed.
 */

import { TroupeError } from '@troupe/protocol';
import type { Element, Key, MicroOperation, Transaction } from './transaction.ts';

/** One append: by which transaction, and whether that transaction appended to the key again. */
export interface AppendRecord {
  readonly transaction: number;
  readonly element: Element;
  last: boolean;
}

export interface ListKey {
  readonly key: Key;
  readonly appends: Map<Element, AppendRecord>;
}

export interface AppendLog {
  readonly transactions: readonly Transaction[];
  readonly keys: readonly ListKey[];
  readonly keyNumbers: ReadonlyMap<Key, number>;
  /** By transaction: 1 where it is known to have committed. */
  readonly committed: Uint8Array;
}

/** @throws TROUPE_TRANSACTION_MALFORMED, TROUPE_APPENDS_NOT_DISTINCT */
export function readAppendLog(transactions: readonly Transaction[]): AppendLog {
  const keys: ListKey[] = [];
  const keyNumbers = new Map<Key, number>();
  const committed = new Uint8Array(transactions.length);
  for (let position = 0; position < transactions.length; position++) {
    const transaction = transactions[position]!;
    refuseMalformed(transaction, position);
    if (transaction.outcome === 'ok') committed[position] = 1;
    const latest = new Map<number, AppendRecord>();
    for (const operation of transaction.operations) {
      let number = keyNumbers.get(operation.key);
      if (number === undefined) {
        number = keys.length;
        keyNumbers.set(operation.key, number);
        keys.push({ key: operation.key, appends: new Map() });
      }
      if (operation.f !== 'append') continue;
      const before = latest.get(number);
      if (before !== undefined) before.last = false;
      latest.set(number, addAppend(keys[number]!, operation.value, position));
    }
  }
  return { transactions, keys, keyNumbers, committed };
}

function addAppend({ key, appends }: ListKey, element: Element, transaction: number): AppendRecord {
  const earlier = appends.get(element);
  if (earlier !== undefined) {
    throw new TroupeError(
      'TROUPE_APPENDS_NOT_DISTINCT',
      `Expected each element to be appended to a key once, got ${JSON.stringify(element)} appended to ${JSON.stringify(key)} by ` +
        `${transactionName(earlier.transaction)} and ${transactionName(transaction)}: let the workload count its elements up`,
      { data: { key, element, positions: [earlier.transaction, transaction] } },
    );
  }
  const record = { transaction, element, last: true };
  appends.set(element, record);
  return record;
}

/** How transactions are called in explanations: by their place in the history, from 1. */
export function transactionName(position: number): string {
  return `T${position + 1}`;
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['ok', 'fail', 'info']);

function refuseMalformed(transaction: Transaction, position: number): void {
  const complain = (expected: string, got: unknown) => {
    throw new TroupeError(
      'TROUPE_TRANSACTION_MALFORMED',
      `Expected ${expected} in ${transactionName(position)}, got ${shown(got)}`,
      { data: { position } },
    );
  };
  if (typeof transaction !== 'object' || transaction === null) return complain('a transaction', transaction);
  if (!OUTCOMES.has(transaction.outcome)) return complain("an outcome 'ok', 'fail' or 'info'", transaction.outcome);
  if (!isAtom(transaction.process)) return complain('a process (a string or a number)', transaction.process);
  if (!Array.isArray(transaction.operations)) return complain('a list of operations', transaction.operations);
  for (const operation of transaction.operations as readonly MicroOperation[]) {
    if (operation?.f !== 'append' && operation?.f !== 'read')
      return complain("an operation 'append' or 'read'", operation);
    if (!isAtom(operation.key)) return complain('a key (a string or a number)', operation.key);
    if (operation.f === 'append') {
      if (!isAtom(operation.value)) return complain('an element (a string or a number)', operation.value);
    } else if (operation.value !== null && !(Array.isArray(operation.value) && operation.value.every(isAtom))) {
      return complain('a read of a list of elements, or of null', operation.value);
    }
  }
}

/** Not NaN: it equals nothing, so no read of it would be found. */
function isAtom(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value));
}

/** A value that was not expected, in an error. */
export function shown(value: unknown): string {
  const text = (typeof value === 'object' ? JSON.stringify(value) : undefined) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

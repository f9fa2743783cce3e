/** Transactions in short: `ok('a x 1', 'r x 1 2', 'r y ?')` appends 1 to x, reads x as [1 2], and y without an answer. */

import type { Outcome } from '../history/history.ts';
import type { MicroOperation, Transaction } from './transaction.ts';

let processes = 0;

export const ok = (...operations: string[]): Transaction => transaction('ok', operations);
export const fail = (...operations: string[]): Transaction => transaction('fail', operations);
export const info = (...operations: string[]): Transaction => transaction('info', operations);

/** Each of a process of its own, where `by` does not say otherwise. */
function transaction(outcome: Outcome, operations: readonly string[]): Transaction {
  return { process: `p${processes++}`, outcome, operations: operations.map(parse) };
}

export function by(process: number, { outcome, operations }: Transaction): Transaction {
  return { process, outcome, operations };
}

export function during(invokedAt: number, returnedAt: number, transaction: Transaction): Transaction {
  return { ...transaction, invokedAt, returnedAt };
}

function parse(text: string): MicroOperation {
  const [f, key, ...values] = text.split(' ');
  if (f === 'a') return { f: 'append', key: key!, value: Number(values[0]) };
  return { f: 'read', key: key!, value: values[0] === '?' ? null : values.map(Number) };
}

/**
 * Transactions of a recorded history, in the form that Jepsen's logs have them: each operation is a list of triples,
 * `["append", key, element]` or `["r", key, list]`, in its invocation without the lists, in its return with them.
 */

import { TroupeError } from '@troupe/protocol';
import type { Call, History, Operation } from '../history/history.ts';
import { shown, transactionName } from './append-log.ts';
import type { MicroOperation, Transaction } from './transaction.ts';

/** @throws TROUPE_TRANSACTION_MALFORMED */
export function transactionsOf(history: History<Call>): Transaction[] {
  return history.operations.map((operation, position) => {
    const { process, outcome, invoked, completed } = operation;
    const operations = triplesOf(operation, position).map((triple) => microOperation(triple, position));
    const returned = completed === undefined || outcome !== 'ok' ? {} : { returnedAt: completed };
    return { process, outcome, operations, invokedAt: invoked, ...returned };
  });
}

function triplesOf({ input, output, outcome }: Operation<Call>, position: number): readonly unknown[] {
  // One that is known to have committed, but not with what: its appends are in its invocation.
  const isTold = outcome === 'ok' && output !== undefined;
  const triples = isTold ? output : input?.value;
  if (Array.isArray(triples)) return triples;
  throw malformed(`a list of [f, key, value] in its ${isTold ? 'return' : 'invocation'}`, triples, position);
}

function microOperation(triple: unknown, position: number): MicroOperation {
  const [f, key, value] = Array.isArray(triple) ? triple : [];
  // What these hold is looked at by the checker, which doesn't trust anyone else either.
  if (f === 'append') return { f, key, value };
  if (f === 'r' || f === 'read') return { f: 'read', key, value: value ?? null };
  throw malformed('["append", key, element] or ["r", key, list]', triple, position);
}

function malformed(expected: string, got: unknown, position: number): TroupeError {
  const name = transactionName(position);
  const message = `Expected of ${name} ${expected}, got ${shown(got)}: record transactions as such triples`;
  return new TroupeError('TROUPE_TRANSACTION_MALFORMED', message, { data: { position } });
}

/** The orders that need no data: that of each process, and that of real time. */

import { TroupeError } from '@troupe/protocol';
import type { DigraphBuilder } from '../graph/digraph.ts';
import { type AppendLog, transactionName } from './append-log.ts';
import { PROCESS, REALTIME } from './dependencies.ts';
import type { Key, Transaction } from './transaction.ts';

/** An indeterminate transaction may take effect after its process went on: nothing follows it. */
export function addProcessOrder({ transactions, committed }: AppendLog, out: DigraphBuilder): void {
  const before = new Map<Key, number>();
  for (let position = 0; position < transactions.length; position++) {
    if (committed[position] === 0) continue;
    const { process, outcome } = transactions[position]!;
    const previous = before.get(process);
    if (previous !== undefined) out.add(previous, position, PROCESS);
    if (outcome === 'ok') before.set(process, position);
  }
}

/**
 * Its transitive reduction: who returned before the invocation, but not before the invocation of another who had returned
 * by then. At most as many edges for each transaction as there are concurrent processes.
 *
 * @throws TROUPE_TRANSACTION_MALFORMED where the places of events are missing, or not those of one sequence
 */
export function addRealTimeOrder({ transactions, committed }: AppendLog, out: DigraphBuilder): void {
  const events: { readonly at: number; readonly position: number; readonly returns: boolean }[] = [];
  transactions.forEach((transaction, position) => {
    if (committed[position] === 0) return;
    const { invokedAt, returnedAt } = placesOf(transaction, position);
    events.push({ at: invokedAt, position, returns: false });
    if (transaction.outcome === 'ok') events.push({ at: returnedAt, position, returns: true });
  });
  // Where two events share a place, whoever invoked may have come first: that claims less.
  events.sort((a, b) => a.at - b.at || Number(a.returns) - Number(b.returns));
  let frontier: number[] = [];
  for (const { position, returns } of events) {
    if (returns) {
      const { invokedAt } = transactions[position]!;
      frontier = frontier.filter((earlier) => transactions[earlier]!.returnedAt! >= invokedAt!);
      frontier.push(position);
    } else for (const earlier of frontier) out.add(earlier, position, REALTIME);
  }
}

function placesOf({ invokedAt, returnedAt, outcome }: Transaction, position: number) {
  if (isPlace(invokedAt) && (outcome !== 'ok' || (isPlace(returnedAt) && returnedAt > invokedAt))) {
    return { invokedAt, returnedAt: returnedAt ?? Number.POSITIVE_INFINITY };
  }
  throw new TroupeError(
    'TROUPE_TRANSACTION_MALFORMED',
    `Expected the places of invocation and return, in this order, of ${transactionName(position)}, ` +
      `got ${invokedAt} and ${returnedAt}: record them, or ask for a level without real time`,
    { data: { position } },
  );
}

function isPlace(place: number | undefined): place is number {
  return place !== undefined && Number.isFinite(place);
}

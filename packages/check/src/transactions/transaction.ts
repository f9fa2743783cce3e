/**
 * Transactions over named lists, as their clients saw them.
 *
 * The only writes are appends, and each element is appended to a key at most once. So a read of a list shows the whole
 * order of versions that led to it, which is what makes dependencies inferable (Kingsbury & Alvaro, VLDB 2020, §3).
 */

import type { Outcome, Process } from '../history/history.ts';

export type Key = string | number;

export type Element = string | number;

export interface Append {
  readonly f: 'append';
  readonly key: Key;
  readonly value: Element;
}

export interface Read {
  readonly f: 'read';
  readonly key: Key;
  /** The whole list; null where the client never learned it. */
  readonly value: readonly Element[] | null;
}

export type MicroOperation = Append | Read;

export interface Transaction {
  /** Who issued it; a process issues one transaction after another, in the order of the history. */
  readonly process: Process;
  /** `ok`: committed; `fail`: aborted; `info`: nobody knows. */
  readonly outcome: Outcome;
  readonly operations: readonly MicroOperation[];
  /** Places of its invocation and its return in one sequence of all events: indices, never clocks. Needed for real-time order. */
  readonly invokedAt?: number;
  readonly returnedAt?: number;
}

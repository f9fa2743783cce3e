/** What was found wrong in a history, in words and in data. */

import type { AnomalyName } from './isolation-level.ts';
import type { Key } from './transaction.ts';

export type DependencyKind = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

/** One transaction must come before another. Transactions are told by their place in the history, from 0. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: DependencyKind;
  /** A sentence: T1 is the first transaction of the history. */
  readonly because: string;
}

export interface Anomaly {
  readonly name: AnomalyName;
  /** Those that take part, by their place in the history, from 0. */
  readonly transactions: readonly number[];
  readonly explanation: string;
  /** Where it is one of a single key. */
  readonly key?: Key;
  /** Of a cycle: each step begins where the one before ended, and the first where the last ended. */
  readonly cycle?: readonly Step[];
}

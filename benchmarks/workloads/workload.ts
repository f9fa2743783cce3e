/** One row group of a table: what is done, how often, and which figures come of it. */
export interface Workload {
  readonly name: string;
  readonly about: string;
  /** The figures a run gives; the first is the workload's own. */
  readonly results: readonly Result[];
  /** The most operations a sample has. */
  readonly count: number;
  /** Every subject does exactly `count`, without runs before it: for sizes and for starts, where the first time is the one that matters. */
  readonly fixed?: boolean;
  /** A sample is one draw of what differs from time to time: more of them are taken, for its distribution. */
  readonly isDraw?: boolean;
  /** The subject that shows how fast it could be. */
  readonly limit?: string;
}

export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

export type SuiteName =
  | 'local'
  | 'spawn'
  | 'threads'
  | 'codec'
  | 'sim'
  | 'check'
  | 'clocks'
  | 'snapshot'
  | 'storage'
  | 'raft';

export function rate(name: string, unit: string): Result {
  return { name, unit, better: 'higher' };
}

export function cost(name: string, unit: string): Result {
  return { name, unit, better: 'lower' };
}

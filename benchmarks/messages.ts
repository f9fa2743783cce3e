/**
 * The two messages that every subject carries: a small one, and a realistic one
 * (Raft's AppendEntries with two entries, the shape that most traffic between nodes has).
 * A fresh object each time, as a program would make it, with a constant key order.
 */
export interface Small {
  readonly type: 'inc';
  readonly id: number;
  readonly n: number;
}

export interface Realistic {
  readonly type: 'append';
  readonly term: number;
  readonly leaderId: string;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly leaderCommit: number;
  readonly entries: readonly { readonly term: number; readonly index: number; readonly command: string }[];
}

export type Message = Small | Realistic;

export function small(n: number): Small {
  return { type: 'inc', id: 7, n };
}

export function realistic(index: number): Realistic {
  return {
    type: 'append',
    term: 7,
    leaderId: 'node-1',
    prevLogIndex: index,
    prevLogTerm: 6,
    leaderCommit: index - 3,
    entries: [
      { term: 7, index: index + 1, command: 'set x 1' },
      { term: 7, index: index + 2, command: 'set y 2' },
    ],
  };
}

import { nodeId, type Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { fold } from './durable.ts';
import type { Entry, LogIndex, Term } from './entry.ts';
import { configurationOf } from './membership.ts';
import type { RaftDurable, RaftRecord } from './records.ts';

const bootstrap = configurationOf([nodeId('n1')]);
const noOps = (...terms: number[]): Entry[] =>
  terms.map((term) => ({ kind: 'no-op', term: term as Term, time: 0 as Ticks, bytes: 64, data: null }));
const append = (index: number, previousTerm: number, ...terms: number[]): RaftRecord => ({
  kind: 'append',
  index: index as LogIndex,
  previousTerm: previousTerm as Term,
  entries: noOps(...terms),
});
const snapshot = (index: number, term: number): RaftRecord => ({
  kind: 'log-snapshot',
  snapshot: {
    lastIncludedIndex: index as LogIndex,
    lastIncludedTerm: term as Term,
    time: 0 as Ticks,
    configuration: bootstrap,
    data: new Uint8Array([1]),
  },
});

function folded(...records: RaftRecord[]): { base: number; terms: number[] } {
  const identity: RaftRecord = { kind: 'identity', cluster: 'c', self: nodeId('n1'), bootstrap };
  const { snapshot: base, entries } = [identity, ...records].reduce<RaftDurable | undefined>(
    fold,
    undefined,
  ) as RaftDurable;
  return { base: base?.lastIncludedIndex ?? 0, terms: entries.map(({ term }) => term) };
}

describe('what is durable', () => {
  it('takes entries that are written anew, where a log snapshot survived whose write was said to have failed (seed 471)', () => {
    // The append of 2 to 4 was lost, the log snapshot of 3 was not, and neither was acknowledged.
    expect(folded(append(1, 0, 1), snapshot(3, 2), append(2, 1, 2, 2, 2))).toEqual({ base: 3, terms: [2] });
    expect(folded(append(1, 0, 1), snapshot(3, 2), append(2, 1, 2), append(3, 2, 2, 2))).toEqual({
      base: 3,
      terms: [2],
    });
    expect(folded(append(1, 0, 1), snapshot(3, 2), append(2, 1, 2), append(3, 2, 2), append(4, 2, 2, 3))).toEqual({
      base: 3,
      terms: [2, 3],
    });
  });

  it('takes nothing that does not go on from what is there', () => {
    expect(folded(append(1, 0, 1), append(3, 1, 1))).toEqual({ base: 0, terms: [1] });
    expect(folded(append(1, 0, 1), append(2, 2, 2))).toEqual({ base: 0, terms: [1] });
    expect(folded(snapshot(3, 2), append(2, 1, 1, 1, 1))).toEqual({ base: 3, terms: [] });
  });

  it('keeps what follows a log snapshot that matches, and nothing where it does not', () => {
    expect(folded(append(1, 0, 1, 1, 2), snapshot(2, 1))).toEqual({ base: 2, terms: [2] });
    expect(folded(append(1, 0, 1, 1, 2), snapshot(2, 2))).toEqual({ base: 2, terms: [] });
    expect(folded(append(1, 0, 1, 1, 2), snapshot(2, 1), snapshot(1, 1))).toEqual({ base: 2, terms: [2] });
  });
});

import { clonePlain, isTroupeError, nodeId, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, stateFrom } from './durable.ts';
import type { Entry, LogIndex, LogSnapshot, Term } from './entry.ts';
import { lastIndexOf, lastTermOf } from './log.ts';
import { configurationOf } from './membership.ts';
import type { RaftDurable, RaftRecord } from './records.ts';

const [n1, n2] = [nodeId('n1'), nodeId('n2')];
const bootstrap = configurationOf([n1, n2]);
const identity: RaftRecord = { kind: 'identity', cluster: 'c', self: n1, bootstrap };
const options = { self: n1, nodes: [n1, n2], cluster: 'c' };

const entry = (term: number): Entry => ({
  kind: 'command',
  term: term as Term,
  time: 0 as Ticks,
  bytes: 1,
  data: `of ${term}`,
});
const append = (index: number, previousTerm: number, terms: readonly number[]): RaftRecord => ({
  kind: 'append',
  index: index as LogIndex,
  previousTerm: previousTerm as Term,
  entries: terms.map(entry),
});
const snapshotAt = (index: number, term: number): LogSnapshot => ({
  lastIncludedIndex: index as LogIndex,
  lastIncludedTerm: term as Term,
  time: 0 as Ticks,
  configuration: bootstrap,
  data: new Uint8Array([1]),
});

function foldAll(records: readonly RaftRecord[]): RaftDurable {
  let durable: RaftDurable | undefined;
  for (const record of records) durable = fold(durable, clonePlain(record));
  return durable as RaftDurable;
}

const terms = ({ entries }: RaftDurable) => entries.map(({ term }) => term);

describe('what is durable', () => {
  it('is the last term and vote, and the log with what was replaced in it', () => {
    const durable = foldAll([
      identity,
      { kind: 'hard-state', term: 1 as Term, vote: n2 },
      append(1, 0, [1, 1, 1]),
      { kind: 'hard-state', term: 2 as Term, vote: null },
      append(2, 1, [2]),
    ]);
    expect([durable.term, durable.vote, terms(durable)]).toEqual([2, null, [1, 2]]);
  });

  it('leaves out what builds on a write that has not survived', () => {
    const whole = [identity, append(1, 0, [1, 1]), append(3, 1, [1]), append(3, 1, [2]), append(4, 2, [2, 2])];
    // The third of them is lost: the entries that follow it must not follow what it has replaced.
    expect(terms(foldAll(whole.filter((_record, place) => place !== 3)))).toEqual([1, 1, 1]);
    expect(terms(foldAll(whole.filter((_record, place) => place !== 1)))).toEqual([]);
    expect(terms(foldAll(whole))).toEqual([1, 1, 2, 2, 2]);
  });

  it('has in any survivors of a row of writes a log that there was at some time', () => {
    const step = fc.record({ keep: fc.nat(6), count: fc.integer({ min: 1, max: 3 }), rises: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.infiniteStream(fc.boolean()), (steps, survives) => {
        const records: RaftRecord[] = [identity];
        const seen = new Set(['[]']);
        let log: number[] = [];
        let term = 1;
        for (const { keep, count, rises } of steps) {
          // A term has one leader, and that only appends.
          const kept = rises ? Math.min(keep, log.length) : log.length;
          if (rises) term++;
          records.push(append(kept + 1, log[kept - 1] ?? 0, Array(count).fill(term)));
          log = log.slice(0, kept);
          for (let i = 0; i < count; i++) seen.add(JSON.stringify((log = [...log, term])));
        }
        const survivors = records.filter((_record, place) => place === 0 || survives.next().value);
        expect(seen.has(JSON.stringify(terms(foldAll(survivors))))).toBe(true);
      }),
    );
  });

  it('has a log snapshot in the place of the entries up to it, and never goes back to an earlier one', () => {
    const log = [identity, append(1, 0, [1, 1, 2, 2])];
    const kept = foldAll([...log, { kind: 'log-snapshot', snapshot: snapshotAt(3, 2) }]);
    expect([kept.snapshot?.lastIncludedIndex, terms(kept)]).toEqual([3, [2]]);
    const replaced = foldAll([...log, { kind: 'log-snapshot', snapshot: snapshotAt(3, 5) }]);
    expect([replaced.snapshot?.lastIncludedTerm, terms(replaced)]).toEqual([5, []]);
    const ahead = foldAll([...log, { kind: 'log-snapshot', snapshot: snapshotAt(9, 5) }, append(10, 5, [5])]);
    expect([ahead.snapshot?.lastIncludedIndex, terms(ahead)]).toEqual([9, [5]]);
    const back = fold(ahead, { kind: 'log-snapshot', snapshot: snapshotAt(3, 2) });
    expect(back.snapshot?.lastIncludedIndex).toBe(9);
  });

  it('is what a member begins from, and is committed up to its log snapshot alone', () => {
    const durable = foldAll([
      identity,
      { kind: 'hard-state', term: 7 as Term, vote: n2 },
      append(1, 0, [1, 1, 2, 2]),
      { kind: 'log-snapshot', snapshot: snapshotAt(3, 2) },
    ]);
    const { durable: state, volatile } = stateFrom(options, durable);
    expect([state.term, state.vote, lastIndexOf(state.log), lastTermOf(state.log)]).toEqual([7, n2, 4, 2]);
    expect([volatile.role, volatile.commitIndex, volatile.disk.durableIndex]).toEqual(['follower', 3, 4]);
  });

  it('has voted for nobody in a term that it knows from its log alone', () => {
    const durable = foldAll([identity, { kind: 'hard-state', term: 1 as Term, vote: n2 }, append(1, 0, [3])]);
    const { durable: state } = stateFrom(options, durable);
    expect([state.term, state.vote]).toEqual([3, null]);
  });

  it('waits to be added where it is not among the first voters', () => {
    const { bootstrap: begun, volatile } = stateFrom({ ...options, nodes: [n2] }, undefined);
    expect([begun.voters, volatile.role]).toEqual([[], 'learner']);
  });

  it('is refused where it belongs to another member or cluster', () => {
    for (const foreign of [
      { ...options, cluster: 'other' },
      { ...options, self: n2 },
    ]) {
      let refused: unknown;
      try {
        stateFrom(foreign, foldAll([identity]));
      } catch (error) {
        refused = error;
      }
      expect(isTroupeError(refused, 'TROUPE_RAFT_FOREIGN_STORE')).toBe(true);
    }
  });
});

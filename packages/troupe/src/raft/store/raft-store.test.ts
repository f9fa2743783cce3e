import { nodeId, type Ticks, ticks } from '@troupe/protocol';
import {
  configurationOf,
  type Entry,
  type LogIndex,
  plainToBytes,
  type RaftDurable,
  type RaftRecord,
  raft,
  type Term,
} from '@troupe/raft';
import { MemoryDisk } from '@troupe/storage';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RaftStore, STORE_NAME } from './raft-store.ts';

const OWNER = { owner: 'c/a' };
const self = nodeId('a');
const configuration = configurationOf([self]);
const identity: RaftRecord = { kind: 'identity', cluster: 'c', self, bootstrap: configuration };

function emptyStore() {
  const disk = new MemoryDisk();
  const volume = disk.open('v', { ...OWNER, create: true });
  const store = volume.open(STORE_NAME, { create: true });
  return { store, reopened: () => new RaftStore(disk.open('v', OWNER).open(STORE_NAME)) };
}

const entry = (term: number, data: unknown): Entry =>
  ({ kind: 'command', term: term as Term, time: ticks(term), bytes: 8, data }) as Entry;

const act = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    /** Also below a log snapshot, whose write was said to have failed. */
    back: fc.nat({ max: 8 }),
    isStale: fc.boolean(),
    terms: fc.array(fc.nat({ max: 1 }), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant('snapshot' as const),
    at: fc.integer({ min: -2, max: 6 }),
    isOther: fc.boolean(),
    size: fc.nat({ max: 50 }),
  }),
  fc.record({ kind: fc.constant('hard-state' as const), term: fc.nat({ max: 9 }) }),
);

/** What a core might write next, given what is there: most of it fits, some builds on a write that failed. */
function recordOf(each: typeof act extends fc.Arbitrary<infer A> ? A : never, durable: RaftDurable): RaftRecord {
  const { snapshot, entries } = durable;
  const base = snapshot?.lastIncludedIndex ?? 0;
  const termAt = (index: number): number =>
    (index === base ? snapshot?.lastIncludedTerm : entries[index - base - 1]?.term) ?? 0;
  if (each.kind === 'hard-state') return { kind: 'hard-state', term: each.term as Term, vote: self };
  if (each.kind === 'append') {
    const index = Math.max(1, base + entries.length + 1 - each.back);
    let term = termAt(index - 1);
    const previousTerm = (each.isStale ? term + 1 : term) as Term;
    return {
      kind: 'append',
      index: index as LogIndex,
      previousTerm,
      entries: each.terms.map((more, i) => entry((term += more), [index + i, new Uint8Array([i])])),
    };
  }
  const index = Math.max(1, base + each.at);
  const lastIncludedTerm = (termAt(index) + (each.isOther ? 1 : 0)) as Term;
  return {
    kind: 'log-snapshot',
    snapshot: {
      lastIncludedIndex: index as LogIndex,
      lastIncludedTerm,
      time: index as Ticks,
      configuration,
      data: new Uint8Array(each.size).fill(index),
    },
  };
}

describe('the store of a member', () => {
  it('holds what the fold of its records is, however often it is opened anew', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(act, fc.boolean()), { maxLength: 30 }), (acts) => {
        const { store, reopened } = emptyStore();
        let records = new RaftStore(store);
        records.write(identity);
        let durable = raft.fold?.(undefined, identity) as RaftDurable;
        for (const [each, isReopened] of acts) {
          const record = recordOf(each, durable);
          records.write(record);
          durable = raft.fold?.(durable, record) as RaftDurable;
          if (!isReopened) continue;
          records = reopened();
          expect(records.load()).toEqual(durable);
        }
        expect(records.load()).toEqual(durable);
      }),
    );
  });

  it('says so where nobody wrote to it as a member, or a record is no longer what it was', () => {
    const { store } = emptyStore();
    expect(() => new RaftStore(store).load()).toThrow(expect.objectContaining({ code: 'TROUPE_RAFT_STORE_DAMAGED' }));
    new RaftStore(store).write(identity);
    store.write({ values: { 'hard-state': plainToBytes({}).slice(0, 1) } });
    expect(() => new RaftStore(store).load()).toThrow(expect.objectContaining({ code: 'TROUPE_RAFT_STORE_DAMAGED' }));
  });
});

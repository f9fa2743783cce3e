/** What a member finds on its disk: the fold of its records, and the state that it begins from. */
import { assertDefined, type NodeId, TroupeError } from '@troupe/protocol';
import { createConfigurations } from './configurations.ts';
import { createDisk } from './disk.ts';
import type { Entry, LogIndex, LogSnapshot, Term } from './entry.ts';
import { createLog, EMPTY_BASE, type LogBase, lastIndexOf, lastTermOf } from './log.ts';
import { isBlank, isVoter } from './members.ts';
import type { RaftOptions } from './options.ts';
import type { RaftDurable, RaftRecord } from './records.ts';
import { bootstrapOf, settingsOf } from './settings.ts';
import type { RaftState } from './state.ts';

/**
 * Adds a record to what is durable. One that builds on a write which did not survive is of no effect: so the fold of whatever
 * survived is a log that some leader had.
 */
export function fold(known: RaftDurable | undefined, record: RaftRecord): RaftDurable {
  if (record.kind === 'identity') {
    const { cluster, self, bootstrap } = record;
    return known ?? { cluster, self, bootstrap, term: 0 as Term, vote: null, snapshot: null, entries: [] };
  }
  const durable = assertDefined(known, 'the identity of the store as its first record');
  switch (record.kind) {
    case 'hard-state':
      durable.term = record.term;
      durable.vote = record.vote;
      break;
    case 'append':
      foldEntries(durable, record.index, record.previousTerm, record.entries);
      break;
    case 'log-snapshot':
      foldSnapshot(durable, record.snapshot);
      break;
  }
  return durable;
}

/**
 * @throws TROUPE_CORE_OPTIONS
 * @throws TROUPE_RAFT_FOREIGN_STORE where the store is another member's, or of another cluster
 */
export function stateFrom(options: RaftOptions, durable: RaftDurable | undefined): RaftState {
  const settings = settingsOf(options);
  if (durable !== undefined) expectOwn(durable, settings.cluster, settings.self);
  const bootstrap = durable?.bootstrap ?? bootstrapOf(options);
  const snapshot = durable?.snapshot ?? null;
  const entries = durable?.entries ?? [];
  const log = createLog(baseOf(snapshot), entries);
  const first = (log.base.index + 1) as LogIndex;
  const base = { index: log.base.index, configuration: snapshot?.configuration ?? bootstrap };
  const configurations = createConfigurations(base, entries, first);
  const isNeeded = configurations.some(({ configuration }) => isVoter(configuration, settings.self));
  // Its latest term may have failed to be written where entries of it were: it has voted for nobody in it that knows.
  const term = Math.max(durable?.term ?? 0, lastTermOf(log)) as Term;
  return {
    settings,
    bootstrap,
    durable: { term, vote: durable !== undefined && durable.term === term ? durable.vote : null, log, snapshot },
    volatile: {
      role: isNeeded ? 'follower' : 'learner',
      leader: null,
      isLeaderRecent: false,
      commitIndex: log.base.index,
      lastApplied: log.base.index,
      appliedBytes: 0,
      matchedIndex: log.base.index,
      round: 0,
      isBlind: snapshot?.data.length === 0 || entries.some(isBlank),
      configurations,
      disk: createDisk(lastIndexOf(log), log.base.index, durable !== undefined),
      applying: [],
      partialResults: [],
      answering: [],
      reads: { gathered: [], asked: [], confirmed: [], id: 0, nonce: null },
      taking: null,
      incoming: null,
      transferRequest: null,
    },
    candidacy: null,
    leadership: null,
    isRestarted: false,
  };
}

function baseOf(snapshot: LogSnapshot | null): LogBase {
  if (snapshot === null) return EMPTY_BASE;
  return { index: snapshot.lastIncludedIndex, term: snapshot.lastIncludedTerm, time: snapshot.time };
}

function foldEntries(durable: RaftDurable, index: LogIndex, previousTerm: Term, entries: readonly Entry[]): void {
  const base = baseOf(durable.snapshot);
  const kept = index - base.index - 1;
  // A log snapshot whose write was said to have failed may stand here all the same, and be ahead of what is written anew.
  if (kept < 0) {
    const isContinued = entries[-kept - 1]?.term === base.term;
    if (isContinued) foldEntries(durable, (base.index + 1) as LogIndex, base.term, entries.slice(-kept));
    return;
  }
  const before = kept === 0 ? base.term : durable.entries[kept - 1]?.term;
  if (before !== previousTerm) return;
  durable.entries.length = kept;
  for (const entry of entries) durable.entries.push(entry);
}

function foldSnapshot(durable: RaftDurable, snapshot: LogSnapshot): void {
  const base = baseOf(durable.snapshot);
  const covered = snapshot.lastIncludedIndex - base.index;
  if (covered <= 0) return;
  const isPart = durable.entries[covered - 1]?.term === snapshot.lastIncludedTerm;
  durable.entries = isPart ? durable.entries.slice(covered) : [];
  durable.snapshot = snapshot;
}

function expectOwn({ cluster, self }: RaftDurable, expectedCluster: string, expectedSelf: NodeId): void {
  if (cluster === expectedCluster && self === expectedSelf) return;
  throw new TroupeError(
    'TROUPE_RAFT_FOREIGN_STORE',
    `Expected the store of ${expectedSelf} in the cluster '${expectedCluster}', got that of ${self} in '${cluster}'. Give this member its own store, or an empty one to join with.`,
    { data: { expected: { cluster: expectedCluster, self: expectedSelf }, got: { cluster, self } } },
  );
}

/**
 * The decisions on which Raft's safety rests, one small function each. The handlers ask for them through this table, so
 * that a test can have one of them wrong and see that a checker finds it; nothing else may replace them.
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { type ConfigurationAt, type Configurations, configurationsTruncated, latestOf } from './configurations.ts';
import { type Disk, logTruncated } from './disk.ts';
import type { Entry, LogIndex, Term } from './entry.ts';
import { type Log, lastIndexOf, lastTermOf, termAt } from './log.ts';
import type { RequestVote } from './messages.ts';
import type { Lease, RaftState } from './state.ts';

export interface Rules {
  /** The candidate's log has at least what this one has. @paper Raft §5.4.1 */
  isUpToDate(log: Log, lastLogIndex: LogIndex, lastLogTerm: Term): boolean;
  /** One vote a term. @paper Raft §5.2 */
  mayVoteFor(vote: NodeId | null, candidate: NodeId): boolean;
  /**
   * A leader that lives, or that this member may have promised so before it came back, is not deposed by others. Leases and
   * quiet elections rest on it. @paper Ongaro's thesis §4.2.3, §6.4.1
   */
  isShielded(state: RaftState, message: RequestVote): boolean;
  /**
   * A message of a leader or candidate whose term is over is answered with the term of this member: one that has a higher
   * term than the leader, and is shielded from, would otherwise never be heard again. @paper Raft §5.1
   */
  answersLowerTerm(kind: 'append-entries' | 'install-snapshot' | 'request-vote' | 'pre-vote'): boolean;
  /** An answer to what was asked in an earlier term counts no more. @paper Raft §5.1 */
  isStale(messageTerm: Term, currentTerm: Term): boolean;
  /** What must be durable before a message that rests on term or vote may leave. @paper Raft §5.1, figure 2 */
  promiseWaitsFor(disk: Disk): 'hard-state' | undefined;
  /** Only an entry of the leader's own term is committed by counting. @paper Raft §5.4.2, figure 8 */
  mayCommit(termThere: Term | undefined, currentTerm: Term): boolean;
  /** Up to where this member counts itself. @paper Ongaro's thesis §10.2.1 */
  ownMatchIndex(log: Log, disk: Disk): LogIndex;
  /**
   * How many of the entries stand in the log already: what follows them is truncated only where there is one that does not.
   * @paper Raft §5.3
   */
  entriesPresent(log: Log, prevLogIndex: LogIndex, entries: readonly Entry[]): number;
  /** What the disk is known to have, once the log was truncated. */
  logTruncated(disk: Disk, from: LogIndex): void;
  /** @paper Raft §6: the latest in the log, committed or not */
  configurationInForce(configurations: Configurations, commitIndex: LogIndex): ConfigurationAt;
  /** @paper Raft §6: with its entry, a configuration goes */
  configurationsTruncated(configurations: Configurations, from: LogIndex): boolean;
  /** A leader of an earlier term may have left a change behind that this one has not heard the end of. */
  mayChangeMembership(termOfCommitted: Term | undefined, currentTerm: Term): boolean;
  /** A new leader knows what is committed once an entry of its own is. @paper Raft §8; Ongaro's thesis §6.4 */
  mayServeReads(termOfCommitted: Term | undefined, currentTerm: Term): boolean;
  /** @paper Ongaro's thesis §6.4.1 */
  holdsLease(lease: Lease, leaseTicks: Ticks, now: Ticks): boolean;
  /** A log snapshot never takes anything back. @paper Raft §7 */
  mayInstall(lastIncludedIndex: LogIndex, commitIndex: LogIndex): boolean;
}

export const RULES: Rules = {
  isUpToDate(log, lastLogIndex, lastLogTerm) {
    const own = lastTermOf(log);
    return lastLogTerm > own || (lastLogTerm === own && lastLogIndex >= lastIndexOf(log));
  },
  mayVoteFor: (vote, candidate) => vote === null || vote === candidate,
  isShielded({ settings, volatile }, { isTransfer }) {
    if (!settings.checkQuorum || isTransfer) return false;
    return volatile.isLeaderRecent || volatile.role === 'leader';
  },
  answersLowerTerm: () => true,
  isStale: (messageTerm, currentTerm) => messageTerm < currentTerm,
  promiseWaitsFor: ({ isHardStateDurable }) => (isHardStateDurable ? undefined : 'hard-state'),
  mayCommit: (termThere, currentTerm) => termThere === currentTerm,
  ownMatchIndex: (_log, { durableIndex }) => durableIndex,
  entriesPresent(log, prevLogIndex, entries) {
    let present = 0;
    for (const { term } of entries) {
      if (termAt(log, (prevLogIndex + present + 1) as LogIndex) !== term) break;
      present++;
    }
    return present;
  },
  logTruncated,
  configurationInForce: (configurations) => latestOf(configurations),
  configurationsTruncated,
  mayChangeMembership: (termOfCommitted, currentTerm) => termOfCommitted === currentTerm,
  mayServeReads: (termOfCommitted, currentTerm) => termOfCommitted === currentTerm,
  holdsLease: ({ startedAt, isVoid }, leaseTicks, now) => startedAt !== null && !isVoid && now < startedAt + leaseTicks,
  mayInstall: (lastIncludedIndex, commitIndex) => lastIncludedIndex > commitIndex,
};

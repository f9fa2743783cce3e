/**
 * What members say to one another: the paper's names and fields. The sender of a message is its candidate or leader; the
 * link says who that is. `message-check.ts` tells these from anything else that may come.
 */
import type { Ticks } from '@troupe/protocol';
import type { Configuration, Entry, LogIndex, Term } from './entry.ts';

export type RaftMessage =
  | RequestVote
  | RequestVoteReply
  | PreVote
  | PreVoteReply
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow
  | ReadIndex
  | ReadIndexReply;

/** @paper Raft §5.2 */
export interface RequestVote {
  readonly kind: 'request-vote';
  readonly term: Term;
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
  /** The leader itself has asked for this election: nobody need shield it. @paper Ongaro's thesis §4.2.3 */
  readonly isTransfer: boolean;
}

export interface RequestVoteReply {
  readonly kind: 'request-vote-reply';
  readonly term: Term;
  readonly voteGranted: boolean;
}

/** Would you vote for me in the term after mine? Nothing changes by it. @paper Ongaro's thesis §9.6 */
export interface PreVote {
  readonly kind: 'pre-vote';
  /** The sender's own: not the one that it would stand in. */
  readonly term: Term;
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}

export interface PreVoteReply {
  readonly kind: 'pre-vote-reply';
  readonly term: Term;
  /** The term of the question. */
  readonly askedIn: Term;
  readonly voteGranted: boolean;
}

/** Without entries it is a heartbeat. @paper Raft §5.3 */
export interface AppendEntries {
  readonly kind: 'append-entries';
  readonly term: Term;
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  readonly entries: readonly Entry[];
  readonly leaderCommit: LogIndex;
  /** The leader's latest round of heartbeats: by the answer it knows that it still led when it sent this. */
  readonly round: number;
}

export interface AppendEntriesReply {
  readonly kind: 'append-entries-reply';
  readonly term: Term;
  readonly success: boolean;
  /** Durable here, and equal to the leader's; 0 where `success` is false. */
  readonly matchIndex: LogIndex;
  /** Of a refusal: what it answers, and the last place at which the logs may yet be equal. */
  readonly prevLogIndex: LogIndex;
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
  readonly round: number;
  /**
   * Who has answered a leader's round keeps for so long from helping to depose it; 0 where its `checkQuorum` is off. A lease
   * rests on it. @paper Ongaro's thesis §6.4.1
   */
  readonly shieldTicks: Ticks;
}

/** One chunk of a log snapshot. @paper Raft §7 */
export interface InstallSnapshot {
  readonly kind: 'install-snapshot';
  readonly term: Term;
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly time: Ticks;
  readonly configuration: Configuration;
  /** Of the whole. @units bytes */
  readonly size: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** How much of it is there: the next chunk begins at `offset`. Once all is durable an `append-entries-reply` says so. */
export interface InstallSnapshotReply {
  readonly kind: 'install-snapshot-reply';
  readonly term: Term;
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly offset: number;
}

/** Stand for election now. @paper Ongaro's thesis §3.10 */
export interface TimeoutNow {
  readonly kind: 'timeout-now';
  readonly term: Term;
}

/** A member that does not lead asks up to where it must have applied. @paper Ongaro's thesis §6.4 */
export interface ReadIndex {
  readonly kind: 'read-index';
  readonly term: Term;
  /** Of the sender's batch of reads. */
  readonly id: number;
  /** The leader's lease will do. */
  readonly isLease: boolean;
}

export interface ReadIndexReply {
  readonly kind: 'read-index-reply';
  readonly term: Term;
  readonly id: number;
  readonly readIndex: LogIndex;
}

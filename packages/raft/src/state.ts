/** What a member knows, and the shape of the core. */
import type { Effects, NodeId, RequestId, Shape, Ticks } from '@troupe/protocol';
import type { Configurations } from './configurations.ts';
import type { Disk } from './disk.ts';
import type { Configuration, LogIndex, LogSnapshot, Term } from './entry.ts';
import type { Log } from './log.ts';
import type { RaftCommand, RaftResult } from './machine.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { RaftDurable, RaftRecord } from './records.ts';
import type { RaftIndication, RaftReply, RaftRequest, RaftRole } from './requests.ts';
import type { Rules } from './rules.ts';
import type { Settings } from './settings.ts';

/** What must survive a crash. Memory is ahead of the disk; `VolatileState.disk` tells by how much. @paper Raft, figure 2 */
export interface DurableState {
  /** `currentTerm` */
  term: Term;
  /** `votedFor` */
  vote: NodeId | null;
  readonly log: Log;
  snapshot: LogSnapshot | null;
}

/** What is learned anew after a crash. */
export interface VolatileState {
  role: RaftRole;
  leader: NodeId | null;
  /** The leader was heard of within the least election timeout: others are not helped to depose it. */
  isLeaderRecent: boolean;
  commitIndex: LogIndex;
  /** Handed to the machine: it is done with it before whatever it is handed later. */
  lastApplied: LogIndex;
  /** What was applied since the last log snapshot. @units bytes */
  appliedBytes: number;
  /** Up to here the log is known to equal that of this term's leader. */
  matchedIndex: LogIndex;
  /** Commands are missing here: what came was meant for a witness. */
  isBlind: boolean;
  /** The last round of heartbeats of this term's leader that has come here. */
  round: number;
  readonly configurations: Configurations;
  readonly disk: Disk;
  /** Proposals, or pieces of them, that the machine has been given, oldest first. */
  applying: AppliedPieces[];
  /** Results of the oldest proposal, where not all of it has been applied at once. */
  partialResults: unknown[];
  /** Reads that the machine has been given, oldest first. */
  answering: AnsweringReads[];
  readonly reads: FollowerReads;
  /** The log snapshot that is being taken here. */
  taking: TakingSnapshot | null;
  /** The log snapshot that is coming from the leader. */
  incoming: IncomingSnapshot | null;
  /** Whoever asked this member, as leader, to hand over, and waits to hear who leads. */
  transferRequest: { readonly id: RequestId | null } | null;
}

/** Of a pre-candidate or a candidate. */
export interface Candidacy {
  readonly votes: Map<NodeId, boolean>;
  readonly isTransfer: boolean;
}

export interface Leadership {
  /** In order of id; without this member itself. */
  peers: Progress[];
  /** What is in the log and not committed. @units bytes */
  uncommittedBytes: number;
  /** Where log time went on from, and what the clock showed then. */
  readonly timeBase: Ticks;
  readonly startedAt: Ticks;
  /** Not committed to the end yet, in order of index. */
  proposals: WaitingProposal[];
  /** The last round of heartbeats sent, and the last that a quorum has answered. */
  round: number;
  confirmedRound: number;
  reads: LeaderRead[];
  readonly lease: Lease;
  transfer: { readonly to: NodeId; isTimeoutNowSent: boolean } | null;
  change: WaitingChange | null;
}

export interface Lease {
  /** When the rounds went out that are not confirmed yet. */
  sent: { readonly round: number; readonly at: Ticks }[];
  /** When the last confirmed one did. */
  startedAt: Ticks | null;
  /** Rounds before this one were answered by another configuration. */
  roundMin: number;
  /** This leader has told another to stand: it can't know when that takes place. */
  isVoid: boolean;
}

export interface WaitingProposal {
  readonly id: RequestId;
  readonly first: LogIndex;
  readonly last: LogIndex;
}

/** Which results of one batch belong to whom. */
export type AppliedPieces = readonly {
  readonly id: RequestId;
  readonly last: LogIndex;
  /** Where its results begin in the batch, and how many there are. */
  readonly offset: number;
  readonly count: number;
  readonly isComplete: boolean;
}[];

export interface AnsweringReads {
  readonly index: LogIndex;
  readonly reads: readonly { readonly id: RequestId | null; readonly count: number }[];
}

export interface LocalRead {
  readonly id: RequestId | null;
  readonly queries: readonly unknown[];
  readonly isLease: boolean;
}

/** Of a leader. */
export interface LeaderRead {
  /** This member's own, or that of another, which has a name for it. */
  readonly of: LocalRead | { readonly node: NodeId; readonly readId: number };
  /** The commit index when it came; null until an entry of the leader's term is committed. */
  index: LogIndex | null;
  /** The round that confirms it. */
  round: number;
}

/** Reads of a member that does not lead. */
export interface FollowerReads {
  /** They wait until the leader has answered for those before them. */
  gathered: LocalRead[];
  /** The leader has been asked for their index. */
  asked: LocalRead[];
  /** They have an index, and wait until that is applied. */
  confirmed: { readonly index: LogIndex; readonly read: LocalRead }[];
  /** Names the batch that was asked for last. */
  id: number;
  /** Tells batches of this incarnation from those of an earlier one; null until it is needed. */
  nonce: number | null;
}

export interface TakingSnapshot {
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly time: Ticks;
  readonly configuration: Configuration;
  /** Null until the machine has given it. */
  data: Uint8Array | null;
  readonly requests: RequestId[];
}

export interface IncomingSnapshot {
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly size: number;
  readonly chunks: Uint8Array[];
  received: number;
}

export interface WaitingChange {
  readonly id: RequestId | null;
  /** Where its configuration stands. */
  index: LogIndex;
}

export interface RaftState {
  readonly settings: Settings;
  readonly bootstrap: Configuration;
  readonly durable: DurableState;
  readonly volatile: VolatileState;
  candidacy: Candidacy | null;
  leadership: Leadership | null;
  /** Whether an earlier incarnation may have promised a leader not to vote. */
  isRestarted: boolean;
}

export type RaftTimer = 'election' | 'heartbeat' | 'check-quorum' | 'transfer' | 'read' | 'retry';
/** Writes go by their kind: they end in order. */
export type RaftToken = 'identity' | 'hard-state' | 'append' | 'log-snapshot' | 'apply' | 'query' | SnapshotToken;

export type Raft = Shape<{
  Options: RaftOptions;
  Durable: RaftDurable;
  State: RaftState;
  Message: RaftMessage;
  Timer: RaftTimer;
  Token: RaftToken;
  Record: RaftRecord;
  Request: RaftRequest;
  Reply: RaftReply;
  Indication: RaftIndication;
  Command: RaftCommand;
  Result: RaftResult;
}>;

/** Names the index at which the machine was asked for its state. */
export type SnapshotToken = `snapshot ${number}`;

/** What the functions of one step work on. */
export interface Step {
  readonly state: RaftState;
  readonly out: Effects<Raft>;
  readonly now: Ticks;
  readonly rules: Rules;
}

/** What a member can be asked for, and what it answers and tells. */
import type { NodeId, Ticks } from '@troupe/protocol';
import type { Configuration, LogIndex, MembershipChange, Term } from './entry.ts';

export type RaftRequest =
  /** To the leader: append these, and answer once all are committed and applied. */
  | { readonly kind: 'propose'; readonly commands: readonly Proposal[] }
  /** A read that needs no entry in the log. */
  | { readonly kind: 'read'; readonly queries: readonly unknown[]; readonly consistency: ReadConsistency }
  | { readonly kind: 'change-membership'; readonly change: MembershipChange }
  /** To the leader: hand over to this voter, or to the one that is furthest. @paper Ongaro's thesis §3.10 */
  | { readonly kind: 'transfer-leadership'; readonly to: NodeId | null }
  /** Take a log snapshot now, and drop the entries up to it. */
  | { readonly kind: 'take-snapshot' }
  /**
   * A hint, which nothing answers: this member has ended, as far as its host knows. Where it led, its followers need not wait
   * for their election timeouts, unless a lease may rest on that. One that is wrong costs an election.
   */
  | { readonly kind: 'member-ended'; readonly member: NodeId }
  | { readonly kind: 'status' };

export interface Proposal {
  /** Plain data. */
  readonly data: unknown;
  /** Its size, for bounds; how it is measured is the proposer's matter. */
  readonly bytes: number;
}

/**
 * `read-index` and `lease` are linearizable, the lease only while clocks keep their bound; a member that does not lead asks
 * the leader for its read index. `stale` answers from this member's machine, whatever it may have missed.
 */
export type ReadConsistency = 'read-index' | 'lease' | 'stale';

export type RaftReply =
  /** Results in the order of the commands; `index` is that of the last. */
  | { readonly kind: 'committed'; readonly index: LogIndex; readonly results: readonly unknown[] }
  | { readonly kind: 'read'; readonly index: LogIndex; readonly answers: readonly unknown[] }
  /** The configuration is committed; a joint one that leaves by itself has been left. */
  | { readonly kind: 'membership-changed'; readonly index: LogIndex; readonly configuration: Configuration }
  | { readonly kind: 'leadership-transferred'; readonly leader: NodeId; readonly term: Term }
  | { readonly kind: 'snapshot-taken'; readonly lastIncludedIndex: LogIndex }
  | { readonly kind: 'status'; readonly status: RaftStatus }
  /** Nothing was done, and nothing will be. `leader` is who leads, as far as this member knows. */
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly leader: NodeId | null;
      /** What was expected and what came, for people. */
      readonly detail: string;
    }
  /** It stands in a log whose leader lost its office: it may yet be committed, or never. Sessions make a retry safe. */
  | { readonly kind: 'outcome-unknown'; readonly leader: NodeId | null };

export type RefusalReason =
  | 'not-leader'
  /** The leader is handing its office over. */
  | 'transferring'
  | 'command-too-large'
  /** The bound of what may be uncommitted, or of reads that wait. */
  | 'too-many-outstanding'
  | 'change-in-progress'
  | 'invalid-change'
  /** The disk has refused a write, and is tried again. */
  | 'disk-failed'
  | 'malformed-request'
  /** Lease reads are off, or the lease has run out and could not be renewed. */
  | 'no-lease'
  /** A witness, or a learner that is asked for what only a voter does. */
  | 'not-for-this-role';

export type RaftIndication =
  /** Who leads has changed, as far as this member knows. */
  | { readonly kind: 'leader-changed'; readonly leader: NodeId | null; readonly term: Term }
  | { readonly kind: 'configuration-changed'; readonly index: LogIndex; readonly configuration: Configuration }
  /** The configuration without this member is committed: it may be stopped. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'log-snapshot-taken'; readonly lastIncludedIndex: LogIndex }
  | { readonly kind: 'log-snapshot-installed'; readonly lastIncludedIndex: LogIndex };

export type RaftRole = 'follower' | 'pre-candidate' | 'candidate' | 'leader' | 'learner';

export interface RaftStatus {
  readonly self: NodeId;
  readonly role: RaftRole;
  readonly term: Term;
  readonly vote: NodeId | null;
  readonly leader: NodeId | null;
  readonly commitIndex: LogIndex;
  readonly lastApplied: LogIndex;
  readonly firstLogIndex: LogIndex;
  readonly lastLogIndex: LogIndex;
  /** How far this member's own log is durable. */
  readonly durableIndex: LogIndex;
  readonly configuration: Configuration;
  /** Of a leader: how far each other member is. */
  readonly progress: readonly PeerStatus[];
  /** Of a leader with lease reads: until when it may answer by its lease, by its own clock. */
  readonly leaseUntil: Ticks | null;
}

export interface PeerStatus {
  readonly node: NodeId;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  /** Whether it was heard of within the last election timeout. */
  readonly isActive: boolean;
  /** How long it keeps from deposing a leader that it hears; 0 where its `checkQuorum` is off, null before its first answer. */
  readonly shieldTicks: Ticks | null;
}

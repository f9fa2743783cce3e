/** Options of a member, and their defaults. */
import type { NodeId, Ticks } from '@troupe/protocol';

export interface RaftOptions {
  readonly self: NodeId;
  /**
   * The voters that the cluster begins with: looked at only by a member that has nothing on disk. One that is not among
   * them joins: it waits until a leader adds it.
   */
  readonly nodes: readonly NodeId[];
  /** Names the cluster. A store that was written for another is refused. */
  readonly cluster: string;
  /** A timeout is drawn evenly from this up to twice this, anew for each election. @units ticks @paper Raft §9.3 */
  readonly electionTimeoutTicks?: Ticks;
  readonly heartbeatTicks?: Ticks;
  /** A candidate first asks whether it could win. @paper Ongaro's thesis §9.6 */
  readonly preVote?: boolean;
  /** A leader that hears from no quorum for an election timeout steps down. @paper Ongaro's thesis §6.2 */
  readonly checkQuorum?: boolean;
  /**
   * Reads by lease: how far two clocks may differ in rate. Null: off. Needs `checkQuorum`, here and at a quorum of the voters,
   * whose election timeouts must be as long as this member's. @paper Ongaro's thesis §6.4.1
   */
  readonly leaseReads?: { readonly driftPerMillionMax: number } | null;
  /** One command. @units bytes */
  readonly commandBytesMax?: number;
  /** Entries of one message. @units bytes; a single larger entry goes alone */
  readonly appendBytesMax?: number;
  readonly appendEntriesMax?: number;
  /** Messages with entries that may be under way to one member. */
  readonly inflightMax?: number;
  /** What a leader holds that is not committed; more is refused. @units bytes */
  readonly uncommittedBytesMax?: number;
  /** Reads that may wait at one member. */
  readonly waitingReadsMax?: number;
  /** A log snapshot is taken once so many entries were applied since the last; 0: only where asked. */
  readonly snapshotEntries?: number;
  /** Entries kept behind a log snapshot, for members that are a little behind. */
  readonly retainedEntries?: number;
  /** One chunk of a log snapshot. @units bytes */
  readonly snapshotChunkBytes?: number;
}

export const RAFT_DEFAULTS = {
  electionTimeoutTicks: 150 as Ticks,
  heartbeatTicks: 30 as Ticks,
  preVote: true,
  checkQuorum: true,
  leaseReads: null,
  commandBytesMax: 1 << 20,
  appendBytesMax: 1 << 18,
  appendEntriesMax: 1_024,
  inflightMax: 4,
  uncommittedBytesMax: 1 << 26,
  waitingReadsMax: 16_384,
  snapshotEntries: 65_536,
  retainedEntries: 4_096,
  snapshotChunkBytes: 1 << 18,
} as const satisfies Partial<RaftOptions>;

/** What stands in the log, and who may vote on it. */
import type { Brand, NodeId, Ticks } from '@troupe/protocol';

/** A period with at most one leader. From 1 up; 0 is before any election. */
export type Term = Brand<number, 'Term'>;

/** A place in the log. The first entry is at 1; 0 is before the log. */
export type LogIndex = Brand<number, 'LogIndex'>;

/**
 * One entry. All kinds have the same keys in the same order. `bytes` is what counts against bounds: the size that the
 * proposer gave, and a fixed one for entries of the protocol itself.
 */
export type Entry = CommandEntry | ConfigurationEntry | NoOpEntry;

export interface CommandEntry {
  readonly kind: 'command';
  readonly term: Term;
  /** Log time: what the leader's clock has measured, never going back along the log. Sessions and leases expire by it. */
  readonly time: Ticks;
  readonly bytes: number;
  /** Plain data that the protocol never looks into. Null at a witness, which keeps no commands. */
  readonly data: unknown;
}

export interface ConfigurationEntry {
  readonly kind: 'configuration';
  readonly term: Term;
  readonly time: Ticks;
  readonly bytes: number;
  readonly data: Configuration;
}

/** @paper Raft §8: what a new leader commits first, so that it knows what is committed */
export interface NoOpEntry {
  readonly kind: 'no-op';
  readonly term: Term;
  readonly time: Ticks;
  readonly bytes: number;
  readonly data: null;
}

/** What an entry counts for beside its data. @units bytes */
export const ENTRY_BYTES = 64;

export function weightOf({ bytes }: Entry): number {
  return bytes + ENTRY_BYTES;
}

/**
 * Who takes part. It counts from the moment that its entry is in the log, committed or not (Raft §6), and no longer when
 * that entry is truncated. Every list is in the one order of ids, each id once.
 */
export interface Configuration {
  /** C_new while joint; otherwise the one set of voters. */
  readonly voters: readonly NodeId[];
  /** C_old while joint; otherwise empty. */
  readonly outgoing: readonly NodeId[];
  /** They get the log and have no vote. */
  readonly learners: readonly NodeId[];
  /** Voters of C_old that become learners when the joint configuration is left. */
  readonly learnersNext: readonly NodeId[];
  /** Voters that keep terms and indices, but no commands and no machine; they never lead. */
  readonly witnesses: readonly NodeId[];
  /** Whether the leader leaves the joint configuration by itself once that is committed. */
  readonly autoLeave: boolean;
}

export type MembershipChange =
  /** At most one voter more or less; takes effect at once. @paper Ongaro's thesis §4.1 */
  | { readonly kind: 'simple'; readonly change: NodeChange }
  /** Any number of them, through a joint configuration. @paper Raft §6, Ongaro's thesis §4.3 */
  | { readonly kind: 'joint'; readonly changes: readonly NodeChange[]; readonly autoLeave: boolean }
  /** Ends a joint configuration that does not end by itself. */
  | { readonly kind: 'leave-joint' };

export type NodeChange =
  | { readonly kind: 'add-voter'; readonly node: NodeId }
  /** Also makes a learner of a voter. */
  | { readonly kind: 'add-learner'; readonly node: NodeId }
  | { readonly kind: 'add-witness'; readonly node: NodeId }
  | { readonly kind: 'remove'; readonly node: NodeId };

/** The state of the machine up to an index, in the place of the entries up to there. Not a global snapshot. */
export interface LogSnapshot {
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  /** Log time of the last entry included. */
  readonly time: Ticks;
  readonly configuration: Configuration;
  /** Opaque to the protocol; empty at a witness. */
  readonly data: Uint8Array;
}

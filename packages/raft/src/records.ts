/** What a member writes down, and what it finds when it comes back. */
import type { NodeId } from '@troupe/protocol';
import type { Configuration, Entry, LogIndex, LogSnapshot, Term } from './entry.ts';

/** One atomic durable write. */
export type RaftRecord =
  /** The first of a store: whose it is, and how the cluster began. An empty configuration waits to be added. */
  | { readonly kind: 'identity'; readonly cluster: string; readonly self: NodeId; readonly bootstrap: Configuration }
  | { readonly kind: 'hard-state'; readonly term: Term; readonly vote: NodeId | null }
  /**
   * Takes the place of whatever stood at `index` and after it. It says which term stood before: where the log that is on
   * disk has none there, or another, an earlier write has failed that this one builds on, and it is of no effect.
   */
  | {
      readonly kind: 'append';
      readonly index: LogIndex;
      readonly previousTerm: Term;
      readonly entries: readonly Entry[];
    }
  /** Takes the place of the entries up to its index; of the whole log, where that does not match it. Never goes back. */
  | { readonly kind: 'log-snapshot'; readonly snapshot: LogSnapshot };

/** The fold of the records: what survives a crash. */
export interface RaftDurable {
  cluster: string;
  self: NodeId;
  /** How the cluster began: the configuration before index 1. */
  bootstrap: Configuration;
  term: Term;
  vote: NodeId | null;
  snapshot: LogSnapshot | null;
  /** Those after the log snapshot, or from index 1. */
  entries: Entry[];
}

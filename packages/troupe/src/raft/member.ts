/** The core of a member as an actor runs it: Raft's own, with where it keeps its store among its options. */
import type { Core, Shape } from '@troupe/protocol';
import { type Raft, type RaftOptions, raft } from '@troupe/raft';
import type { Place } from './store/places.ts';

export interface RaftMemberOptions extends RaftOptions {
  /** Null: in memory, which ends with the member's thread. */
  readonly place: Place | null;
}

export type RaftMember = Shape<Omit<Raft, 'Options'> & { Options: RaftMemberOptions }>;

export const raftMember: Core<RaftMember> = {
  ...raft,
  init: ({ place: _place, ...options }, durable) => raft.init(options, durable),
};

/**
 * The same of a joint configuration, where a majority of the old voters and one of the new must agree, each on its own. An
 * empty `outgoing` agrees to all: then `incoming` decides alone.
 *
 * @paper Raft §6; Ongaro's thesis §4.3
 */
import type { NodeId } from '@troupe/protocol';
import { committedIndex, type VoteResult, voteResult } from './majority.ts';

/** The greatest index that both majorities have. A node in both sets counts in each. */
export function jointCommittedIndex(
  incoming: readonly NodeId[],
  outgoing: readonly NodeId[],
  matchOf: (node: NodeId) => number,
): number {
  return Math.min(committedIndex(incoming, matchOf), committedIndex(outgoing, matchOf));
}

/** Won where both have won; lost as soon as one has. */
export function jointVoteResult(
  incoming: readonly NodeId[],
  outgoing: readonly NodeId[],
  voteOf: (node: NodeId) => boolean | undefined,
): VoteResult {
  const one = voteResult(incoming, voteOf);
  const other = voteResult(outgoing, voteOf);
  if (one === other) return one;
  return one === 'lost' || other === 'lost' ? 'lost' : 'pending';
}

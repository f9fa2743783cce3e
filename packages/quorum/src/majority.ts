/**
 * What a majority of voters has agreed on. Pure functions over what the caller knows of each voter; they are called at
 * every acknowledgement, and make nothing for up to `SCRATCH_VOTERS` voters.
 *
 * Without voters everyone agrees: any index is committed and any vote won, so that the empty half of a joint configuration
 * never holds up the other. Who may have no voters at all must look for that itself.
 */
import type { NodeId } from '@troupe/protocol';

export type VoteResult = 'won' | 'lost' | 'pending';

/** More voters than this cost an array a call. */
const SCRATCH_VOTERS = 9;
const scratch = new Float64Array(SCRATCH_VOTERS);

/** How many of so many voters are a majority. */
export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/**
 * The greatest index that a majority has; `Infinity` without voters.
 *
 * @param voters each id once
 * @param matchOf up to where this voter's log is known to be durable and equal to the leader's; 0 for nothing. Must not
 *   ask for a quorum itself
 * @paper Raft §5.3. That the entry there is of the leader's own term (§5.4.2) is the caller's to check
 */
export function committedIndex(voters: readonly NodeId[], matchOf: (node: NodeId) => number): number {
  const count = voters.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  const descending = count <= SCRATCH_VOTERS ? scratch : new Float64Array(count);
  for (let filled = 0; filled < count; filled++) {
    const match = matchOf(voters[filled] as NodeId);
    let place = filled;
    for (; place > 0 && (descending[place - 1] as number) < match; place--) {
      descending[place] = descending[place - 1] as number;
    }
    descending[place] = match;
  }
  return descending[majorityOf(count) - 1] as number;
}

/**
 * Whether a majority has granted its vote, or so many have refused that none can any more. Without voters: won.
 *
 * @param voters each id once; votes of others are not asked for
 * @param voteOf granted, refused, or not yet heard of
 * @paper Raft §5.2
 */
export function voteResult(voters: readonly NodeId[], voteOf: (node: NodeId) => boolean | undefined): VoteResult {
  if (voters.length === 0) return 'won';
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = voteOf(voter);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  const needed = majorityOf(voters.length);
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'pending';
}

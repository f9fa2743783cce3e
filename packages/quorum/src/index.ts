export { jointCommittedIndex, jointVoteResult } from './joint.ts';
export { committedIndex, majorityOf, type VoteResult, voteResult } from './majority.ts';

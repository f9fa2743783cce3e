/** For tests of what finds a wrong decision: the core with some of its rules replaced, and nothing else. */
export { raftWith } from '../raft.ts';
export { RULES, type Rules } from '../rules.ts';

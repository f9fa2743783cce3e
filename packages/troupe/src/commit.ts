/** Atomic commitment across nodes, and the simulation that it is tried with. */

export * from '@troupe/commit';
export { type CommitObserved, default as twoPhaseCommitSimulation } from './simulations/commit.ts';

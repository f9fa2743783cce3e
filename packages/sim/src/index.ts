export {
  type ExhaustiveBounds,
  type ExhaustiveReport,
  EXHAUSTIVE_DEFAULTS,
  exhaust,
} from './explore/choice-tree.ts';
export { explore } from './explore/explore.ts';
export { exploreModel } from './explore/explore-model.ts';
export { defineModel, type Model, type ModelProperties } from './explore/model.ts';
export { dieHard, type Jugs } from './explore/models/die-hard.ts';
export { type TransactionState, transactionCommit } from './explore/models/transaction-commit.ts';
export { type TwoPhaseAction, twoPhase } from './explore/models/two-phase.ts';
export {
  type Bound,
  EXPLORE_DEFAULTS,
  type ExplorationReport,
  type ExploreOptions,
  type ExploreProgress,
  type Trace,
  type Violation,
} from './explore/report.ts';
export type { StepWords } from './explore/state-space.ts';
export {
  type ClockFaults,
  type DiskFaults,
  FAULTS,
  type FaultBounds,
  type LinkFaults,
  NO_FAULTS,
  type ProcessFaults,
} from './faults.ts';
export {
  type ClientWorld,
  defineSimulation,
  type Exploration,
  type InjectedBug,
  type Simulation,
} from './simulation.ts';
export { asynchronous, partiallySynchronous, type SystemModel, synchronous } from './system-model.ts';
export type { NodeView, Observer, Occurrence, Properties, Property, View } from './view.ts';

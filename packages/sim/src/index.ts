export { ACTOR_FAULTS, type ActorRunOutcome, runActors } from './actors/actor-run.ts';
export {
  type ActorExploration,
  type ActorFaults,
  type ActorProperties,
  type ActorProperty,
  type ActorSimulation,
  type ActorState,
  type ActorView,
  type ActorWorld,
  defineActorSimulation,
  type SimulatedSystemOptions,
} from './actors/actor-simulation.ts';
export { type ActorExplorationReport, type ActorExploreOptions, exploreActors } from './actors/explore-actors.ts';
export type { LogEntry } from './actors/nodes/cluster.ts';
export { duplicating, type HostDefect, losing, reordering } from './actors/nodes/host-defect.ts';
export type { Delivery } from './actors/nodes/lane.ts';
export { type Chooser, type Occasion, tameChooser } from './choices/chooser.ts';
export { PriorityChooser } from './choices/priority-chooser.ts';
export { RandomChooser } from './choices/random-chooser.ts';
export type { Choice, Schedule, Span } from './choices/schedule.ts';
export { readSchedule, SCHEDULE_VERSION, writeSchedule } from './choices/schedule.ts';
export {
  EXHAUSTIVE_DEFAULTS,
  type ExhaustiveBounds,
  type ExhaustiveReport,
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
export type { RunOutcome, Violation as BrokenPromise } from './outcome.ts';
export { EXPLORE_SANDBOX_DEFAULTS, exploreInSandbox } from './run/explore-in-sandbox.ts';
export { actorRunnable, coreRunnable, type ExploreWatch, type Runnable } from './run/runnable.ts';
export { SANDBOX_DEFAULTS, type SandboxOptions } from './run/sandbox.ts';
export type { Found, Tally } from './run/seeds.ts';
export { replayInSandbox, type SimulateOptions, type SimulateReport, simulate, WORKERS_MAX } from './run/simulate.ts';
export { STRATEGIES, type Strategy } from './run/strategy.ts';
export type { Loader, ShrunkRun } from './run/worker.ts';
export { type LiveStoryOptions, liveStory } from './show/live-story.ts';
export { drawAsHtml, drawAsSvg, type PageOptions } from './show/page.ts';
export type { Story, Verdict } from './show/story.ts';
export { drawForTerminal, type TerminalOptions } from './show/terminal.ts';
export {
  type ClientWorld,
  type DrawOption,
  defineSimulation,
  type Exploration,
  type ExplorationClock,
  type ExplorationInstead,
  type InjectedBug,
  type Simulation,
} from './simulation.ts';
export type { SomeFaults } from './swarm.ts';
export { asynchronous, partiallySynchronous, type SystemModel, synchronous } from './system-model.ts';
export type { TracedEvent, TracedSend } from './trace.ts';
export type { NodeView, Observer, Occurrence, Properties, Property, View } from './view.ts';
export {
  type Adversary,
  type AdversaryContext,
  allOf,
  equivocate,
  replay,
  type Sent,
  withhold,
} from './world/byzantine.ts';

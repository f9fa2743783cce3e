/** Whatever can be run under a chooser: a simulation of cores, or of actors. */

import type { CoreShape } from '@troupe/protocol';
import { runActors } from '../actors/actor-run.ts';
import type { ActorSimulation } from '../actors/actor-simulation.ts';
import { type ActorExplorationReport, type ActorExploreProgress, exploreActors } from '../actors/explore-actors.ts';
import type { Chooser } from '../choices/chooser.ts';
import { checkDefinition } from '../definition.ts';
import { explore } from '../explore/explore.ts';
import type { ExplorationReport, ExploreOptions, ExploreProgress } from '../explore/report.ts';
import type { RunOutcome } from '../outcome.ts';
import type { Simulation } from '../simulation.ts';
import type { Tracer } from '../trace.ts';
import { CoreRun } from '../world/core-run.ts';

export interface Runnable {
  readonly name: string;
  /** Conditions that some run must reach. */
  readonly sometimes: readonly string[];
  run(chooser: Chooser, tracer?: Tracer): RunOutcome | Promise<RunOutcome>;
  /** Goes through its small configuration. @throws TROUPE_SIM_DEFINITION where it has none */
  explore(options: ExploreBounds, watch: ExploreWatch): ExplorationReport | Promise<ActorExplorationReport>;
}

/** Of actors, `maxStates` bounds the runs; the others are of cores alone. */
export type ExploreBounds = Omit<ExploreOptions, 'onProgress' | 'onBeat'>;

export interface ExploreWatch {
  readonly onBeat: (what?: () => string) => void;
  readonly onProgress: (progress: ExploreProgress | ActorExploreProgress) => void;
}

/** @throws TROUPE_SIM_DEFINITION */
export function coreRunnable<S extends CoreShape, O>(simulation: Simulation<S, O>): Runnable {
  checkDefinition(simulation);
  // The engine throws away what it has compiled for objects of a shape of which a collection finds none. Between two runs
  // there would be none of them: a run would begin as slow as the first. So the last one is kept.
  let last: CoreRun<S, O> | undefined;
  return {
    name: simulation.name,
    sometimes: Object.keys(simulation.sometimes ?? {}),
    run(chooser, tracer) {
      last = new CoreRun(simulation, chooser, tracer);
      return last.run();
    },
    explore: (options, watch) => explore(simulation, { ...options, ...watch }),
  };
}

export function actorRunnable<O>(simulation: ActorSimulation<O>): Runnable {
  return {
    name: simulation.name,
    sometimes: Object.keys(simulation.sometimes ?? {}),
    run: (chooser, tracer) => runActors(simulation, chooser, tracer),
    explore: ({ maxStates }, watch) =>
      exploreActors(simulation, { ...watch, ...(maxStates === undefined ? {} : { maxRuns: maxStates }) }),
  };
}

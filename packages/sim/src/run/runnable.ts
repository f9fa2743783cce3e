/** Whatever can be run under a chooser: a simulation of cores, or of actors. */

import type { CoreShape } from '@troupe/protocol';
import { runActors } from '../actors/actor-run.ts';
import type { ActorSimulation } from '../actors/actor-simulation.ts';
import type { Chooser } from '../choices/chooser.ts';
import { checkDefinition } from '../definition.ts';
import type { RunOutcome } from '../outcome.ts';
import type { Simulation } from '../simulation.ts';
import type { Tracer } from '../trace.ts';
import { CoreRun } from '../world/core-run.ts';

export interface Runnable {
  readonly name: string;
  /** Conditions that some run must reach. */
  readonly sometimes: readonly string[];
  run(chooser: Chooser, tracer?: Tracer): RunOutcome | Promise<RunOutcome>;
}

/** @throws TROUPE_SIM_DEFINITION */
export function coreRunnable<S extends CoreShape, O>(simulation: Simulation<S, O>): Runnable {
  checkDefinition(simulation);
  return {
    name: simulation.name,
    sometimes: Object.keys(simulation.sometimes ?? {}),
    run: (chooser, tracer) => new CoreRun(simulation, chooser, tracer).run(),
  };
}

export function actorRunnable<O>(simulation: ActorSimulation<O>): Runnable {
  return {
    name: simulation.name,
    sometimes: Object.keys(simulation.sometimes ?? {}),
    run: (chooser, tracer) => runActors(simulation, chooser, tracer),
  };
}

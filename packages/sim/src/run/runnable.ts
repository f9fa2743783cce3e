/** Whatever can be run under a chooser: a simulation of cores, or of actors. */
import type { CoreShape } from '@troupe/protocol';
import type { Chooser } from '../choices/chooser.ts';
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

export function coreRunnable<S extends CoreShape, O>(simulation: Simulation<S, O>): Runnable {
  return {
    name: simulation.name,
    sometimes: Object.keys(simulation.sometimes ?? {}),
    run: (chooser, tracer) => new CoreRun(simulation, chooser, tracer).run(),
  };
}

/** Loads a simulation in the worker thread that runs it. */
import { coreRunnable, type Runnable } from '@troupe/sim';
import { injectBug, loadSimulation } from './load.ts';

/** What to load: a protocol or a module, and perhaps a bug to be put in. */
export interface SimulationName {
  readonly simulation: string;
  readonly bug?: string | undefined;
}

/** @throws TROUPE_SIM_DEFINITION */
export async function load(argument: unknown): Promise<Runnable> {
  const { simulation, bug } = argument as SimulationName;
  const loaded = await loadSimulation(simulation);
  return coreRunnable(bug === undefined ? loaded.simulation : injectBug(loaded, bug));
}

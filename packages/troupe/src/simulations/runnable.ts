/** Loads a simulation in the worker thread that runs it. */
import { actorRunnable, coreRunnable, type Runnable } from '@troupe/sim';
import { injectActorBug, injectBug, isOfActors, loadAnySimulation } from './load.ts';

/** What to load: a protocol or a module, and perhaps a bug to be put in. */
export interface SimulationName {
  readonly simulation: string;
  readonly bug?: string | undefined;
}

/** @throws TROUPE_SIM_DEFINITION */
export async function load(argument: unknown): Promise<Runnable> {
  const { simulation, bug } = argument as SimulationName;
  const loaded = await loadAnySimulation(simulation);
  if (isOfActors(loaded)) return actorRunnable(bug === undefined ? loaded.simulation : injectActorBug(loaded, bug));
  return coreRunnable(bug === undefined ? loaded.simulation : injectBug(loaded, bug));
}

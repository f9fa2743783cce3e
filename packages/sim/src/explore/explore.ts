import type { CoreShape } from '@troupe/protocol';
import { simError } from '../errors.ts';
import type { Simulation } from '../simulation.ts';
import { CoreSpace } from './core-space.ts';
import type { ExplorationReport, ExploreOptions } from './report.ts';
import { search } from './search.ts';

/**
 * Goes through every state of a simulation's small configuration: every order of deliveries, timeouts and writes, and
 * every place for the faults that `exploration` allows.
 *
 * @throws TROUPE_SIM_DEFINITION where it has none @throws TROUPE_SIM_MODEL where a property throws
 */
export function explore<S extends CoreShape, O>(
  simulation: Simulation<S, O>,
  options: ExploreOptions = {},
): ExplorationReport {
  const { exploration, name } = simulation;
  if (exploration === undefined) {
    throw simError(
      'TROUPE_SIM_DEFINITION',
      `Expected the exploration of ${name} to be defined, got none: it has no bounds.`,
    );
  }
  const { maxDepth } = exploration;
  const bounds = maxDepth === undefined ? options : { maxDepth, ...options };
  return search(name, new CoreSpace(simulation, exploration, options), bounds);
}

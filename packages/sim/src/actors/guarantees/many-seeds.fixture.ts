/** Runs a simulation over many seeds, as a test needs it; and what its programs do to bear that nodes end. */
import type { Definition, OwnedRef, SpawnArguments, System } from '@troupe/actors';
import { isTroupeError } from '@troupe/protocol';
import { RandomChooser } from '../../choices/random-chooser.ts';
import type { Violation } from '../../outcome.ts';
import { runActors } from '../actor-run.ts';
import type { ActorSimulation } from '../actor-simulation.ts';

/** More of them by the environment: nobody waits for these. */
const FACTOR = Number(process.env['TROUPE_SEEDS_FACTOR'] ?? 1);

export interface ManySeeds {
  /** Of the first seed that failed. */
  readonly violation: (Violation & { readonly seed: number }) | undefined;
  /** In how many runs each condition, and each kind of fault, came about. */
  readonly reached: ReadonlyMap<string, number>;
  readonly events: number;
}

/** Up to the first that fails. */
export async function manySeeds<O>(simulation: ActorSimulation<O>, seeds: number): Promise<ManySeeds> {
  const reached = new Map<string, number>();
  let events = 0;
  for (let seed = 0; seed < seeds * FACTOR; seed++) {
    const outcome = await runActors(simulation, new RandomChooser(seed));
    events += outcome.events;
    for (const name of [...outcome.reached, ...Object.keys(outcome.faults)])
      reached.set(name, (reached.get(name) ?? 0) + 1);
    if (outcome.violation !== undefined) return { violation: { ...outcome.violation, seed }, reached, events };
  }
  return { violation: undefined, reached, events };
}

/** Once the node is up; again where it ends meanwhile. */
export async function spawnOn<A extends readonly [argument?: unknown], S, P>(
  system: System,
  node: string,
  definition: Definition<A, S, P>,
  argument: A[0],
): Promise<OwnedRef<P>> {
  for (;;) {
    if (node !== 'main') await system.whenUp(node);
    try {
      return await system.spawn(definition, ...([argument, { node }] as unknown as SpawnArguments<A>));
    } catch (error) {
      if (!isTroupeError(error, 'TROUPE_NODE_DOWN')) throw error;
    }
  }
}

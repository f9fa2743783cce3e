/** The simulations of the packaged protocols, by name: each is loaded when it is asked for. */
import type { AnyShape } from '@troupe/protocol';
import type { ActorSimulation, InjectedBug, Simulation } from '@troupe/sim';

/** Of a protocol that is known at run time alone. */
export type AnySimulation = Simulation<AnyShape, unknown>;

/** A system of actors. */
export type AnyActorSimulation = ActorSimulation<unknown>;

export type AnyBug = InjectedBug<AnyShape, unknown>;

/** A defect of an actor system's simulation, by the same names. */
export interface AnyActorBug {
  readonly id: string;
  readonly what: string;
  readonly inject: (simulation: AnyActorSimulation) => AnyActorSimulation;
}

interface SimulationModule {
  readonly default: unknown;
}

export const SIMULATIONS: Readonly<Record<string, () => Promise<SimulationModule>>> = {
  commit: () => import('./commit.ts'),
  raft: () => import('./raft.ts'),
  snapshot: () => import('./snapshot.ts'),
};

export const SIMULATION_NAMES = Object.keys(SIMULATIONS) as readonly string[];

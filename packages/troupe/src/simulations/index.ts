/** The simulations of the packaged protocols, by name: each is loaded when it is asked for. */
import type { AnyShape } from '@troupe/protocol';
import type { Simulation } from '@troupe/sim';

/** Of a protocol that is known at run time alone. */
export type AnySimulation = Simulation<AnyShape, unknown>;

interface SimulationModule {
  readonly default: unknown;
}

export const SIMULATIONS: Readonly<Record<string, () => Promise<SimulationModule>>> = {
  'two-phase-commit': () => import('./two-phase-commit.ts'),
};

export const SIMULATION_NAMES = Object.keys(SIMULATIONS) as readonly string[];

/** Loads what the tests of the sandbox name: also what is as bad as may be. */
import { coreRunnable, type Runnable } from '../run/runnable.ts';
import type { Simulation } from '../simulation.ts';
import { type Mutex, mutexSimulation } from './mutual-exclusion.fixture.ts';

export function load(argument: unknown): Promise<Runnable> {
  const simulation = mutexSimulation(argument === 'wrong');
  switch (argument) {
    case 'right':
    case 'wrong':
      return Promise.resolve(coreRunnable(simulation));
    case 'endless':
      return Promise.resolve(
        coreRunnable(
          onGrant(simulation, () => {
            for (;;);
          }),
        ),
      );
    case 'greedy': {
      const hoard: number[][] = [];
      return Promise.resolve(
        coreRunnable(
          onGrant(simulation, () => {
            for (;;) hoard.push(new Array<number>(10_000).fill(hoard.length));
          }),
        ),
      );
    }
    default:
      return Promise.reject(new Error(`no such simulation: ${String(argument)}`));
  }
}

function onGrant<O>(simulation: Simulation<Mutex, O>, act: () => void): Simulation<Mutex, O> {
  const { core } = simulation;
  const bad: typeof core = {
    ...core,
    step: (state, event, out) => {
      if (event.kind === 'message' && event.message.kind === 'grant') act();
      core.step(state, event, out);
    },
  };
  return { ...simulation, core: bad };
}

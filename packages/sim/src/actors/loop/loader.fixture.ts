/** Loads a simulation whose actor never ends, for the tests of the sandbox. */
import { actorRunnable, type Runnable } from '../../run/runnable.ts';
import { defineActorSimulation } from '../actor-simulation.ts';
import { Offender } from './guards.fixture.ts';

export const load = (): Promise<Runnable> =>
  Promise.resolve(
    actorRunnable(
      defineActorSimulation({
        name: 'endless',
        nodes: 1,
        faults: { processes: { crashes: () => 0 } },
        run: async (system) => {
          const offender = await system.spawn(Offender, undefined, { node: 'n1' });
          offender.tell.loop();
        },
      }),
    ),
  );

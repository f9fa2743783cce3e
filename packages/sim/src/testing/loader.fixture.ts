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
    case 'greedy in a tight loop': {
      const hoard: number[][] = [];
      return Promise.resolve(
        coreRunnable(
          onGrant(simulation, () => {
            for (;;) hoard.push(new Array<number>(1_000).fill(0));
          }),
        ),
      );
    }
    case 'greedy for buffers': {
      const hoard: Uint8Array[] = [];
      return Promise.resolve(
        coreRunnable(
          onGrant(simulation, () => {
            for (;;) hoard.push(new Uint8Array(2 ** 20).fill(1));
          }),
        ),
      );
    }
    case 'exits':
      return Promise.resolve(coreRunnable(onGrant(simulation, () => process.exit(3))));
    case 'rejects':
      return Promise.resolve(
        coreRunnable(onGrant(simulation, () => void Promise.reject(new RangeError('nobody cares')))),
      );
    case 'random':
      return Promise.resolve(
        coreRunnable({
          ...simulation,
          options: (self, nodes) => ({ self, nodes: Math.random() < 0.5 ? nodes : nodes.toReversed() }),
        }),
      );
    case 'promises': {
      const always = { soon: () => Promise.resolve(true) } as unknown as NonNullable<typeof simulation.always>;
      return Promise.resolve(coreRunnable({ ...simulation, always }));
    }
    case 'malformed':
      return Promise.resolve(coreRunnable({ ...simulation, nodes: 0 }));
    case 'loops at load':
      for (;;);
    case 'exits at load':
      return process.exit(4);
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

/** piscina: a pool of stateless tasks; with one thread it can at least count in a module variable. */
import { Piscina } from 'piscina';
import { type Bench, timed } from '../harness/outcome.ts';
import { type Message, realistic, small } from '../messages.ts';
import { type Echo, roundTripWorkloads } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

const TASKS_IN_FLIGHT = 256;

export const subjects: readonly Subject[] = [
  {
    name: 'piscina',
    kind: 'peer',
    note: `a pool with one thread; every message is a task with a result, ${TASKS_IN_FLIGHT} in flight when counting`,
    suites: {
      spawn: { 'node-start': nodeStart('node-start'), 'node-start-one': nodeStart('node-start-one') },
      threads: {
        'counting-small': () => counting(small),
        'counting-realistic': () => counting(realistic),
        ...roundTripWorkloads(echo),
      },
    },
  },
];

function pool(threads: number, inFlight: number): Piscina {
  return new Piscina({
    filename: new URL('./piscina.worker.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: inFlight,
  });
}

function counting(message: (n: number) => Message): Bench {
  const tasks = pool(1, TASKS_IN_FLIGHT);
  return {
    async run(count) {
      let handled = 0;
      let sent = 0;
      const one = async () => {
        while (sent < count) await tasks.run(message(sent++), { name: 'inc' });
      };
      const work = async () => {
        await Promise.all(Array.from({ length: TASKS_IN_FLIGHT }, one));
        handled = await tasks.run(null, { name: 'take' });
      };
      return await timed(count, work, () => handled);
    },
    close: () => tasks.destroy(),
  };
}

function echo(inFlight: number): Echo {
  const tasks = pool(1, inFlight);
  return { ask: (n) => tasks.run(n, { name: 'echo' }), close: () => tasks.destroy() };
}

/** Ready means that each thread has done a task: they meet before they return, so that none does two. */
function nodeStart(name: string) {
  return (): Bench => ({
    async run(count) {
      const meeting = new SharedArrayBuffer(4);
      const started = performance.now();
      const tasks = pool(count, 1);
      const task = { meeting, expected: count };
      const ids: number[] = await Promise.all(Array.from({ length: count }, () => tasks.run(task, { name: 'meet' })));
      const milliseconds = performance.now() - started;
      await tasks.destroy();
      return { sent: count, handled: new Set(ids).size, milliseconds, figures: { [name]: milliseconds } };
    },
  });
}

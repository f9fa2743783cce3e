/** Node's own way: a worker thread and postMessage, which clones each message. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Bench, timed } from '../harness/outcome.ts';
import { type Message, realistic, small } from '../messages.ts';
import { type Echo, roundTripWorkloads } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'messageport',
    kind: 'peer',
    note: 'worker.postMessage, one message a call, structured clone; node-start is a bare Worker that posts once',
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

export interface Take {
  readonly type: 'take';
}
export interface Request {
  readonly type: 'request';
  readonly id: number;
  readonly n: number;
}
export interface Reply {
  readonly id: number;
  readonly n: number;
}

async function start(): Promise<Worker> {
  const worker = new Worker(new URL('./messageport.worker.ts', import.meta.url));
  await once(worker, 'message');
  return worker;
}

async function counting(message: (n: number) => Message): Promise<Bench> {
  const worker = await start();
  return {
    async run(count) {
      let handled = 0;
      const work = async () => {
        for (let i = 0; i < count; i++) worker.postMessage(message(i));
        worker.postMessage({ type: 'take' } satisfies Take);
        const [reply] = (await once(worker, 'message')) as [Reply];
        handled = reply.n;
      };
      return await timed(count, work, () => handled);
    },
    close: () => stop([worker]),
  };
}

async function echo(): Promise<Echo> {
  const worker = await start();
  const pending = new Map<number, (n: number) => void>();
  let last = 0;
  worker.on('message', ({ id, n }: Reply) => {
    const resolve = pending.get(id);
    pending.delete(id);
    resolve?.(n);
  });
  return {
    ask: (n) =>
      new Promise((resolve) => {
        const id = ++last;
        pending.set(id, resolve);
        worker.postMessage({ type: 'request', id, n } satisfies Request);
      }),
    close: () => stop([worker]),
  };
}

function nodeStart(name: string) {
  return (): Bench => ({
    async run(count) {
      const started = performance.now();
      const workers = await Promise.all(Array.from({ length: count }, start));
      const milliseconds = performance.now() - started;
      const handled = new Set(workers.map((worker) => worker.threadId)).size;
      await stop(workers);
      return { sent: count, handled, milliseconds, figures: { [name]: milliseconds } };
    },
  });
}

async function stop(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()));
}

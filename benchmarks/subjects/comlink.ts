/** comlink: calls to an object in a worker, each a promise; it has no message without a reply. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Remote, releaseProxy, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { type Bench, timed } from '../harness/outcome.ts';
import { type Message, realistic, small } from '../messages.ts';
import { type Echo, roundTripWorkloads } from '../workloads/round-trips.ts';
import type { Counter } from './comlink.worker.ts';
import type { Subject } from './subject.ts';

const CALLS_IN_FLIGHT = 256;

export const subjects: readonly Subject[] = [
  {
    name: 'comlink',
    kind: 'peer',
    note: `every message is a call with a reply, ${CALLS_IN_FLIGHT} in flight when counting`,
    suites: {
      threads: {
        'counting-small': () => counting(small),
        'counting-realistic': () => counting(realistic),
        ...roundTripWorkloads(echo),
      },
    },
  },
];

async function start(): Promise<{ readonly counter: Remote<Counter>; close(): Promise<void> }> {
  const worker = new Worker(new URL('./comlink.worker.ts', import.meta.url));
  await once(worker, 'online');
  const counter = wrap<Counter>(nodeEndpoint(worker));
  await counter.take();
  return {
    counter,
    async close() {
      counter[releaseProxy]();
      await worker.terminate();
    },
  };
}

async function counting(message: (n: number) => Message): Promise<Bench> {
  const { counter, close } = await start();
  return {
    async run(count) {
      let handled = 0;
      let sent = 0;
      const one = async () => {
        while (sent < count) await counter.inc(message(sent++));
      };
      const work = async () => {
        await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, one));
        handled = await counter.take();
      };
      return await timed(count, work, () => handled);
    },
    close,
  };
}

async function echo(): Promise<Echo> {
  const { counter, close } = await start();
  return { ask: (n) => counter.echo(n), close };
}

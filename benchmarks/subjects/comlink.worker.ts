import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { Message } from '../messages.ts';

let count = 0;

const counter = {
  inc(_message: Message): void {
    count++;
  },
  take(): number {
    const taken = count;
    count = 0;
    return taken;
  },
  echo: (n: number): number => n,
};

export type Counter = typeof counter;

if (parentPort !== null) expose(counter, nodeEndpoint(parentPort));

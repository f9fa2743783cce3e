import { parentPort } from 'node:worker_threads';
import type { Message } from '../messages.ts';
import type { Reply, Request, Take } from './messageport.ts';

let count = 0;
parentPort?.on('message', (message: Message | Take | Request) => {
  if (message.type === 'request') {
    parentPort?.postMessage({ id: message.id, n: message.n } satisfies Reply);
  } else if (message.type === 'take') {
    parentPort?.postMessage({ id: 0, n: count } satisfies Reply);
    count = 0;
  } else {
    count++;
  }
});
parentPort?.postMessage({ id: 0, n: 0 } satisfies Reply);

/** Counts what arrives and answers requests, without ever returning to its event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeCodec, type RingMessage } from './frame-codec.ts';
import type { RingWorkerData } from './ring-pair.ts';
import { RingReader, RingWriter } from './shared-ring.ts';

const { codec, inbound, outbound } = workerData as RingWorkerData;
const reader = new RingReader(inbound, makeCodec(codec));
const writer = new RingWriter(outbound, makeCodec(codec), 1);
let count = 0;
let sum = 0;

function receive(message: RingMessage): void {
  if (message.type === 'request') {
    writer.write({ type: 'reply', id: message.id, n: message.n });
  } else if (message.type === 'take') {
    writer.write({ type: 'reply', id: sum, n: count });
    count = 0;
    sum = 0;
  } else {
    count++;
    sum = (sum + (message.type === 'append' ? message.entries.length : message.n)) | 0;
  }
}

parentPort?.postMessage('ready');
for (;;) {
  if (reader.drain(receive) === 0) reader.waitBlocking();
}

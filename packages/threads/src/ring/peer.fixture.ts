/** The other thread of threads.test.ts: reads, echoes or writes as its role says, until it has done so or is killed. */
import * as util from 'node:util';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Decoder, Encoder, valueInspector } from '@troupe/codec';
import { Doorbell } from './doorbell.ts';
import { FlushQueue } from './flush-queue.ts';
import { HELD, SENT, TAKEN } from './frame.ts';
import type { RingMemory } from './memory.ts';
import { PortReceiver, PortSender } from './out-of-band.ts';
import { Pump } from './pump.ts';
import { RingReader } from './reader.ts';
import { RingWriter } from './writer.ts';

export interface PeerData {
  readonly role: 'count' | 'echo' | 'hold' | 'flood';
  readonly bells: SharedArrayBuffer;
  readonly toPeer: RingMemory;
  readonly fromPeer: RingMemory;
  readonly largeToPeer: MessagePort;
  readonly largeFromPeer: MessagePort;
  /** Frames of a count. */
  readonly count: number;
  /** Word 0: how many frames were handled in order. Word 1: how many were not as expected. */
  readonly progress: SharedArrayBuffer;
}

/** What frame `n` of a test carries: sizes vary, some go out of band. */
export function payloadOf(n: number): { n: number; text: string; bytes?: Uint8Array } {
  const text = 'é'.repeat(n % 37);
  return n % 997 === 5 ? { n, text, bytes: new Uint8Array(20_000).fill(n) } : { n, text };
}

export function isPayloadOf(n: number, payload: unknown): boolean {
  const expected = payloadOf(n);
  const { n: m, text, bytes } = payload as typeof expected;
  return (
    m === n && text === expected.text && bytes?.length === expected.bytes?.length && bytes?.[7] === expected.bytes?.[7]
  );
}

export const resolved: Promise<void> = Promise.resolve();
export const nodeScheduler = {
  microtask: (task: () => void): void => void resolved.then(task),
  immediate: (task: () => void): void => void setImmediate(task),
  now: (): number => performance.now(),
};

function run(data: PeerData, port: MessagePort): void {
  const progress = new Int32Array(data.progress);
  const mine = new Doorbell(data.bells, 1, () => {});
  const main = new Doorbell(data.bells, 0, () => port.postMessage('wake'));
  const flushes = new FlushQueue(nodeScheduler.microtask);
  const reader = new RingReader(data.toPeer, new Decoder(), {
    writerDoorbell: main,
    outOfBand: new PortReceiver(data.largeToPeer),
  });
  const writer = new RingWriter(data.fromPeer, new Encoder({ inspector: valueInspector(util) }), {
    doorbell: main,
    outOfBand: new PortSender(data.largeFromPeer),
    onPending: flushes.add,
  });
  if (data.role === 'flood') {
    for (let n = 0; ; n++) {
      while (writer.write(1, 0, 0, 0, 0, 0, payloadOf(n), undefined) !== SENT) writer.flush();
      progress[0] = n + 1;
    }
  }
  const pump = new Pump(mine, nodeScheduler, { cores: 2 });
  let next = 0;
  pump.add(reader, {
    frame(type, kind, target, sender, correlation, deadline, payload, extra, position) {
      if (!isPayloadOf(next, payload)) progress[1] = 1 + (progress[1] as number);
      next++;
      if (data.role === 'hold') {
        // Begins every other frame at once, and never gets to the rest.
        if (next % 2 === 0) reader.release(position);
        if (next === data.count) port.postMessage('held');
        progress[0] = next;
        return HELD;
      }
      if (data.role === 'echo') {
        if (writer.write(type, kind, sender, target, correlation, deadline, payload, extra) !== SENT)
          throw new Error('full');
      }
      progress[0] = next;
      // Once the ledger has it too.
      if (next === data.count && data.role === 'count') queueMicrotask(() => port.postMessage('counted'));
      return TAKEN;
    },
    refused(reason) {
      progress[1] = 1 + (progress[1] as number);
      port.postMessage(`refused: ${reason}`);
    },
  });
  port.on('message', (message) => (message === 'stop' ? finish() : pump.wake()));
  function finish(): void {
    pump.stop();
    port.close();
    data.largeToPeer.close();
    data.largeFromPeer.close();
  }
  pump.start();
  port.postMessage('ready');
}

if (parentPort !== null && (workerData as PeerData | undefined)?.role !== undefined)
  run(workerData as PeerData, parentPort);

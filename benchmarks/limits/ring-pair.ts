/** A worker thread behind two rings, one each way, and the workloads over it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Bench, timed } from '../harness/outcome.ts';
import type { Message } from '../messages.ts';
import { type Echo, latencyFigures } from '../workloads/round-trips.ts';
import { type CodecName, makeCodec, type RingMessage } from './frame-codec.ts';
import { createRing, type RingMemory, RingReader, RingWriter } from './shared-ring.ts';

export interface RingWorkerData {
  readonly codec: CodecName;
  readonly inbound: RingMemory;
  readonly outbound: RingMemory;
}

const COUNTING_BATCH = 64;
const MILLISECONDS_BETWEEN_TURNS = 5;
const LOOKS_BEFORE_BLOCKING = 1_000;

interface Pair {
  readonly writer: RingWriter<RingMessage>;
  readonly reader: RingReader<RingMessage>;
  close(): Promise<void>;
}

export async function counting(codec: CodecName, message: (n: number) => Message): Promise<Bench> {
  const { writer, reader, close } = await startPair(codec, COUNTING_BATCH);
  return {
    async run(count) {
      let handled = 0;
      const work = () => {
        for (let i = 0; i < count; i++) writer.write(message(i));
        writer.write({ type: 'take', id: 0, n: 0 });
        writer.flush();
        const keep = (reply: RingMessage) => {
          if (reply.type === 'reply') handled = reply.n;
        };
        while (reader.drain(keep) === 0) reader.waitBlocking();
      };
      return await timed(count, work, () => handled);
    },
    close,
  };
}

/** Both sides spin; nothing is awaited. Each round trip is timed where `latencies` is asked for. */
export async function spinning(codec: CodecName, timeEach: boolean): Promise<Bench> {
  const { writer, reader, close } = await startPair(codec, 1);
  return {
    async run(count) {
      const latencies = new Float64Array(timeEach ? count : 0);
      let handled = 0;
      const receive = (reply: RingMessage) => {
        if (reply.type === 'reply' && reply.n === handled) handled++;
      };
      const work = () => {
        for (let n = 0; n < count; n++) {
          const started = timeEach ? performance.now() : 0;
          writer.write({ type: 'request', id: n, n });
          while (reader.drain(receive) === 0) reader.waitBlocking();
          if (timeEach) latencies[n] = performance.now() - started;
        }
      };
      const outcome = await timed(count, work, () => handled);
      return timeEach ? { ...outcome, figures: latencyFigures('ping-pong', latencies) } : outcome;
    },
    close,
  };
}

/** Asks whose replies are looked for between microtasks, so that each resolved promise goes on at once. */
export async function asking(codec: CodecName): Promise<Echo> {
  const { writer, reader, close } = await startPair(codec, 1);
  const pending = new Map<number, (n: number) => void>();
  let last = 0;
  let looking = false;
  const receive = (reply: RingMessage) => {
    if (reply.type !== 'reply') return;
    const resolve = pending.get(reply.id);
    pending.delete(reply.id);
    resolve?.(reply.n);
  };
  const look = async () => {
    looking = true;
    let idle = 0;
    let turned = performance.now();
    while (pending.size > 0) {
      idle = reader.drain(receive) === 0 ? idle + 1 : 0;
      await null;
      if (idle < LOOKS_BEFORE_BLOCKING) continue;
      reader.waitBlocking();
      if (performance.now() - turned < MILLISECONDS_BETWEEN_TURNS) continue;
      await new Promise(setImmediate);
      turned = performance.now();
    }
    looking = false;
  };
  return {
    ask: (n) =>
      new Promise((resolve) => {
        const id = (last = (last + 1) | 0);
        pending.set(id, resolve);
        writer.write({ type: 'request', id, n });
        if (!looking) void look();
      }),
    close,
  };
}

async function startPair(codec: CodecName, batch: number): Promise<Pair> {
  const workerData: RingWorkerData = { codec, inbound: createRing(), outbound: createRing() };
  const worker = new Worker(new URL('./ring.worker.ts', import.meta.url), { workerData });
  await once(worker, 'message');
  return {
    writer: new RingWriter(workerData.inbound, makeCodec(codec), batch),
    reader: new RingReader(workerData.outbound, makeCodec(codec)),
    async close() {
      await worker.terminate();
    },
  };
}

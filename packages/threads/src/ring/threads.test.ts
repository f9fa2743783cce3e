import { once } from 'node:events';
import * as util from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Decoder, Encoder, valueInspector } from '@troupe/codec';
import { afterEach, expect, it } from 'vitest';
import { createDoorbellMemory, Doorbell } from './doorbell.ts';
import { FlushQueue } from './flush-queue.ts';
import { type FrameSink, SENT, TAKEN } from './frame.ts';
import { createRingMemory, readLedger } from './memory.ts';
import { PortReceiver, PortSender } from './out-of-band.ts';
import { isPayloadOf, nodeScheduler, type PeerData, payloadOf } from './peer.fixture.ts';
import { Pump } from './pump.ts';
import { RingReader } from './reader.ts';
import { RingWriter } from './writer.ts';

/** This thread's side, and a worker's. */
class Bench {
  readonly bells = createDoorbellMemory(2);
  readonly toPeer;
  readonly fromPeer;
  readonly progress = new Int32Array(new SharedArrayBuffer(8));
  readonly worker: Worker;
  readonly pump: Pump;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  readonly #ports;

  constructor(role: PeerData['role'], count: number, ringBytes: number, redelivers = false) {
    this.toPeer = createRingMemory(ringBytes, { redelivers });
    this.fromPeer = createRingMemory(ringBytes);
    const to = new MessageChannel();
    const from = new MessageChannel();
    const workerData: PeerData = {
      role,
      bells: this.bells,
      toPeer: this.toPeer,
      fromPeer: this.fromPeer,
      largeToPeer: to.port2,
      largeFromPeer: from.port2,
      count,
      progress: this.progress.buffer as SharedArrayBuffer,
    };
    const transferList = [to.port2, from.port2];
    this.worker = new Worker(new URL('./peer.fixture.ts', import.meta.url), { workerData, transferList });
    this.#ports = [to.port1, from.port1];
    const mine = new Doorbell(this.bells, 0, () => {});
    const peer = new Doorbell(this.bells, 1, () => this.worker.postMessage('wake'));
    const flushes = new FlushQueue(nodeScheduler.microtask);
    this.writer = new RingWriter(this.toPeer, new Encoder({ inspector: valueInspector(util) }), {
      doorbell: peer,
      outOfBand: new PortSender(to.port1),
      onPending: flushes.add,
    });
    this.reader = new RingReader(this.fromPeer, new Decoder(), {
      writerDoorbell: peer,
      outOfBand: new PortReceiver(from.port1),
    });
    this.pump = new Pump(mine, nodeScheduler, { cores: 2 });
    this.worker.on('message', (message) => message === 'wake' && this.pump.wake());
  }

  /** The first message that is no wake-up. */
  async message(): Promise<unknown> {
    for (;;) {
      const [message] = (await once(this.worker, 'message')) as [unknown];
      if (message !== 'wake') return message;
    }
  }

  /** Writes frames `from` up to `count`, and waits for room as a node does. */
  async send(count: number, from = 0): Promise<void> {
    for (let n = from; n < count; n++) {
      while (this.writer.write(1, 2, 3, 4, 0, 0, payloadOf(n), undefined) !== SENT) {
        await new Promise<void>((resolve) => this.pump.awaitRoom(this.writer, resolve));
      }
    }
    this.writer.flush();
  }

  async dispose(): Promise<void> {
    this.pump.stop();
    for (const port of this.#ports) port.close();
    await this.worker.terminate();
  }
}

let bench: Bench | undefined;

async function open(...options: ConstructorParameters<typeof Bench>): Promise<Bench> {
  bench = new Bench(...options);
  bench.pump.start();
  if (options[0] !== 'flood') expect(await bench.message()).toBe('ready');
  return bench;
}

afterEach(async () => {
  await bench?.dispose();
  bench = undefined;
});

it.each([1024, 16_384, 1 << 20])(
  'every frame arrives in order in another thread, through a ring of %i bytes',
  async (bytes) => {
    const count = 20_000;
    const { progress, ...ends } = await open('count', count, bytes);
    const counted = bench?.message();
    await bench?.send(count);
    expect(await counted).toBe('counted');
    expect([...progress]).toEqual([count, 0]);
    expect(readLedger(ends.toPeer)).toEqual({ unpublished: 0, unread: 0 });
  },
);

it('echoes come back in order, while both sides sleep and wake', async () => {
  const count = 2000;
  const { pump, reader, writer } = await open('echo', count, 8192);
  let next = 0;
  let wrong = 0;
  let arrived: (() => void) | undefined;
  const sink: FrameSink = {
    frame(_type, kind, target, sender, correlation, deadline, payload, extra) {
      const { trace } = extra as { trace: number };
      const fields = [kind, target, sender, correlation, deadline, trace];
      if (!isPayloadOf(next, payload) || fields.join() !== [2, 4, 3, next, 12.5, next].join()) wrong++;
      next++;
      arrived?.();
      return TAKEN;
    },
    refused: () => wrong++,
  };
  pump.add(reader, sink);
  for (let n = 0; n < count; n++) {
    const back = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    expect(writer.write(1, 2, 3, 4, n, 12.5, payloadOf(n), { trace: n })).toBe(SENT);
    await back;
    // So that the other side sleeps, now and then.
    if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect([next, wrong]).toEqual([count, 0]);
});

it('a thread that is killed while it writes leaves a ring that can be read to the last published frame', async () => {
  const { worker, reader, fromPeer, progress } = await open('flood', 0, 4096);
  let next = 0;
  let wrong = 0;
  const sink: FrameSink = {
    frame(_type, _kind, _target, _sender, _correlation, _deadline, payload) {
      if (!isPayloadOf(next, payload)) wrong++;
      next++;
      return TAKEN;
    },
    refused: () => wrong++,
  };
  while (next < 5000) {
    reader.drain(100, sink);
    if (next % 700 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await worker.terminate();
  while (reader.isReady) reader.drain(100, sink);
  expect(wrong).toBe(0);
  const { unpublished, unread } = readLedger(fromPeer);
  expect(unread).toBe(unpublished);
  // Of what the dead thread had written, all was read but the batch that it had not published.
  expect(Math.abs(next + unpublished - (progress[0] as number))).toBeLessThanOrEqual(1);
});

it('what a killed reader had not released is offered to the next one, before what comes later', async () => {
  const count = 60;
  const { worker, toPeer, bells, writer, progress } = await open('hold', count, 16_384, true);
  const held = bench?.message();
  await bench?.send(count);
  expect(await held).toBe('held');
  await worker.terminate();
  expect(progress[1]).toBe(0);
  await bench?.send(count + 3, count);
  const channel = new MessageChannel();
  const outOfBand = new PortReceiver(channel.port2);
  const reader = new RingReader(toPeer, new Decoder(), { writerDoorbell: new Doorbell(bells, 0, () => {}), outOfBand });
  expect(reader.recover()).toBe(count / 2 + 3);
  // Frame 5 went out of band; it had been freed by nobody, so the writer still has its bytes.
  writer.repostOutOfBand(new PortSender(channel.port1));
  const seen: number[] = [];
  const sink: FrameSink = {
    frame(_type, _kind, _target, _sender, _correlation, _deadline, payload) {
      const { n } = payload as { n: number };
      if (isPayloadOf(n, payload)) seen.push(n);
      return TAKEN;
    },
    refused: () => seen.push(-1),
  };
  while (reader.isReady) reader.drain(10, sink);
  channel.port1.close();
  const survivors = Array.from({ length: count / 2 }, (_, i) => 2 * i);
  expect(seen).toEqual([...survivors, count, count + 1, count + 2]);
  expect(writer.freeBytes).toBe(16_384);
});

it('a worker whose pump has stopped ends by itself', async () => {
  const { worker } = await open('count', 10, 4096);
  const exit = once(worker, 'exit');
  worker.postMessage('stop');
  expect(await exit).toEqual([0]);
});

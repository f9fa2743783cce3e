/** The words that both ends of a ring share, written by the end that should not: the other end loses nothing but that ring. */

import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createDoorbellMemory, Doorbell } from './doorbell.ts';
import { FLAG_RELEASED, HELD, MAGIC, PADDING_BYTES_MIN, SENT, TYPE_PADDING } from './frame.ts';
import {
  CONSUMED_FRAMES,
  createRingMemory,
  PUBLISHED_FRAMES,
  type RingMemory,
  readLedger,
  SHAPES_LENGTH,
  TAIL,
  WRITTEN_FRAMES,
} from './memory.ts';
import { PortReceiver } from './out-of-band.ts';
import { Pump } from './pump.ts';
import { RingReader } from './reader.ts';
import { AnnouncingDecoder, AnnouncingEncoder, RecordingSink, sleepingBell } from './ring.fixture.ts';
import { RingWriter } from './writer.ts';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** A writer that never writes a frame, but always publishes something. */
function publishPadding(memory: RingMemory): void {
  const control = new Int32Array(memory.control);
  const words = new Int32Array(memory.data);
  const tail = control[TAIL]!;
  const at = (tail & (memory.data.byteLength - 1)) >> 2;
  words[at] = (MAGIC << 24) | PADDING_BYTES_MIN;
  words[at + 1] = TYPE_PADDING;
  Atomics.store(control, TAIL, (tail + PADDING_BYTES_MIN) | 0);
}

describe('a writer', () => {
  it('of nothing but padding does not keep its reader’s node from its timers', () => {
    const memory = createRingMemory();
    const { bell } = sleepingBell();
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: bell });
    const microtasks: (() => void)[] = [];
    let immediates = 0;
    let time = 0;
    const pump = new Pump(
      new Doorbell(createDoorbellMemory(1), 0, () => {}),
      {
        // Another thread writes meanwhile.
        microtask: (task) =>
          void microtasks.push(() => {
            publishPadding(memory);
            task();
          }),
        immediate: () => immediates++,
        now: () => (time += 0.001),
      },
      { cores: 2 },
    );
    pump.add(reader, new RecordingSink());
    publishPadding(memory);
    pump.start();
    let turns = 0;
    for (let task = microtasks.shift(); task !== undefined && turns < 100_000; task = microtasks.shift(), turns++)
      task();
    expect(turns).toBeLessThan(100_000);
    expect(immediates).toBe(1);
  });

  it('whose ledger says anything is not believed more frames than its ring can hold', () => {
    const memory = createRingMemory(1_024);
    const control = new Int32Array(memory.control);
    for (const [written, consumed] of [
      [INT32_MAX, 0],
      [0, INT32_MIN],
      [-5, 7],
      [1_000_000, -1_000_000],
    ] as const) {
      control[WRITTEN_FRAMES] = written;
      control[CONSUMED_FRAMES] = consumed;
      control[PUBLISHED_FRAMES] = consumed;
      for (const count of Object.values(readLedger(memory))) {
        expect(count).toBeGreaterThanOrEqual(0);
        expect(count).toBeLessThanOrEqual(64);
      }
    }
  });
});

describe('a writer into a ring that redelivers', () => {
  it('that takes back the marks of its reader does not pin the ring: what was let go of is free', () => {
    const memory = createRingMemory(1_024, { redelivers: true });
    const words = new Int32Array(memory.data);
    const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: sleepingBell().bell });
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: sleepingBell().bell });
    const sink = new RecordingSink();
    sink.verdict = () => HELD;
    for (let n = 0; n < 3; n++) writer.write(1, 0, 0, 0, 0, 0, n, undefined);
    writer.flush();
    reader.drain(10, sink);
    const [first, second, third] = sink.seen.map(({ position }) => position) as [number, number, number];
    reader.release(second);
    // It looks as if nobody had released it.
    const at = (second >> 2) + 1;
    words[at] = words[at]! & ~(FLAG_RELEASED << 24);
    reader.release(first);
    expect(writer.freeBytes).toBeLessThan(1_024);
    reader.release(third);
    expect(writer.freeBytes).toBe(1_024);
    expect(reader.counters.givenUp).toBe(1);
  });
});

describe('a reader', () => {
  it('that writes into the log of shapes makes no write throw, and what is logged is read by the next', () => {
    for (const length of [-4, INT32_MIN, INT32_MAX, 3, 1 << 20]) {
      const memory = createRingMemory(1_024, { redelivers: true });
      const control = new Int32Array(memory.control);
      const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: sleepingBell().bell });
      control[SHAPES_LENGTH] = length;
      expect(writer.write(1, 0, 0, 0, 0, 0, { a: 1 }, undefined)).toBe(SENT);
      control[SHAPES_LENGTH] = length;
      expect(writer.write(1, 0, 0, 0, 0, 0, { b: 2 }, undefined)).toBe(SENT);
      writer.flush();
      const next = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: sleepingBell().bell });
      expect(next.recover()).toBe(2);
      const sink = new RecordingSink();
      next.drain(10, sink);
      expect(sink.payloads).toEqual([{ a: 1 }, { b: 2 }]);
    }
  });
});

describe('a way out of band', () => {
  it('on which something comes under no id goes on with what comes after it', () => {
    const { port1, port2 } = new MessageChannel();
    const receiver = new PortReceiver(port2);
    const bytes = Uint8Array.of(1);
    for (const id of [Number.NaN, 0.5, Number.POSITIVE_INFINITY, '1', undefined])
      port1.postMessage({ id, bytes, transfers: [] });
    port1.postMessage({ id: 1, bytes, transfers: [] });
    expect(receiver.take(1)).toEqual({ bytes, transfers: [] });
    expect(receiver.dropped).toBe(5);
    port1.close();
  });
});

describe('a doorbell that others have overwritten', () => {
  it('keeps no node asleep that has work: it looks again now and then', () => {
    const bells = createDoorbellMemory(1);
    const mine = new Doorbell(bells, 0, () => {});
    const memory = createRingMemory();
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: sleepingBell().bell });
    const tasks: (() => void)[] = [];
    const push = (task: () => void): void => void tasks.push(task);
    const run = (): void => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    };
    let time = 0;
    const pump = new Pump(mine, { microtask: push, immediate: push, now: () => (time += 0.001) }, { cores: 2 });
    const sink = new RecordingSink();
    pump.add(reader, sink);
    pump.start();
    run();
    expect(pump.isAsleep).toBe(true);
    new Int32Array(bells)[0] = 7;
    let wakes = 0;
    const theirs = new Doorbell(bells, 0, () => wakes++);
    const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: theirs });
    writer.write(1, 0, 0, 0, 0, 0, 'lost', undefined);
    writer.flush();
    expect(wakes).toBe(0);
    pump.lookAgain();
    run();
    expect(sink.payloads).toEqual(['lost']);
    // And the bell rings again.
    pump.lookAgain();
    new Int32Array(bells)[0] = 7;
    pump.lookAgain();
    writer.write(1, 0, 0, 0, 0, 0, 'heard', undefined);
    writer.flush();
    expect(wakes).toBe(1);
  });
});

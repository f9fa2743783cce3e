import { TroupeError } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { FULL, LEAVE, SENT, TAKEN } from './frame.ts';
import { createRingMemory, HEAD, type RingMemory, readLedger, TAIL } from './memory.ts';
import { RingReader } from './reader.ts';
import {
  AnnouncingDecoder,
  AnnouncingEncoder,
  LoopbackOutOfBand,
  MovedBytes,
  RecordingSink,
  sleepingBell,
} from './ring.fixture.ts';
import { RingWriter, type RingWriterOptions } from './writer.ts';

interface Ends {
  readonly memory: RingMemory;
  readonly encoder: AnnouncingEncoder;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  readonly sink: RecordingSink;
  readonly wakes: () => number;
  readonly sleep: () => void;
  readonly writerWakes: () => number;
}

function ends(bytes = 4096, options: Partial<RingWriterOptions> = {}): Ends {
  const memory = createRingMemory(bytes);
  const readerNode = sleepingBell();
  const writerNode = sleepingBell();
  const encoder = new AnnouncingEncoder();
  const outOfBand = options.outOfBand as LoopbackOutOfBand | undefined;
  const writer = new RingWriter(memory, encoder, { doorbell: readerNode.bell, ...options });
  const reader = new RingReader(memory, new AnnouncingDecoder(), {
    writerDoorbell: writerNode.bell,
    ...(outOfBand === undefined ? {} : { outOfBand }),
  });
  const sink = new RecordingSink();
  return {
    memory,
    encoder,
    writer,
    reader,
    sink,
    wakes: readerNode.wakes,
    sleep: readerNode.sleep,
    writerWakes: writerNode.wakes,
  };
}

function tell(writer: RingWriter, payload: unknown): number {
  return writer.write(1, 2, 3, 4, 0, 0, payload, undefined);
}

function thrown(action: () => unknown): TroupeError {
  try {
    action();
  } catch (error) {
    if (error instanceof TroupeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a ring', () => {
  it('delivers every field of a frame, with its payload and its extra value', () => {
    const { writer, reader, sink } = ends();
    expect(writer.write(255, 65535, 0xffff_ffff, 0x8000_0000, 0xffff_fffe, 1234.5, { a: 1 }, { trace: 'x' })).toBe(
      SENT,
    );
    expect(writer.write(1, 0, 0, 0, 0, 0, undefined, undefined)).toBe(SENT);
    expect(writer.write(1, 0, 0, 0, 7, 0, undefined, [1])).toBe(SENT);
    writer.flush();
    expect(reader.drain(10, sink)).toBe(3);
    expect(sink.seen.map(({ position: _, ...fields }) => fields)).toEqual([
      {
        type: 255,
        kind: 65535,
        target: 0xffff_ffff,
        sender: 0x8000_0000,
        correlation: 0xffff_fffe,
        deadline: 1234.5,
        payload: { a: 1 },
        extra: { trace: 'x' },
      },
      { type: 1, kind: 0, target: 0, sender: 0, correlation: 0, deadline: 0, payload: undefined, extra: undefined },
      { type: 1, kind: 0, target: 0, sender: 0, correlation: 7, deadline: 0, payload: undefined, extra: { 0: 1 } },
    ]);
  });

  it('shows a frame when its batch is published, and wakes a sleeping reader once', () => {
    const { writer, reader, sink, wakes, sleep } = ends(4096, { batchFrames: 4 });
    for (let i = 0; i < 3; i++) tell(writer, i);
    expect(reader.isReady).toBe(false);
    tell(writer, 3);
    expect(reader.isReady).toBe(true);
    expect(wakes()).toBe(1);
    tell(writer, 4);
    writer.flush();
    writer.flush();
    expect(wakes()).toBe(1);
    expect(reader.drain(100, sink)).toBe(5);
    sleep();
    tell(writer, 5);
    writer.flush();
    expect(wakes()).toBe(2);
  });

  it('says when there is something to flush, once a batch', () => {
    let reports = 0;
    const { writer } = ends(4096, { batchFrames: 4, onPending: () => reports++ });
    for (let i = 0; i < 3; i++) tell(writer, i);
    expect(reports).toBe(1);
    tell(writer, 3);
    expect(reports).toBe(1);
    tell(writer, 4);
    expect(reports).toBe(2);
  });

  it.each([1024, 2048, 65536])('keeps order and count over many laps of %i bytes, whatever the sizes', (bytes) => {
    const { writer, reader, sink } = ends(bytes);
    const count = 5000;
    let next = 0;
    let full = 0;
    while (sink.seen.length < count) {
      while (next < count && tell(writer, { n: next, pad: 'x'.repeat((next * 7) % 40) }) === SENT) next++;
      if (next < count) full++;
      writer.flush();
      reader.drain(1 + (next % 50), sink);
    }
    expect(sink.payloads.map((payload) => (payload as { n: number }).n)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
    expect(full).toBeGreaterThan(0);
    expect(sink.refusals).toEqual([]);
    expect(writer.freeBytes).toBe(bytes);
  });

  it('goes on where its byte counts wrap at 2^32', () => {
    const memory = createRingMemory(1024);
    const control = new Int32Array(memory.control);
    control[TAIL] = control[HEAD] = -512;
    const { bell } = sleepingBell();
    const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: bell });
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: bell });
    const sink = new RecordingSink();
    for (let i = 0; i < 100; i++) {
      expect(tell(writer, i)).toBe(SENT);
      writer.flush();
      reader.drain(1, sink);
    }
    expect(control[TAIL]).toBeGreaterThan(0);
    expect(sink.payloads).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('answers FULL without a trace: what the frame announced is announced again', () => {
    const { writer, reader, sink, encoder } = ends(1024);
    while (tell(writer, { n: 1 }) === SENT);
    expect(encoder.mark).toBe(1);
    expect(tell(writer, { other: 1 })).toBe(FULL);
    expect(encoder.mark).toBe(1);
    writer.flush();
    reader.drain(1000, sink);
    expect(tell(writer, { other: 1 })).toBe(SENT);
    writer.flush();
    reader.drain(1000, sink);
    expect(sink.payloads.at(-1)).toEqual({ other: 1 });
  });

  it('takes back what a payload announced when its extra value is refused or does not fit', () => {
    const { writer, reader, sink, encoder } = ends(1024, { outOfBand: new LoopbackOutOfBand() });
    expect(() => writer.write(1, 0, 0, 0, 0, 0, { a: 1 }, () => 1)).toThrow('a function');
    expect(encoder.mark).toBe(0);
    expect(writer.write(1, 0, 0, 0, 0, 0, { a: 2 }, { big: 'x'.repeat(500) })).toBe(SENT);
    expect(tell(writer, { a: 3 })).toBe(SENT);
    writer.flush();
    reader.drain(10, sink);
    expect(sink.seen.map(({ payload, extra }) => [payload, extra])).toEqual([
      [{ a: 2 }, { big: 'x'.repeat(500) }],
      [{ a: 3 }, undefined],
    ]);
  });

  it('refuses fields that its header cannot carry', () => {
    const { writer } = ends();
    const cases: [number, number, number, number, number, number][] = [
      [0, 0, 0, 0, 0, 0],
      [256, 0, 0, 0, 0, 0],
      [1.5, 0, 0, 0, 0, 0],
      [1, 65536, 0, 0, 0, 0],
      [1, -1, 0, 0, 0, 0],
      [1, 0, -1, 0, 0, 0],
      [1, 0, 0, 2 ** 32, 0, 0],
      [1, 0, 0, 0, 0.5, 0],
      [1, 0, 0, 0, 0, Number.NaN],
      [1, 0, 0, 0, 0, -1],
      [1, 0, 0, 0, 0, Number.POSITIVE_INFINITY],
    ];
    for (const fields of cases) {
      expect(thrown(() => writer.write(...fields, 'x', undefined)).code).toBe('TROUPE_FRAME_FIELD_INVALID');
    }
    expect(writer.pending).toBe(0);
  });

  it('offers a frame that was left once more after resume, before any later one', () => {
    const { writer, reader, sink } = ends();
    for (let i = 0; i < 5; i++) tell(writer, i);
    writer.flush();
    let room = 2;
    sink.verdict = () => (room-- > 0 ? TAKEN : LEAVE);
    expect(reader.drain(10, sink)).toBe(2);
    expect(reader.isBlocked).toBe(true);
    expect(reader.isReady).toBe(false);
    expect(reader.drain(10, sink)).toBe(0);
    room = 1;
    reader.resume();
    expect(reader.isReady).toBe(true);
    expect(reader.drain(10, sink)).toBe(1);
    room = 9;
    reader.resume();
    expect(reader.drain(10, sink)).toBe(2);
    expect(sink.payloads).toEqual([0, 1, 2, 3, 4]);
    expect(writer.freeBytes).toBe(4096);
  });

  it('wakes a writer that waits for room when a quarter is free, once', () => {
    const { writer, reader, sink, writerWakes } = ends(4096);
    while (tell(writer, 'x'.repeat(30)) === SENT);
    expect(writer.wantRoom()).toBe(false);
    reader.drain(1, sink);
    expect(writerWakes()).toBe(0);
    reader.drain(1000, sink);
    expect(writerWakes()).toBe(1);
    expect(writer.hasRoom()).toBe(true);
    expect(writer.wantRoom()).toBe(true);
  });

  it('leaves what was not published unseen, and its ledger tells how many frames died with which side', () => {
    const { memory, writer, reader, sink } = ends(4096, { batchFrames: 4 });
    for (let i = 0; i < 10; i++) tell(writer, i);
    expect(reader.drain(3, sink)).toBe(3);
    expect(readLedger(memory)).toEqual({ unpublished: 2, unread: 7 });
    expect(reader.drain(100, sink)).toBe(5);
    expect(readLedger(memory)).toEqual({ unpublished: 2, unread: 2 });
  });

  it('refuses memory that is none of its own, and options out of range', () => {
    const { bell } = sleepingBell();
    expect(thrown(() => createRingMemory(1000)).code).toBe('TROUPE_RING_OPTION_INVALID');
    expect(thrown(() => createRingMemory(512)).code).toBe('TROUPE_RING_OPTION_INVALID');
    const memory = createRingMemory(1024);
    const foreign = { control: new SharedArrayBuffer(memory.control.byteLength), data: memory.data };
    const options = { writerDoorbell: bell };
    expect(thrown(() => new RingReader(foreign, new AnnouncingDecoder(), options)).code).toBe(
      'TROUPE_RING_MEMORY_INVALID',
    );
    const badBatch = { doorbell: bell, batchFrames: 0 };
    expect(thrown(() => new RingWriter(memory, new AnnouncingEncoder(), badBatch)).code).toBe(
      'TROUPE_RING_OPTION_INVALID',
    );
  });

  it('refuses to be drained from within its own drain', () => {
    const { writer, reader, sink } = ends();
    tell(writer, 1);
    writer.flush();
    sink.verdict = () => {
      reader.drain(1, sink);
      return TAKEN;
    };
    expect(thrown(() => reader.drain(1, sink)).code).toBe('TROUPE_RING_MISUSED');
  });
});

describe('a frame out of band', () => {
  it('keeps its place in the order', () => {
    const { writer, reader, sink } = ends(1024, { outOfBand: new LoopbackOutOfBand() });
    const big = { text: 'y'.repeat(10_000) };
    tell(writer, { n: 1 });
    tell(writer, big);
    tell(writer, { text: 'small, of the shape that the big one announced' });
    expect(writer.write(1, 0, 0, 0, 9, 5, big, big)).toBe(SENT);
    expect(writer.write(1, 0, 0, 0, 9, 5, undefined, big)).toBe(SENT);
    writer.flush();
    expect(reader.drain(10, sink)).toBe(5);
    expect(sink.seen.map(({ payload, extra, correlation }) => [payload, extra, correlation])).toEqual([
      [{ n: 1 }, undefined, 0],
      [big, undefined, 0],
      [{ text: 'small, of the shape that the big one announced' }, undefined, 0],
      [big, big, 9],
      [undefined, big, 9],
    ]);
    expect(writer.counters.outOfBand).toBe(3);
  });

  it('is refused when there is no way, or it is larger than the bound, and nothing stays announced', () => {
    const none = ends(1024);
    expect(thrown(() => tell(none.writer, { text: 'y'.repeat(500) })).code).toBe('TROUPE_FRAME_TOO_LARGE');
    expect(none.encoder.mark).toBe(0);
    const bound = ends(1024, { outOfBand: new LoopbackOutOfBand(), largeFrameBytesMax: 1000 });
    expect(thrown(() => tell(bound.writer, { text: 'y'.repeat(2000) })).code).toBe('TROUPE_FRAME_TOO_LARGE');
    expect(bound.encoder.mark).toBe(0);
    expect(tell(bound.writer, { text: 'y'.repeat(500) })).toBe(SENT);
  });

  it('finds the ring full when too many bytes are on their way, until the reader frees them', () => {
    const { writer, reader, sink, writerWakes } = ends(4096, {
      outOfBand: new LoopbackOutOfBand(),
      outOfBandBytesMax: 3000,
    });
    const big = 'z'.repeat(2000);
    expect(tell(writer, big)).toBe(SENT);
    expect(tell(writer, big)).toBe(FULL);
    writer.flush();
    expect(reader.drain(10, sink)).toBe(1);
    expect(tell(writer, big)).toBe(SENT);
    expect(tell(writer, 'z'.repeat(5000))).toBe(FULL);
    writer.flush();
    reader.drain(10, sink);
    expect(tell(writer, 'z'.repeat(5000))).toBe(SENT);
    expect(writer.wantRoom()).toBe(false);
    expect(writer.counters.outOfBandBytes).toBeGreaterThan(5000);
    reader.drain(10, sink);
    expect(writerWakes()).toBe(1);
    expect(writer.counters.full).toBe(2);
  });

  it('carries moved buffers, whatever the size of the message', () => {
    const { writer, reader, sink } = ends(1024, { outOfBand: new LoopbackOutOfBand() });
    const buffer = Uint8Array.from([1, 2, 3]).buffer;
    expect(writer.write(1, 0, 0, 0, 0, 0, new MovedBytes(buffer), { extra: true })).toBe(SENT);
    expect(buffer.detached).toBe(true);
    writer.flush();
    expect(reader.drain(10, sink)).toBe(1);
    expect(new Uint8Array(sink.seen[0]?.payload as ArrayBuffer)).toEqual(Uint8Array.from([1, 2, 3]));
    expect(sink.seen[0]?.extra).toEqual({ extra: true });
    expect(thrown(() => tell(writer, new MovedBytes(buffer))).code).toBe('TROUPE_FRAME_TRANSFER_REFUSED');
    expect(tell(writer, 'goes on')).toBe(SENT);
    writer.flush();
    reader.drain(10, sink);
    expect(sink.payloads.at(-1)).toBe('goes on');
  });

  it('that is missing is refused and counted, not waited for', () => {
    const outOfBand = new LoopbackOutOfBand();
    const { writer, reader, sink } = ends(1024, { outOfBand });
    writer.write(1, 0, 0, 0, 77, 0, 'z'.repeat(2000), undefined);
    tell(writer, 'next');
    outOfBand.items.clear();
    writer.flush();
    expect(reader.drain(10, sink)).toBe(2);
    expect(sink.payloads).toEqual(['next']);
    expect(sink.refusals).toEqual([{ reason: 'out-of-band', correlation: 77, error: undefined }]);
    expect(reader.counters.refused['out-of-band']).toBe(1);
  });
});

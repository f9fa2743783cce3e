import { describe, expect, it } from 'vitest';
import { FULL, HELD, LEAVE, SENT, TAKEN } from './frame.ts';
import { CONSUMED_FRAMES, createRingMemory, PUBLISHED_FRAMES, type RingMemory, SHAPES_LENGTH } from './memory.ts';
import { RingReader } from './reader.ts';
import {
  AnnouncingDecoder,
  AnnouncingEncoder,
  LoopbackOutOfBand,
  RecordingSink,
  sleepingBell,
} from './ring.fixture.ts';
import { RingWriter } from './writer.ts';

const { bell } = sleepingBell();

class Node {
  readonly memory: RingMemory;
  readonly outOfBand = new LoopbackOutOfBand();
  readonly encoder = new AnnouncingEncoder();
  readonly writer: RingWriter;
  reader: RingReader;
  sink = new RecordingSink();

  constructor(bytes: number, spillBytes = bytes) {
    this.memory = createRingMemory(bytes, { redelivers: true, spillBytes });
    this.writer = new RingWriter(this.memory, this.encoder, { doorbell: bell, outOfBand: this.outOfBand });
    this.reader = this.#newReader();
    this.sink.verdict = () => HELD;
  }

  tell(payload: unknown): number {
    return this.writer.write(1, 0, 0, 0, 0, 0, payload, undefined);
  }

  drain(max = 10_000): number {
    this.writer.flush();
    return this.reader.drain(max, this.sink);
  }

  position(index: number): number {
    return this.sink.seen[index]?.position as number;
  }

  /** The thread dies, and another takes its place, with nothing but the memory. */
  dies(): number {
    this.reader = this.#newReader();
    this.sink = new RecordingSink();
    this.sink.verdict = () => HELD;
    return this.reader.recover();
  }

  #newReader(): RingReader {
    return new RingReader(this.memory, new AnnouncingDecoder(), { writerDoorbell: bell, outOfBand: this.outOfBand });
  }
}

describe('a ring that redelivers', () => {
  it('frees memory only over a prefix of released frames', () => {
    const node = new Node(4096);
    for (let i = 0; i < 4; i++) node.tell(i);
    node.drain();
    const free = node.writer.freeBytes;
    node.reader.release(node.position(1));
    node.reader.release(node.position(2));
    expect(node.writer.freeBytes).toBe(free);
    node.reader.release(node.position(0));
    expect(node.writer.freeBytes).toBeGreaterThan(free);
    node.reader.release(node.position(3));
    expect(node.writer.freeBytes).toBe(4096);
  });

  it('offers what was not released again, in order, before anything newer, and knows its shapes', () => {
    const node = new Node(4096);
    for (let n = 0; n < 6; n++) node.tell(n % 2 === 0 ? { even: n } : { odd: n });
    node.drain();
    for (const index of [0, 1, 3]) node.reader.release(node.position(index));
    node.tell({ odd: 'unread' });
    node.writer.flush();
    expect(node.dies()).toBe(4);
    node.tell({ even: 'new' });
    node.drain();
    expect(node.sink.payloads).toEqual([{ even: 2 }, { even: 4 }, { odd: 5 }, { odd: 'unread' }, { even: 'new' }]);
    expect(node.reader.counters.refused).toEqual({ length: 0, header: 0, payload: 0, 'out-of-band': 0, tail: 0 });
    for (let index = 0; index < 5; index++) node.reader.release(node.position(index));
    expect(node.writer.freeBytes).toBe(4096);
    const control = new Int32Array(node.memory.control);
    expect(control[CONSUMED_FRAMES]).toBe(control[PUBLISHED_FRAMES]);
  });

  it('counts how often the handling of a frame was begun by nodes that died', () => {
    const node = new Node(4096);
    for (let i = 0; i < 2; i++) node.tell(i);
    for (let life = 0; life < 6; life++) {
      const attempts: number[] = [];
      node.sink.verdict = () => {
        attempts.push(node.reader.attempts);
        return HELD;
      };
      node.drain();
      expect(attempts).toEqual([Math.min(life, 3), 0]);
      node.reader.begin(node.position(0));
      expect(node.dies()).toBe(2);
    }
  });

  it('survives frames that were taken among those that are held', () => {
    const node = new Node(4096);
    for (let i = 0; i < 6; i++) node.tell(i);
    node.sink.verdict = (frame) => ((frame.payload as number) % 2 === 0 ? TAKEN : HELD);
    node.drain();
    expect(node.dies()).toBe(3);
    node.drain();
    expect(node.sink.payloads).toEqual([1, 3, 5]);
  });

  it('offers a frame that was left, and one that was in flight, again after a death', () => {
    const node = new Node(4096);
    for (let i = 0; i < 3; i++) node.tell(i);
    node.sink.verdict = (frame) => (frame.payload === 1 ? LEAVE : TAKEN);
    node.drain();
    expect(node.dies()).toBe(2);
    node.sink.verdict = () => {
      throw new Error('the thread ends here');
    };
    expect(() => node.drain()).toThrow('the thread ends here');
    expect(node.dies()).toBe(2);
    node.drain();
    expect(node.sink.payloads).toEqual([1, 2]);
  });

  it('keeps large frames until they are freed, and posts them again to the next reader', () => {
    const node = new Node(1024);
    node.tell({ text: 'a'.repeat(3000) });
    node.tell({ text: 'b'.repeat(3000) });
    node.drain();
    node.reader.release(node.position(0));
    expect(node.dies()).toBe(1);
    expect(node.outOfBand.items.size).toBe(0);
    expect(node.writer.repostOutOfBand(node.outOfBand)).toBe(1);
    node.drain();
    expect(node.sink.payloads).toEqual([{ text: 'b'.repeat(3000) }]);
    node.reader.release(node.position(0));
    node.writer.hasRoom();
    expect(node.writer.counters.outOfBandBytes).toBe(0);
  });

  it('moves frames that would pin the ring to the spill area, from where they outlive the node too', () => {
    const node = new Node(2048);
    const count = 3000;
    const released: number[] = [];
    const held: number[] = [];
    // Every hundredth message meets a handler that waits for ever; all others are handled at once.
    node.sink.verdict = ({ payload, position }) => {
      const { n } = payload as { n: number };
      if (n % 100 === 0) held.push(n);
      else {
        released.push(n);
        node.reader.release(position);
      }
      return HELD;
    };
    for (let n = 0; n < count; n++) {
      if (node.tell({ n }) !== SENT) {
        node.drain();
        expect(node.tell({ n })).toBe(SENT);
      }
    }
    node.drain();
    expect(held.length).toBe(30);
    expect(released.length).toBe(count - 30);
    expect(node.reader.counters.spilled).toBeGreaterThan(20);
    expect(node.dies()).toBe(30);
    node.tell({ n: 'new' });
    node.drain();
    expect(node.sink.payloads).toEqual([...held.map((n) => ({ n })), { n: 'new' }]);
    expect(new Set(node.sink.seen.map((frame) => frame.position)).size).toBe(31);
    for (let index = 0; index < 31; index += 2) node.reader.release(node.position(index));
    expect(node.dies()).toBe(15);
    node.drain();
    for (const { position } of node.sink.seen) node.reader.release(position);
    expect(node.dies()).toBe(0);
    expect(node.writer.freeBytes).toBe(2048);
    expect(node.reader.counters.strays).toBe(0);
  });

  it('marks frames in the spill area as begun', () => {
    const node = new Node(1024);
    node.tell('waits');
    node.drain();
    const waiting = node.position(0);
    node.sink.verdict = () => TAKEN;
    for (let n = 0; n < 100; n++) {
      node.tell(n);
      node.drain();
    }
    expect(node.reader.counters.spilled).toBe(1);
    node.reader.begin(waiting);
    expect(node.dies()).toBe(1);
    node.sink.verdict = () => HELD;
    let attempts = 0;
    node.sink.verdict = () => {
      attempts = node.reader.attempts;
      return LEAVE;
    };
    node.drain();
    expect(attempts).toBe(1);
    node.reader.resume();
    node.drain();
    expect(attempts).toBe(1);
    node.sink.verdict = () => TAKEN;
    node.reader.resume();
    node.drain();
    expect(node.sink.payloads).toEqual(['waits']);
    expect(node.dies()).toBe(0);
  });

  it('pins the ring when the spill area is full too, and goes on when frames are released', () => {
    const node = new Node(1024, 128);
    let refused = 0;
    for (let n = 0; n < 200; n++) {
      if (node.tell(n) !== SENT) {
        node.drain();
        if (node.tell(n) !== SENT) refused++;
      }
      // The odd ones wait.
      node.sink.verdict = ({ payload }) => ((payload as number) % 2 === 0 ? TAKEN : HELD);
      node.drain();
    }
    expect(refused).toBeGreaterThan(0);
    for (const { payload, position } of node.sink.seen) {
      if ((payload as number) % 2 === 1) node.reader.release(position);
    }
    expect(node.writer.freeBytes).toBe(1024);
    expect(node.tell('again')).toBe(SENT);
  });

  it('drops one of the two copies that a death between copying and marking leaves', () => {
    const node = new Node(1024);
    node.tell('waits');
    node.drain();
    node.sink.verdict = () => TAKEN;
    for (let n = 0; n < 100 && node.reader.counters.spilled === 0; n++) {
      node.tell(n);
      node.drain();
    }
    // As it was before the mark: head not moved, the frame not released.
    const control = new Int32Array(node.memory.control);
    const words = new Int32Array(node.memory.data);
    control[2 * 32] = 0;
    words[1] = (words[1] as number) & ~(64 << 24);
    node.dies();
    node.drain();
    expect(node.sink.payloads.filter((payload) => payload === 'waits')).toEqual(['waits']);
  });

  it('tells the next reader of all shapes however large the frames were that announced them', () => {
    const node = new Node(1 << 16);
    const kinds = Array.from({ length: 40 }, (_, n) => `key${n}`);
    for (const [n, key] of kinds.entries()) {
      expect(node.tell({ [key]: 'x'.repeat(5_000) })).toBe(SENT);
      node.drain();
      node.reader.release(node.position(n));
    }
    for (const key of kinds) node.tell({ [key]: 'small' });
    node.writer.flush();
    expect(node.dies()).toBe(40);
    node.drain();
    expect(node.sink.payloads).toEqual(kinds.map((key) => ({ [key]: 'small' })));
    expect(node.reader.counters.refused.payload).toBe(0);
  });

  it('announces no shape that finds no room in the log, so that a reader to come can read all', () => {
    const node = new Node(1 << 16);
    const kinds = Array.from({ length: 100 }, (_, n) => `key${n}${'x'.repeat(2_000)}`);
    const tellAll = (): void => {
      for (const key of kinds) {
        while (node.tell({ [key]: 1 }) !== SENT) {
          node.drain();
          for (const { position } of node.sink.seen) node.reader.release(position);
          node.sink = new RecordingSink();
          node.sink.verdict = () => HELD;
        }
      }
    };
    tellAll();
    const announced = node.encoder.mark;
    expect(announced).toBeGreaterThan(40);
    expect(announced).toBeLessThan(100);
    tellAll();
    node.writer.flush();
    expect(node.dies()).toBeGreaterThan(10);
    tellAll();
    node.drain();
    expect(node.sink.payloads.at(-1)).toEqual({ [kinds[99] as string]: 1 });
    expect(node.reader.counters.refused.payload).toBe(0);
  });

  it('keeps no place in the log for what was announced to nobody', () => {
    const node = new Node(1024);
    while (node.tell({ n: 1 }) === SENT);
    const control = new Int32Array(node.memory.control);
    const logged = control[SHAPES_LENGTH];
    for (let n = 0; n < 10_000; n++) expect(node.tell({ other: n })).toBe(FULL);
    expect(control[SHAPES_LENGTH]).toBe(logged);
  });

  it('ignores the release of what it does not hold', () => {
    const node = new Node(1024);
    node.tell(1);
    node.drain();
    for (const position of [-8, 3, 8, 1 << 20, 2 ** 40]) node.reader.release(position);
    expect(node.reader.counters.strays).toBe(5);
    node.reader.release(node.position(0));
    node.reader.release(node.position(0));
    expect(node.writer.freeBytes).toBe(1024);
  });

  it('gives up what it holds when another thread writes over it, and goes on', () => {
    const node = new Node(1024);
    for (let i = 0; i < 3; i++) node.tell(i);
    node.drain();
    new Int32Array(node.memory.data)[0] = 12345;
    for (let i = 0; i < 3; i++) node.reader.release(node.position(i));
    expect(node.reader.counters.givenUp).toBe(1);
    expect(node.tell(3)).toBe(SENT);
    node.drain();
    expect(node.sink.payloads).toEqual([0, 1, 2, 3]);
  });
});

describe('a ring that does not redeliver', () => {
  it('refuses to hold frames and to recover', () => {
    const memory = createRingMemory(1024);
    const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: bell });
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: bell });
    writer.write(1, 0, 0, 0, 0, 0, 'x', undefined);
    writer.flush();
    const sink = new RecordingSink();
    sink.verdict = () => HELD;
    expect(() => reader.drain(1, sink)).toThrow(/Expected frames to be held only/);
    expect(() => reader.recover()).toThrow(/redelivers: true/);
  });
});

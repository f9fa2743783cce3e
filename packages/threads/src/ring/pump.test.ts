import { describe, expect, it } from 'vitest';
import { ASLEEP, AWAKE, createDoorbellMemory, Doorbell } from './doorbell.ts';
import { FlushQueue } from './flush-queue.ts';
import { LEAVE, SENT, TAKEN } from './frame.ts';
import { createRingMemory, TAIL } from './memory.ts';
import { Pump, type PumpOptions, type PumpScheduler } from './pump.ts';
import { RingReader } from './reader.ts';
import { AnnouncingDecoder, AnnouncingEncoder, RecordingSink } from './ring.fixture.ts';
import { RingWriter } from './writer.ts';

/** Microtasks and immediates by hand; each look at the clock takes a microsecond. */
class ManualScheduler implements PumpScheduler {
  readonly microtasks: (() => void)[] = [];
  readonly immediates: (() => void)[] = [];
  arriving: (now: number) => void = () => {};
  arrived: () => void = () => {};
  time = 1000;

  microtask(task: () => void): void {
    this.microtasks.push(task);
  }

  immediate(task: () => void): void {
    this.immediates.push(task);
  }

  now(): number {
    this.time += 0.001;
    return this.time;
  }

  get pending(): number {
    return this.microtasks.length + this.immediates.length;
  }

  runMicrotasks(): number {
    let count = 0;
    for (let task = this.microtasks.shift(); task !== undefined; task = this.microtasks.shift()) {
      task();
      if (++count > 100_000) throw new Error('the microtasks do not end');
    }
    return count;
  }

  /** One iteration of an event loop. */
  iterate(): void {
    this.runMicrotasks();
    for (const task of this.immediates.splice(0)) {
      task();
      this.runMicrotasks();
    }
  }

  runAll(): number {
    let iterations = 0;
    for (; this.pending > 0; iterations++) this.iterate();
    return iterations;
  }
}

class Node {
  readonly scheduler = new ManualScheduler();
  readonly bells = createDoorbellMemory(3);
  wakes = 0;
  readonly bell = new Doorbell(this.bells, 0, () => this.wakes++);
  readonly pump: Pump;

  constructor(options: Partial<PumpOptions> = {}) {
    this.pump = new Pump(this.bell, this.scheduler, { cores: 2, ...options });
  }

  ring(bytes = 1 << 16): {
    writer: RingWriter;
    reader: RingReader;
    sink: RecordingSink;
    send: (count: number) => void;
  } {
    const memory = createRingMemory(bytes);
    const other = new Doorbell(this.bells, 1, () => {});
    const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: this.bell });
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: other });
    const sink = new RecordingSink();
    const send = (count: number): void => {
      for (let i = 0; i < count; i++) expect(writer.write(1, 0, 0, 0, 0, 0, i, undefined)).toBe(SENT);
      writer.flush();
    };
    return { writer, reader, sink, send };
  }
}

describe('a pump', () => {
  it('tells before frames are handed over and after, once a turn, with the time where it has polled', () => {
    const node = new Node({ spinMicrosMax: 1_000 });
    const { reader, sink, send } = node.ring();
    const told: (string | number)[] = [];
    node.scheduler.arriving = (now) => told.push(now === 0 ? 'arriving' : 'arriving now', sink.payloads.length);
    node.scheduler.arrived = () => told.push('arrived', sink.payloads.length);
    node.pump.add(reader, sink);
    node.pump.start();
    node.scheduler.runAll();
    expect(told).toEqual([]);
    send(2);
    node.pump.wake();
    expect(told).toEqual(['arriving', 0, 'arrived', 2]);
    // The next is published while it polls, so it knows the time of that turn.
    let looks = 0;
    const { now } = ManualScheduler.prototype;
    node.scheduler.now = () => {
      if (++looks === 1) send(1);
      return now.call(node.scheduler);
    };
    node.scheduler.runMicrotasks();
    expect(told.slice(4)).toEqual(['arriving now', 2, 'arrived', 3]);
  });

  it('sleeps beside a tail that can not be, although that looks like a frame to who polls', () => {
    const node = new Node();
    const memory = createRingMemory();
    const reader = new RingReader(memory, new AnnouncingDecoder(), {
      writerDoorbell: new Doorbell(node.bells, 1, () => {}),
    });
    const sink = new RecordingSink();
    node.pump.add(reader, sink);
    node.pump.start();
    new Int32Array(memory.control)[TAIL] = 13;
    expect(reader.seemsReady).toBe(true);
    expect(reader.isReady).toBe(false);
    node.scheduler.runAll();
    expect(node.pump.isAsleep).toBe(true);
    expect(reader.counters.refused.tail).toBe(1);
    expect(sink.payloads).toEqual([]);
  });

  it('has what arrived before a sink threw handled in the same turn', () => {
    const node = new Node();
    const { reader, sink, send } = node.ring();
    let handled = 0;
    node.scheduler.arrived = () => {
      handled = sink.payloads.length;
    };
    node.pump.add(reader, {
      ...sink,
      frame: (...parts) => {
        if (sink.payloads.length === 1) throw new Error('a defect');
        return sink.frame(...parts);
      },
      refused: () => {},
    });
    node.pump.start();
    node.scheduler.runAll();
    send(2);
    expect(() => node.pump.wake()).toThrow('a defect');
    expect(handled).toBe(1);
  });

  it('sleeps when there is nothing, with nothing pending, and is woken by the first frame', () => {
    const node = new Node();
    const { reader, sink, send } = node.ring();
    node.pump.add(reader, sink);
    expect(node.scheduler.pending).toBe(0);
    node.pump.start();
    node.scheduler.runAll();
    expect(node.pump.isAsleep).toBe(true);
    expect(node.bell.activity).toBe(ASLEEP);
    send(1);
    expect(node.wakes).toBe(1);
    expect(node.bell.activity).toBe(AWAKE);
    node.pump.wake();
    expect(sink.payloads).toEqual([0]);
    node.scheduler.runAll();
    expect(node.pump.isAsleep).toBe(true);
    node.pump.wake();
    node.pump.wake();
    node.scheduler.runAll();
    // Waking for nothing is harmless.
    expect(node.pump.counters.sleeps).toBe(4);
    expect(sink.payloads).toEqual([0]);
  });

  it('drains what was published before it started', () => {
    const node = new Node();
    const { reader, sink, send } = node.ring();
    send(3);
    node.pump.add(reader, sink);
    node.pump.start();
    node.scheduler.runAll();
    expect(sink.payloads).toEqual([0, 1, 2]);
  });

  it('serves the rings in turn, a bounded number of frames each', () => {
    const node = new Node({ framesPerRingMax: 10 });
    const order: string[] = [];
    for (const name of ['a', 'b']) {
      const { reader, sink, send } = node.ring();
      sink.verdict = () => {
        order.push(name);
        return TAKEN;
      };
      send(25);
      node.pump.add(reader, sink);
    }
    node.pump.start();
    node.scheduler.runAll();
    const turns = order
      .join('')
      .match(/a+|b+/g)
      ?.map((run) => `${run[0]}${run.length}`);
    expect(turns).toEqual(['a10', 'b20', 'a15', 'b5']);
  });

  it('lets the event loop run after a slice of frames, and after a slice of time', () => {
    const byFrames = new Node({ framesPerRingMax: 16, framesPerSliceMax: 300 });
    const flood = byFrames.ring();
    flood.send(1000);
    byFrames.pump.add(flood.reader, flood.sink);
    byFrames.pump.start();
    byFrames.scheduler.runMicrotasks();
    expect(flood.sink.seen.length).toBe(304);
    expect(byFrames.scheduler.immediates.length).toBe(1);
    byFrames.scheduler.iterate();
    expect(flood.sink.seen.length).toBe(608);
    byFrames.scheduler.runAll();
    expect(flood.sink.seen.length).toBe(1000);
  });

  it('lets the event loop run after a slice of time, whether handlers are fast, slow, or become slow', () => {
    const node = new Node({ sliceMicrosMax: 1000 });
    const { reader, sink, send } = node.ring();
    let cost = 0;
    sink.verdict = () => {
      node.scheduler.time += cost;
      return TAKEN;
    };
    node.pump.add(reader, sink);
    node.pump.start();
    node.scheduler.runAll();
    const flood = (costMs: number, count: number): number => {
      cost = costMs;
      let longestSlice = 0;
      let sliceStart = node.scheduler.time;
      send(count);
      node.pump.wake();
      while (node.scheduler.pending > 0) {
        node.scheduler.runMicrotasks();
        longestSlice = Math.max(longestSlice, node.scheduler.time - sliceStart);
        sliceStart = node.scheduler.time;
        node.scheduler.immediates.shift()?.();
      }
      return longestSlice;
    };
    // In milliseconds: what a 1 ms timer may come late.
    expect(flood(0.05, 500)).toBeLessThan(2);
    expect(flood(0.0001, 1500)).toBeLessThan(2);
    expect(flood(0.0001, 1500)).toBeLessThan(2);
    // Only the turn that meets the slow ones first is longer, by the frames that fast ones had earned.
    expect(flood(0.01, 1500)).toBeLessThan(12);
    expect(flood(0.01, 1500)).toBeLessThan(2);
    expect(sink.seen.length).toBe(6500);
  });

  it('spins for a bounded time after traffic, longer where the last pause was short', () => {
    const node = new Node({ spinMicrosMin: 20, spinMicrosMax: 50 });
    const { reader, sink, send } = node.ring();
    node.pump.add(reader, sink);
    node.pump.start();
    node.scheduler.runAll();
    const spin = (pauseMs: number): number => {
      node.scheduler.time += pauseMs;
      send(1);
      node.pump.wake();
      const start = node.scheduler.time;
      node.scheduler.runAll();
      return node.scheduler.time - start;
    };
    expect(spin(5)).toBeCloseTo(0.02, 2);
    expect(spin(0.01)).toBeCloseTo(0.05, 2);
    expect(spin(5)).toBeCloseTo(0.02, 2);
    expect(node.pump.counters.spinsLost).toBe(3);
    // Once four have not paid, one in eight is tried, as long as pauses are long.
    for (let i = 0; i < 41; i++) spin(5);
    expect(node.pump.counters.spinsLost).toBe(3 + 1 + 5);
    // Where pauses are short it always tries, and one in sixteen for longer, in case the other side is slow to wake.
    const spins = Array.from({ length: 32 }, () => spin(0.01));
    expect(spins.filter((ms) => ms > 0.049 && ms < 0.06).length).toBeGreaterThan(25);
    expect(spins.filter((ms) => ms > 0.29 && ms < 0.33).length).toBe(2);
  });

  it('finds what arrives while it spins, without being rung', () => {
    const node = new Node();
    const { reader, sink, send } = node.ring();
    node.pump.add(reader, sink);
    node.pump.start();
    send(1);
    for (let i = 0; i < 4; i++) node.scheduler.microtasks.shift()?.();
    expect(node.scheduler.microtasks.length).toBe(1);
    send(1);
    node.scheduler.runAll();
    expect(sink.seen.length).toBe(2);
    expect(node.wakes).toBe(0);
    expect(node.pump.counters.spinsPaid).toBe(1);
  });

  it('does not spin without traffic, when told not to, or while more nodes are awake than there are cores', () => {
    const lost = (options: Partial<PumpOptions>, busy: number, frames: number): number => {
      const node = new Node(options);
      for (let slot = 1; slot <= busy; slot++) new Doorbell(node.bells, slot, () => {}).set(AWAKE);
      const { reader, sink, send } = node.ring();
      send(frames);
      node.pump.add(reader, sink);
      node.pump.start();
      node.scheduler.runAll();
      expect(node.pump.isAsleep).toBe(true);
      return node.pump.counters.spinsLost;
    };
    expect(lost({}, 1, 1)).toBe(1);
    expect(lost({}, 1, 0)).toBe(0);
    expect(lost({}, 2, 1)).toBe(0);
    expect(lost({ cores: 3 }, 2, 1)).toBe(1);
    expect(lost({ spinMicrosMax: 0 }, 0, 1)).toBe(0);
  });

  it('sleeps on a blocked ring, and goes on with it after resume', () => {
    const node = new Node();
    const { reader, sink, send } = node.ring();
    sink.verdict = () => LEAVE;
    node.pump.add(reader, sink);
    node.pump.start();
    send(2);
    node.scheduler.runAll();
    expect(node.pump.isAsleep).toBe(true);
    expect(sink.seen.length).toBe(0);
    sink.verdict = () => TAKEN;
    node.pump.resume(reader);
    node.scheduler.runAll();
    expect(sink.payloads).toEqual([0, 1]);
  });

  it('calls back a writer that waits for room, once, and asks anew before it sleeps', () => {
    const node = new Node();
    const { writer, reader, sink } = node.ring(1024);
    let calls = 0;
    node.pump.start();
    node.scheduler.runAll();
    while (writer.write(1, 0, 0, 0, 0, 0, 'x', undefined) === SENT);
    node.pump.awaitRoom(writer, () => calls++);
    node.scheduler.runAll();
    expect(calls).toBe(0);
    // The reading node frees all, and rings; here, its slot stands for the writing node.
    reader.drain(1000, sink);
    node.pump.wake();
    node.scheduler.runAll();
    expect(calls).toBe(1);
    node.pump.awaitRoom(writer, () => calls++);
    node.scheduler.runAll();
    expect(calls).toBe(2);
    while (writer.write(1, 0, 0, 0, 0, 0, 'x', undefined) === SENT);
    node.pump.awaitRoom(writer, () => calls++);
    node.pump.forgetRoom(writer);
    reader.drain(1000, sink);
    node.pump.wake();
    node.scheduler.runAll();
    expect(calls).toBe(2);
  });

  it('stops at once, leaves nothing pending, and can start again without running twice', () => {
    const node = new Node({ framesPerRingMax: 1 });
    const { reader, sink, send } = node.ring();
    node.pump.add(reader, sink);
    node.pump.start();
    send(10);
    node.scheduler.microtasks.shift()?.();
    expect(sink.seen.length).toBe(1);
    node.pump.stop();
    node.pump.start();
    expect(node.scheduler.pending).toBe(1);
    node.pump.stop();
    node.scheduler.runAll();
    expect(sink.seen.length).toBe(1);
    expect(node.scheduler.pending).toBe(0);
    node.pump.wake();
    node.pump.resume(reader);
    expect(node.scheduler.pending).toBe(0);
    node.pump.start();
    node.scheduler.runAll();
    expect(sink.seen.length).toBe(10);
  });

  it('goes on after a sink has thrown', () => {
    const node = new Node();
    const { reader, sink, send } = node.ring();
    sink.verdict = ({ payload }) => {
      if (payload === 1) throw new Error('thrown by the sink');
      return TAKEN;
    };
    node.pump.add(reader, sink);
    node.pump.start();
    send(3);
    expect(() => node.scheduler.runAll()).toThrow('thrown by the sink');
    node.scheduler.runAll();
    expect(sink.payloads).toEqual([0, 2]);
    expect(node.pump.isAsleep).toBe(true);
  });

  it('forgets a ring that was removed, also while it serves it', () => {
    const node = new Node({ framesPerRingMax: 2 });
    const { reader, sink, send } = node.ring();
    node.pump.add(reader, sink);
    node.pump.start();
    sink.verdict = () => {
      node.pump.remove(reader);
      return TAKEN;
    };
    send(10);
    node.scheduler.runAll();
    expect(sink.seen.length).toBe(2);
    expect(node.pump.isAsleep).toBe(true);
  });
});

describe('a flush queue', () => {
  it('publishes what was written in one microtask', () => {
    const node = new Node();
    const scheduler = node.scheduler;
    const queue = new FlushQueue((task) => scheduler.microtask(task));
    const memory = createRingMemory(4096);
    const writer = new RingWriter(memory, new AnnouncingEncoder(), { doorbell: node.bell, onPending: queue.add });
    const reader = new RingReader(memory, new AnnouncingDecoder(), { writerDoorbell: node.bell });
    const sink = new RecordingSink();
    const write = (): number => writer.write(1, 0, 0, 0, 0, 0, 1, undefined);
    write();
    write();
    expect(scheduler.microtasks.length).toBe(1);
    expect(reader.isReady).toBe(false);
    scheduler.runMicrotasks();
    expect(reader.drain(10, sink)).toBe(2);
    write();
    queue.flush();
    expect(reader.drain(10, sink)).toBe(1);
    write();
    scheduler.runMicrotasks();
    expect(reader.drain(10, sink)).toBe(1);
    expect(scheduler.pending).toBe(0);
  });
});

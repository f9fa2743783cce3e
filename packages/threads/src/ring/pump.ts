/**
 * A node's loop over its inbound rings. It drains them in turn, a bounded number of frames each, and goes on in a
 * microtask, so that promises run in between; after a slice of frames or of time it goes on after the event loop's
 * phases, so that timers and sockets are served under a flood.
 *
 * When the rings are empty it polls on for a moment, through microtasks, since to be woken takes some 60 µs: only after
 * traffic, only while no more nodes are awake than there are cores, longer where the last pause was short, and seldom
 * where pauses are long and polling has not paid lately. Then it says that it sleeps, looks once more (doorbell.ts tells why), and does nothing until the doorbell's `wake` calls it.
 *
 * A blocked ring (its sink answered LEAVE) is not work until `resume`. Writers that wait for room are looked at each turn.
 * Time and scheduling are injected; nothing is pending while it sleeps, nor once it has stopped but a turn that does nothing.
 */
import { AWAKE, type Doorbell } from './doorbell.ts';
import type { FrameSink } from './frame.ts';
import { integerOption } from './option.ts';
import type { RingReader } from './reader.ts';
import type { RingWriter } from './writer.ts';

export interface PumpScheduler {
  microtask(task: () => void): void;
  /** After the event loop has served timers and sockets. */
  immediate(task: () => void): void;
  /** Milliseconds, monotonic. */
  now(): number;
  /** Frames are about to be handed over, and `arrived` follows in this turn. `now` is the time if it is known, else 0. */
  arriving?(now: number): void;
  /** What arrived in this turn is handled now, where that need not wait for a microtask of its own. */
  arrived?(): void;
  /** What was written goes out now: this node will look at its rings for a while, and others wait. */
  flush?(): void;
}

export interface PumpOptions {
  /** Nodes that may be awake for one of them to spin. */
  readonly cores: number;
  readonly framesPerRingMax?: number;
  /** A slice ends after so many frames, or so many microseconds. */
  readonly framesPerSliceMax?: number;
  readonly sliceMicrosMax?: number;
  /** How long to poll for more: where the last pause was short, and where it was not. A maximum of 0 never polls. */
  readonly spinMicrosMax?: number;
  readonly spinMicrosMin?: number;
}

export interface PumpCounters {
  readonly turns: number;
  readonly slices: number;
  readonly sleeps: number;
  readonly spinsPaid: number;
  readonly spinsLost: number;
}

export const PUMP_DEFAULTS = {
  framesPerRingMax: 1024,
  framesPerSliceMax: 4096,
  sliceMicrosMax: 1000,
  spinMicrosMax: 50,
  spinMicrosMin: 20,
} as const;

/** What waking takes of the pause that a sleeping node sees, both ways: without it that pause might have been polled through. */
const WAKE_MS = 0.15;
/** After so many pollings in vain, and where pauses are long, only one in so many is tried. */
const LOST_SPINS_MAX = 4;
const LONG_PAUSES_PER_SPIN = 8;
/**
 * Where pauses are short and polling is in vain all the same, waking takes longer than the polling: two nodes then wake each
 * other for every message. Every so many pauses one polling lasts longer, finds the answer, and from then on both poll.
 */
const LOST_SPINS_PER_LONG_SPIN = 16;
const LONG_SPIN_FACTOR = 6;
/** After so many that found something, the one in vain is likely the other side's collector at work, not the end of traffic. */
const PAID_SPINS_FOR_LONG_SPIN = 32;
/** Looks at the rings between two looks at the clock, and at the promises that wait: they take about half of the time. */
const POLLS_PER_SPIN = 32;
/** Frames a ring and turn, at first and at least: the bound follows how long they take. */
const FRAMES_PER_RING_MIN = 16;
/** Small turns between two looks at the clock. */
const TURNS_PER_CLOCK = 16;

interface Inbound {
  readonly reader: RingReader;
  readonly sink: FrameSink;
}

type State = 'stopped' | 'running' | 'asleep';

export class Pump {
  readonly #doorbell: Doorbell;
  readonly #scheduler: PumpScheduler;
  readonly #cores: number;
  readonly #framesPerRingMax: number;
  readonly #framesPerSliceMax: number;
  readonly #sliceMs: number;
  readonly #spinMsMax: number;
  readonly #spinMsMin: number;
  readonly #waiting = new Map<RingWriter, () => void>();
  #inbound: readonly Inbound[] = [];
  #first = 0;
  #state: State = 'stopped';
  /** A turn is in some queue: there is never more than one. */
  #scheduled = false;
  #sliceFrames = 0;
  #sliceStart = 0;
  #lastLook = 0;
  /** Frames a ring and turn, at present. */
  #framesPerRing: number;
  /** Undefined while there is traffic. */
  #spinUntil: number | undefined;
  /** When this turn began to poll. */
  #polledAt = 0;
  /** In this turn frames were handed over, which are not handled yet. */
  #arriving = false;
  #sawTraffic = false;
  /** When the rings were first found empty. */
  #idleSince = 0;
  #pausesAreShort = false;
  #lostInARow = 0;
  #paidInARow = 0;
  #longPauses = 0;
  #turns = 0;
  #slices = 0;
  #sleeps = 0;
  #spinsPaid = 0;
  #spinsLost = 0;

  constructor(doorbell: Doorbell, scheduler: PumpScheduler, options: PumpOptions) {
    const chosen = { ...PUMP_DEFAULTS, ...options };
    this.#doorbell = doorbell;
    this.#scheduler = scheduler;
    this.#cores = integerOption('cores', chosen.cores, 1, 4096);
    this.#framesPerRingMax = integerOption('framesPerRingMax', chosen.framesPerRingMax, 1, 1 << 20);
    this.#framesPerRing = Math.min(FRAMES_PER_RING_MIN, this.#framesPerRingMax);
    this.#framesPerSliceMax = integerOption('framesPerSliceMax', chosen.framesPerSliceMax, 1, 1 << 24);
    this.#sliceMs = integerOption('sliceMicrosMax', chosen.sliceMicrosMax, 1, 1_000_000) / 1000;
    this.#spinMsMax = integerOption('spinMicrosMax', chosen.spinMicrosMax, 0, 10_000) / 1000;
    this.#spinMsMin = integerOption('spinMicrosMin', chosen.spinMicrosMin, 0, 10_000) / 1000;
  }

  get counters(): PumpCounters {
    return {
      turns: this.#turns,
      slices: this.#slices,
      sleeps: this.#sleeps,
      spinsPaid: this.#spinsPaid,
      spinsLost: this.#spinsLost,
    };
  }

  get isAsleep(): boolean {
    return this.#state === 'asleep';
  }

  add(reader: RingReader, sink: FrameSink): void {
    this.#inbound = [...this.#inbound, { reader, sink }];
    this.#kick();
  }

  remove(reader: RingReader): void {
    this.#inbound = this.#inbound.filter((inbound) => inbound.reader !== reader);
  }

  /** The target of the frame that a sink left has room. */
  resume(reader: RingReader): void {
    reader.resume();
    this.#kick();
  }

  /** Calls back once, in a later turn, when the writer has room. A second call replaces the first. */
  awaitRoom(writer: RingWriter, onRoom: () => void): void {
    this.#waiting.set(writer, onRoom);
    if (writer.wantRoom()) this.#kick();
  }

  /** For a writer whose reader is gone. */
  forgetRoom(writer: RingWriter): void {
    this.#waiting.delete(writer);
  }

  start(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'asleep';
    this.#kick();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#waiting.clear();
  }

  /** What the doorbell's `wake` leads to, in a task of its own. Harmless when awake. */
  wake(): void {
    if (this.#state !== 'asleep') return;
    this.#awaken();
    this.#turn();
  }

  /**
   * For a timer of the host: a node that sleeps looks whether it may. The doorbell is memory that every node can write; one
   * that errs there must not keep others asleep.
   */
  lookAgain(): void {
    if (this.#state !== 'asleep' || this.#doorbell.fallAsleep(this.#isIdleForSleep)) return;
    this.#awaken();
    this.#turn();
  }

  #kick(): void {
    if (this.#state !== 'asleep') return;
    this.#awaken();
    this.#goOn('microtask');
  }

  #awaken(): void {
    this.#doorbell.set(AWAKE);
    this.#state = 'running';
    this.#sawTraffic = false;
    this.#spinUntil = undefined;
    this.#startSlice();
    this.#pausesAreShort = this.#sliceStart - this.#idleSince < this.#spinMsMax + WAKE_MS;
  }

  #startSlice(): void {
    this.#sliceFrames = 0;
    this.#sliceStart = this.#scheduler.now();
    this.#lastLook = this.#sliceStart;
  }

  readonly #turnAsScheduled = (): void => {
    this.#scheduled = false;
    if (this.#state === 'running') this.#turn();
  };

  readonly #turnOfNextSlice = (): void => {
    this.#scheduled = false;
    if (this.#state !== 'running') return;
    this.#startSlice();
    this.#turn();
  };

  #turn(): void {
    this.#turns++;
    let goesOn: 'microtask' | 'slice' | 'no' = 'slice';
    try {
      let moved = this.#drain(0) + this.#serveWaiting();
      if (moved === 0 && this.#spinFinds()) moved = this.#drain(this.#polledAt) + this.#serveWaiting();
      if (this.#arriving) this.#handle();
      goesOn = moved > 0 ? this.#afterTraffic(moved) : this.#whenIdle();
    } finally {
      // A sink that throws ends the process, or is survived by whoever catches it there: the node goes on either way.
      if (this.#arriving) this.#handle();
      if (this.#state === 'running' && goesOn !== 'no') this.#goOn(goesOn);
    }
  }

  #handle(): void {
    this.#arriving = false;
    this.#scheduler.arrived?.();
  }

  #goOn(how: 'microtask' | 'slice'): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (how === 'microtask') {
      this.#scheduler.microtask(this.#turnAsScheduled);
      return;
    }
    this.#slices++;
    this.#scheduler.immediate(this.#turnOfNextSlice);
  }

  /** Every ring once, starting with another one each time. `now` is the time, or 0. */
  #drain(now: number): number {
    const inbound = this.#inbound;
    const count = inbound.length;
    if (count === 0) return 0;
    let moved = 0;
    let index = this.#first < count ? this.#first : 0;
    this.#first = index + 1;
    for (let i = 0; i < count; i++) {
      const { reader, sink } = inbound[index]!;
      if (reader.seemsReady) {
        if (!this.#arriving) {
          this.#arriving = true;
          this.#scheduler.arriving?.(now);
        }
        moved += reader.drain(this.#framesPerRing, sink);
      }
      if (++index === count) index = 0;
    }
    return moved;
  }

  #serveWaiting(): number {
    if (this.#waiting.size === 0) return 0;
    let served = 0;
    for (const [writer, onRoom] of this.#waiting) {
      if (!writer.hasRoom()) continue;
      this.#waiting.delete(writer);
      served++;
      onRoom();
    }
    return served;
  }

  #afterTraffic(moved: number): 'microtask' | 'slice' {
    this.#sawTraffic = true;
    if (this.#spinUntil !== undefined) {
      this.#spinUntil = undefined;
      this.#spinsPaid++;
      this.#paidInARow++;
      this.#lostInARow = 0;
      this.#pausesAreShort = true;
    }
    this.#sliceFrames += moved;
    if (this.#sliceFrames >= this.#framesPerSliceMax) return 'slice';
    if (moved < TURNS_PER_CLOCK && this.#turns % TURNS_PER_CLOCK !== 0) return 'microtask';
    const now = this.#scheduler.now();
    this.#adapt(now - this.#lastLook, moved);
    this.#lastLook = now;
    return now - this.#sliceStart >= this.#sliceMs ? 'slice' : 'microtask';
  }

  /** Handlers run within a drain or right after it: the slower they are, the fewer frames a turn, so that timers fire. */
  #adapt(tookMs: number, moved: number): void {
    const aimMs = this.#sliceMs / 2;
    if (tookMs > aimMs) {
      const least = Math.min(FRAMES_PER_RING_MIN, this.#framesPerRingMax);
      this.#framesPerRing = Math.max(least, Math.floor((this.#framesPerRing * aimMs) / tookMs));
    } else if (tookMs < aimMs / 2 && moved >= this.#framesPerRing) {
      this.#framesPerRing = Math.min(this.#framesPerRingMax, this.#framesPerRing << 1);
    }
  }

  /** Polls for a moment, where that pays: what it finds is read in the same turn. */
  #spinFinds(): boolean {
    if (this.#spinUntil === undefined && !this.#sawTraffic) return false;
    // Before anything else: others wait for it.
    this.#scheduler.flush?.();
    const now = this.#scheduler.now();
    this.#polledAt = now;
    if (this.#spinUntil === undefined) {
      this.#idleSince = now;
      if (!this.#maySpin()) return false;
      this.#spinUntil = now + this.#spinMs();
    }
    for (let i = 0; i < POLLS_PER_SPIN; i++) if (!this.#isIdle()) return true;
    return false;
  }

  #whenIdle(): 'microtask' | 'slice' | 'no' {
    if (this.#spinUntil !== undefined) {
      const now = this.#polledAt;
      if (now < this.#spinUntil) return now - this.#sliceStart < this.#sliceMs ? 'microtask' : 'slice';
      this.#spinUntil = undefined;
      this.#spinsLost++;
      this.#lostInARow++;
      this.#paidInARow = 0;
    }
    this.#sawTraffic = false;
    if (!this.#doorbell.fallAsleep(this.#isIdleForSleep)) return 'microtask';
    this.#state = 'asleep';
    this.#sleeps++;
    return 'no';
  }

  #maySpin(): boolean {
    if (this.#spinMsMax === 0) return false;
    const pays = this.#pausesAreShort || this.#lostInARow < LOST_SPINS_MAX;
    if (!pays && ++this.#longPauses % LONG_PAUSES_PER_SPIN !== 0) return false;
    return this.#doorbell.busyNodes() <= this.#cores;
  }

  #spinMs(): number {
    if (!this.#pausesAreShort) return this.#spinMsMin;
    const isLong = this.#lostInARow % LOST_SPINS_PER_LONG_SPIN === LOST_SPINS_PER_LONG_SPIN - 1;
    return isLong || this.#paidInARow >= PAID_SPINS_FOR_LONG_SPIN
      ? this.#spinMsMax * LONG_SPIN_FACTOR
      : this.#spinMsMax;
  }

  #isIdle(): boolean {
    const inbound = this.#inbound;
    for (let index = 0; index < inbound.length; index++) if (inbound[index]!.reader.seemsReady) return false;
    // An iterator for each look would keep the collector busy.
    if (this.#waiting.size > 0) for (const writer of this.#waiting.keys()) if (writer.hasRoom()) return false;
    return true;
  }

  /** The last look before sleep: what waits for room asks anew, see `RingWriter.wantRoom`. */
  readonly #isIdleForSleep = (): boolean => {
    for (const { reader } of this.#inbound) if (reader.isReady) return false;
    for (const writer of this.#waiting.keys()) if (writer.wantRoom()) return false;
    return true;
  };
}

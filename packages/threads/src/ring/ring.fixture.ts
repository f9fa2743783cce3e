/** For tests: an encoder and decoder that announce shapes in band as the codec does, and what it takes to read a ring. */
import { ASLEEP, createDoorbellMemory, Doorbell } from './doorbell.ts';
import {
  type AnnouncementLog,
  type FrameDecoder,
  type FrameEncoder,
  type FrameSink,
  type Refusal,
  TAKEN,
  type Verdict,
} from './frame.ts';
import type { OutOfBandItem, OutOfBandReceiver, OutOfBandSender } from './out-of-band.ts';

/** A buffer that is moved. */
export class MovedBytes {
  readonly buffer: ArrayBuffer;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }
}

/** JSON, but objects are written as arrays after the number of their keys; a new list of keys is announced before, if it can be. */
export class AnnouncingEncoder implements FrameEncoder {
  readonly shapes: string[] = [];
  transfers: readonly ArrayBuffer[] = [];
  #log: AnnouncementLog | undefined = undefined;

  get mark(): number {
    return this.shapes.length;
  }

  rewind(mark: number): void {
    this.shapes.length = mark;
    this.#log?.rewind(mark);
  }

  logTo(log: AnnouncementLog): void {
    this.#log = log;
  }

  encodeInto(value: unknown, target: Uint8Array, position: number, limit: number): number {
    const mark = this.mark;
    const bytes = this.encode(value);
    if (position + bytes.byteLength > limit) {
      this.rewind(mark);
      return -1;
    }
    target.set(bytes, position);
    return position + bytes.byteLength;
  }

  encode(value: unknown): Uint8Array {
    this.transfers = [];
    if (typeof value === 'function') throw new TypeError('a function');
    if (value instanceof MovedBytes) {
      this.transfers = [value.buffer];
      return Uint8Array.from(Buffer.from(JSON.stringify({ moved: true })));
    }
    if (typeof value !== 'object' || value === null)
      return Uint8Array.from(Buffer.from(JSON.stringify({ plain: value })));
    const keys = Object.keys(value).join();
    let shape = this.shapes.indexOf(keys);
    const announced = shape < 0 ? keys : undefined;
    if (shape < 0) {
      shape = this.shapes.length;
      const record = { shape, announced, values: [] };
      if (this.#log?.append(Buffer.from(JSON.stringify(record))) === false)
        return Uint8Array.from(Buffer.from(JSON.stringify({ plain: value })));
      this.shapes.push(keys);
    }
    return Uint8Array.from(Buffer.from(JSON.stringify({ shape, announced, values: Object.values(value) })));
  }
}

export class AnnouncingDecoder implements FrameDecoder {
  readonly shapes = new Map<number, string[]>();

  decode(source: Uint8Array, start: number, end: number, transfers: readonly ArrayBuffer[] = []): unknown {
    const frame = JSON.parse(Buffer.from(source.slice(start, end)).toString()) as Record<string, unknown>;
    if ('moved' in frame) return transfers[0];
    if (!('shape' in frame)) return frame['plain'];
    const { shape, announced, values } = frame as { shape: number; announced?: string; values: unknown[] };
    if (announced !== undefined) this.shapes.set(shape, announced === '' ? [] : announced.split(','));
    const keys = this.shapes.get(shape);
    if (keys === undefined) throw new Error(`unknown shape ${shape}`);
    return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
  }
}

export interface SeenFrame {
  readonly type: number;
  readonly kind: number;
  readonly target: number;
  readonly sender: number;
  readonly correlation: number;
  readonly deadline: number;
  readonly payload: unknown;
  readonly extra: unknown;
  readonly position: number;
}

export class RecordingSink implements FrameSink {
  readonly seen: SeenFrame[] = [];
  readonly refusals: { reason: Refusal; correlation: number; error: unknown }[] = [];
  verdict: (frame: SeenFrame) => Verdict = () => TAKEN;

  get payloads(): unknown[] {
    return this.seen.map((frame) => frame.payload);
  }

  frame(
    type: number,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: number,
    payload: unknown,
    extra: unknown,
    position: number,
  ): Verdict {
    const frame = { type, kind, target, sender, correlation, deadline, payload, extra, position };
    const verdict = this.verdict(frame);
    // A frame that was left is seen when it is taken.
    if (verdict !== 1) this.seen.push(frame);
    return verdict;
  }

  refused(
    reason: Refusal,
    _type: number,
    _kind: number,
    _target: number,
    _sender: number,
    correlation: number,
    error: unknown,
  ): void {
    this.refusals.push({ reason, correlation, error });
  }
}

/** Both ends of a way out of band within one thread. */
export class LoopbackOutOfBand implements OutOfBandSender, OutOfBandReceiver {
  readonly items = new Map<number, OutOfBandItem>();

  post(id: number, bytes: Uint8Array, transfers: readonly ArrayBuffer[]): void {
    // What was detached before can't be handed over.
    for (const transfer of transfers) if (transfer.detached) throw new TypeError('already detached');
    const copy = Uint8Array.from(bytes);
    // As a port does: what is transferred is detached here.
    if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer();
    this.items.set(id, { bytes: copy, transfers: transfers.map((transfer) => transfer.transfer()) });
  }

  take(id: number): OutOfBandItem | undefined {
    const item = this.items.get(id);
    this.items.delete(id);
    return item;
  }
}

/** A doorbell of a node that sleeps, and how often it was woken. */
export function sleepingBell(): { bell: Doorbell; wakes: () => number; sleep: () => void } {
  let wakes = 0;
  const bell = new Doorbell(createDoorbellMemory(1), 0, () => wakes++);
  const sleep = (): void => {
    bell.fallAsleep(() => true);
  };
  sleep();
  if (bell.activity !== ASLEEP) throw new Error('the bell is not asleep');
  return { bell, wakes: () => wakes, sleep };
}

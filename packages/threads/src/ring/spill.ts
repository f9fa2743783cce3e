/**
 * Where held frames go that would pin the ring: a handler waits with its message unreleased, others behind it are done.
 *
 * Shared memory, so that it outlives the thread. Two halves, of which one is in use: frames are appended, and when it is
 * full the live ones are copied to the other half, which then comes into use by one store. A thread that dies at any point
 * leaves one sound half. A record is a frame with two words before it: its span, and its position in the ring. Bounded by the
 * half; when that is full of live frames, `add` refuses, and the ring fills up: back-pressure.
 */
import { FrameView } from './frame-view.ts';
import { SPILL_HALF } from './memory.ts';

const RECORD_HEADER_BYTES = 8;

interface Record {
  offset: number;
  readonly span: number;
}

export class Spill {
  readonly view: FrameView;
  readonly #control: Int32Array;
  readonly #halfBytes: number;
  /** The live frames, oldest first, by the handle that the sink was given. */
  readonly #records = new Map<number, Record>();
  #half: number;
  #used: number;
  #liveBytes = 0;

  constructor(control: Int32Array, memory: SharedArrayBuffer) {
    this.view = new FrameView(memory);
    this.#control = control;
    this.#halfBytes = (memory.byteLength / 2) & ~7;
    this.#half = Atomics.load(control, SPILL_HALF) === 1 ? 1 : 0;
    const used = Atomics.load(control, SPILL_HALF + 1 + this.#half);
    this.#used = used >= 0 && used <= this.#halfBytes && used % 8 === 0 ? used : 0;
  }

  get frames(): number {
    return this.#records.size;
  }

  offsetOf(handle: number): number | undefined {
    return this.#records.get(handle)?.offset;
  }

  /** Copies a frame; false where there is no room. */
  add(handle: number, source: FrameView, offset: number, span: number): boolean {
    const bytes = RECORD_HEADER_BYTES + span;
    if (this.#liveBytes + bytes > this.#halfBytes) return false;
    if (this.#used + bytes > this.#halfBytes) this.#compact();
    const at = this.#half * this.#halfBytes + this.#used;
    this.view.words[at >> 2] = span;
    this.view.words[(at >> 2) + 1] = handle | 0;
    this.view.bytes.set(source.bytes.subarray(offset, offset + span), at + RECORD_HEADER_BYTES);
    this.#use(this.#used + bytes);
    this.#records.set(handle, { offset: at + RECORD_HEADER_BYTES, span });
    this.#liveBytes += bytes;
    return true;
  }

  release(handle: number): void {
    const record = this.#records.get(handle);
    if (record === undefined) return;
    this.view.markReleased(record.offset);
    this.#records.delete(handle);
    this.#liveBytes -= RECORD_HEADER_BYTES + record.span;
    if (this.#records.size === 0) this.#use(0);
  }

  /** After a death: gives each live frame a handle, and returns the handles, oldest first. Stops at what is not sound. */
  survivors(): number[] {
    const handles: number[] = [];
    const base = this.#half * this.#halfBytes;
    for (let at = 0; at + RECORD_HEADER_BYTES < this.#used; ) {
      const offset = base + at + RECORD_HEADER_BYTES;
      const span = this.view.span(offset, this.#used - at - RECORD_HEADER_BYTES);
      if (span < 8 || span !== this.view.words[(offset - RECORD_HEADER_BYTES) >> 2]) break;
      if (!this.view.isSpent(offset)) {
        // Those from the ring are not negative.
        const handle = -1 - handles.length;
        handles.push(handle);
        this.#records.set(handle, { offset, span });
        this.#liveBytes += RECORD_HEADER_BYTES + span;
      }
      at += RECORD_HEADER_BYTES + span;
    }
    return handles;
  }

  /** Whether this is the copy of the frame at this position and offset of the ring, marks aside. */
  isCopyOf(handle: number, position: number, source: FrameView, offset: number): boolean {
    const record = this.#records.get(handle);
    if (record === undefined || this.view.words[(record.offset - 4) >> 2] !== position) return false;
    if (source.words[offset >> 2] !== this.view.words[record.offset >> 2]) return false;
    const copy = this.view.bytes.subarray(record.offset + 8, record.offset + record.span);
    return Buffer.compare(copy, source.bytes.subarray(offset + 8, offset + record.span)) === 0;
  }

  #compact(): void {
    const half = 1 - this.#half;
    let used = 0;
    for (const record of this.#records.values()) {
      const from = record.offset - RECORD_HEADER_BYTES;
      const to = half * this.#halfBytes + used;
      this.view.bytes.copyWithin(to, from, from + RECORD_HEADER_BYTES + record.span);
      record.offset = to + RECORD_HEADER_BYTES;
      used += RECORD_HEADER_BYTES + record.span;
    }
    // Its length stands before it comes into use.
    Atomics.store(this.#control, SPILL_HALF + 1 + half, used);
    Atomics.store(this.#control, SPILL_HALF, half);
    this.#half = half;
    this.#used = used;
  }

  #use(bytes: number): void {
    this.#used = bytes;
    Atomics.store(this.#control, SPILL_HALF + 1 + this.#half, bytes);
  }
}

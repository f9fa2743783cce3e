/**
 * The producer's side of a ring. Frames are encoded in place and become visible in batches, when the tail is published;
 * so a thread that dies half-way leaves the ring readable up to the last published tail.
 *
 * `write` never waits. FULL leaves no trace but padding: nothing was announced to the decoder, nothing posted. A value
 * that the encoder refuses throws, and leaves none either. Whoever wants room asks for it (`wantRoom`), and its node's
 * doorbell rings once the reader has freed a quarter of the ring.
 *
 * The owner flushes at the end of its turn; `onPending` says when there is something to flush.
 */
import type { Doorbell } from './doorbell.ts';
import * as frames from './frame.ts';
import { assertFields } from './header-fields.ts';
import { type LargeFrame, LargeFrames } from './large-frames.ts';
import {
  assertRingMemory,
  HEAD,
  PUBLISHED_FRAMES,
  type RingMemory,
  roomBytes,
  shareBytes,
  TAIL,
  WANTS_ROOM,
  WRITTEN_FRAMES,
} from './memory.ts';
import { integerOption } from './option.ts';
import type { OutOfBandSender } from './out-of-band.ts';
import { ShapeLog } from './shape-log.ts';

export interface RingWriterOptions {
  /** The reading node's. */
  readonly doorbell: Doorbell;
  /** Frames larger than a share go there. Without it they are refused. */
  readonly outOfBand?: OutOfBandSender;
  /** Frames a publish. */
  readonly batchFrames?: number;
  /** Bytes out of band that the reader has not freed: at this bound `write` answers FULL. One frame alone may exceed it. */
  readonly outOfBandBytesMax?: number;
  /** Bytes of one frame out of band. */
  readonly largeFrameBytesMax?: number;
  /** Called with the first frame after a flush. */
  readonly onPending?: (writer: RingWriter) => void;
}

export interface RingWriterCounters {
  /** Frames written since the ring was made. */
  readonly frames: number;
  /** Writes that found no room. */
  readonly full: number;
  readonly outOfBand: number;
  /** Bytes out of band that the reader has not freed. */
  readonly outOfBandBytes: number;
  /** Heads that can't be: the shared word was overwritten, and is ignored. */
  readonly badHeads: number;
}

export const WRITER_DEFAULTS = { batchFrames: 32, outOfBandBytesMax: 1 << 26, largeFrameBytesMax: 1 << 28 } as const;

const NO_TRANSFERS: readonly ArrayBuffer[] = [];

export class RingWriter {
  readonly #encoder: frames.FrameEncoder;
  readonly #doorbell: Doorbell;
  readonly #batchFrames: number;
  readonly #onPending: ((writer: RingWriter) => void) | undefined;
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  readonly #share: number;
  readonly #large: LargeFrames;
  #tail: number;
  /** The reader's head as last seen. */
  #head: number;
  #pending = 0;
  #written: number;
  /** Of the frame being encoded. */
  #payloadEnd = 0;
  #transfers: readonly ArrayBuffer[] = NO_TRANSFERS;
  #mark = 0;
  #full = 0;
  #badHeads = 0;

  constructor(memory: RingMemory, encoder: frames.FrameEncoder, options: RingWriterOptions) {
    assertRingMemory(memory);
    const chosen = { ...WRITER_DEFAULTS, ...options };
    this.#encoder = encoder;
    this.#doorbell = options.doorbell;
    this.#onPending = options.onPending;
    this.#batchFrames = integerOption('batchFrames', chosen.batchFrames, 1, 4096);
    this.#control = new Int32Array(memory.control);
    this.#words = new Int32Array(memory.data);
    this.#floats = new Float64Array(memory.data);
    // A Buffer, since encoders write strings through its methods where they can.
    this.#bytes = Buffer.from(memory.data);
    this.#size = memory.data.byteLength;
    this.#share = shareBytes(this.#size);
    this.#large = new LargeFrames(
      options.outOfBand,
      memory.shapes !== undefined,
      integerOption('outOfBandBytesMax', chosen.outOfBandBytesMax, 0, 2 ** 40),
      integerOption('largeFrameBytesMax', chosen.largeFrameBytesMax, 0, 2 ** 31 - 1),
    );
    if (memory.shapes !== undefined) encoder.logTo?.(new ShapeLog(this.#control, memory.shapes));
    this.#tail = Atomics.load(this.#control, TAIL);
    this.#head = Atomics.load(this.#control, HEAD);
    this.#written = this.#control[PUBLISHED_FRAMES]!;
  }

  /** Frames written and not yet published. */
  get pending(): number {
    return this.#pending;
  }

  /** Bytes free for frames and their padding, as of now. */
  get freeBytes(): number {
    this.#refreshHead();
    return this.#size - ((this.#tail - this.#head) | 0);
  }

  get counters(): RingWriterCounters {
    return {
      frames: this.#written,
      full: this.#full,
      outOfBand: this.#large.posted,
      outOfBandBytes: this.#large.byteLength,
      badHeads: this.#badHeads,
    };
  }

  /**
   * Writes one frame, to be published with its batch.
   *
   * @units deadline in ms, 0 for none; correlation 0 for none
   * @throws TROUPE_FRAME_TOO_LARGE, TROUPE_FRAME_FIELD_INVALID, TROUPE_FRAME_TRANSFER_REFUSED, and what the encoder throws
   */
  write(
    type: number,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: number,
    payload: unknown,
    extra: unknown,
  ): frames.WriteResult {
    assertFields(type, kind, target, sender, correlation, deadline);
    const long = correlation !== 0 || deadline !== 0 || extra !== undefined;
    const header = long ? frames.LONG_HEADER_BYTES : frames.SHORT_HEADER_BYTES;
    for (;;) {
      const offset = this.#tail & (this.#size - 1);
      let free = this.#size - ((this.#tail - this.#head) | 0);
      if (free < this.#share) {
        this.#refreshHead();
        free = this.#size - ((this.#tail - this.#head) | 0);
      }
      const toEnd = this.#size - offset;
      const room = Math.min(free, toEnd, this.#share);
      // What is written in place may still turn into a placeholder, so less room than one needs is none.
      if (room >= frames.PLACEHOLDER_BYTES) {
        const start = offset + header;
        const end = this.#encode(start, offset + room, payload, extra);
        if (end >= 0 && this.#transfers.length === 0) {
          let flags = payload === undefined ? 0 : frames.FLAG_PAYLOAD;
          if (long) {
            flags |= extra === undefined ? frames.FLAG_LONG : frames.FLAG_LONG | frames.FLAG_EXTRA;
            this.#writeLong(offset, correlation, deadline, this.#payloadEnd - start);
          }
          return this.#commit(offset, end - offset, type | (kind << 8) | (flags << 24), target, sender);
        }
        if (end >= 0 || room === this.#share) {
          const flags = this.#sendLarge(offset, start, end, payload, extra);
          if (flags === 0) return this.#refuseAsFull();
          this.#writeLong(offset, correlation, deadline, frames.PLACEHOLDER_BYTES - frames.LONG_HEADER_BYTES);
          return this.#commit(offset, frames.PLACEHOLDER_BYTES, type | (kind << 8) | (flags << 24), target, sender);
        }
      }
      if (room !== toEnd) return this.#refuseAsFull();
      this.#pad(offset, toEnd);
    }
  }

  /** Publishes what was written, and wakes the reader's node if it sleeps. */
  flush(): void {
    if (this.#pending === 0) return;
    this.#pending = 0;
    Atomics.store(this.#control, TAIL, this.#tail);
    // After the tail, so that a reader which has read up to a later tail misses none of this count.
    Atomics.store(this.#control, PUBLISHED_FRAMES, this.#written);
    this.#doorbell.ring();
  }

  /**
   * Asks to be woken, by the writing node's doorbell, when a quarter of the ring is free; true where that is so already.
   * A node that goes to sleep asks once more after it has said that it sleeps:
   *
   *   1 reader: publishes head, sees the request       3 reader: takes the request (the second), rings nobody: still awake
   *   2 writer: finds room, uses it up, asks again     4 writer: finds no room, sleeps, and nobody knows of its request
   */
  wantRoom(): boolean {
    this.flush();
    Atomics.store(this.#control, WANTS_ROOM, 1);
    if (!this.hasRoom()) return false;
    Atomics.store(this.#control, WANTS_ROOM, 0);
    return true;
  }

  hasRoom(): boolean {
    return this.freeBytes >= roomBytes(this.#size) && !this.#large.isFull;
  }

  /** For the reader that replaces a dead one: hands it again what it may meet placeholders of. How many. */
  repostOutOfBand(sender: OutOfBandSender): number {
    this.#refreshHead();
    return this.#large.repost(sender);
  }

  /** The end of the content, or -1 where it does not fit and nothing is announced. */
  #encode(start: number, limit: number, payload: unknown, extra: unknown): number {
    const encoder = this.#encoder;
    let end = start;
    this.#mark = encoder.mark ?? 0;
    this.#transfers = NO_TRANSFERS;
    if (payload !== undefined) {
      end = encoder.encodeInto(payload, this.#bytes, start, limit);
      const transfers = encoder.transfers;
      if (transfers !== undefined && transfers.length > 0 && end >= 0) this.#transfers = transfers;
    }
    this.#payloadEnd = end;
    return extra === undefined || end < 0 ? end : this.#encodeExtra(end, limit, extra);
  }

  #encodeExtra(position: number, limit: number, extra: unknown): number {
    let end = -1;
    try {
      end = this.#encoder.encodeInto(extra, this.#bytes, position, limit);
    } finally {
      // What the payload announced was announced to nobody.
      if (end < 0) this.#encoder.rewind?.(this.#mark);
    }
    return end;
  }

  /** Posts the content and writes the placeholder's: the flags of the frame, or 0 where there is no room now. */
  #sendLarge(offset: number, start: number, end: number, payload: unknown, extra: unknown): number {
    const large = this.#large;
    let flags = 0;
    try {
      this.#refreshHead();
      if (large.isFull) return 0;
      const frame = end >= 0 ? this.#takeOut(start, end) : large.encode(this.#encoder, payload, extra);
      const firstId = large.nextId;
      // Posting may detach them.
      const payloadBytes = frame.payload?.byteLength ?? 0;
      const extraBytes = frame.extra?.byteLength ?? 0;
      if (!large.post(frame, (this.#tail + frames.PLACEHOLDER_BYTES) | 0)) return 0;
      const words = this.#words;
      const at = (offset + frames.LONG_HEADER_BYTES) >> 2;
      words[at] = frame.payload === undefined ? 0 : firstId;
      words[at + 1] = payloadBytes;
      words[at + 2] = frame.extra === undefined ? 0 : large.lastId;
      words[at + 3] = extraBytes;
      flags = frames.FLAG_LONG | frames.FLAG_OUT_OF_BAND;
      if (frame.payload !== undefined) flags |= frames.FLAG_PAYLOAD;
      if (frame.extra !== undefined) flags |= frames.FLAG_EXTRA;
      return flags;
    } finally {
      if (flags === 0) this.#encoder.rewind?.(this.#mark);
    }
  }

  /** What was written in place and moves buffers, which only a port can carry. */
  #takeOut(start: number, end: number): LargeFrame {
    const payload = Uint8Array.from(this.#bytes.subarray(start, this.#payloadEnd));
    const extra = end === this.#payloadEnd ? undefined : Uint8Array.from(this.#bytes.subarray(this.#payloadEnd, end));
    return { payload, extra, transfers: this.#transfers };
  }

  #writeLong(offset: number, correlation: number, deadline: number, payloadBytes: number): void {
    this.#floats[(offset + 16) >> 3] = deadline;
    this.#words[(offset + 24) >> 2] = correlation;
    this.#words[(offset + 28) >> 2] = payloadBytes;
  }

  #commit(offset: number, length: number, word: number, target: number, sender: number): frames.WriteResult {
    const words = this.#words;
    const at = offset >> 2;
    words[at] = (frames.MAGIC << 24) | length;
    words[at + 1] = word;
    words[at + 2] = target;
    words[at + 3] = sender;
    this.#tail = (this.#tail + ((length + 7) & ~7)) | 0;
    this.#written = (this.#written + 1) | 0;
    this.#control[WRITTEN_FRAMES] = this.#written;
    const pending = ++this.#pending;
    if (pending >= this.#batchFrames) this.flush();
    else if (pending === 1) this.#onPending?.(this);
    return frames.SENT;
  }

  #pad(offset: number, length: number): void {
    const at = offset >> 2;
    this.#words[at] = (frames.MAGIC << 24) | length;
    this.#words[at + 1] = frames.TYPE_PADDING;
    this.#tail = (this.#tail + length) | 0;
  }

  #refuseAsFull(): frames.WriteResult {
    this.#full++;
    return frames.FULL;
  }

  #refreshHead(): void {
    const head = Atomics.load(this.#control, HEAD);
    if (head === this.#head) return;
    // A head beyond tail, behind the last one, or between frames is not the reader's word: keep the last good one.
    const advance = (head - this.#head) | 0;
    if (advance < 0 || ((this.#tail - head) | 0) < 0 || (head & 7) !== 0) {
      this.#badHeads++;
      return;
    }
    this.#head = head;
    this.#large.free(head);
  }
}

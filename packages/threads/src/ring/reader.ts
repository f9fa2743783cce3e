/**
 * The consumer's side of a ring. `drain` offers what is published, in order, to a sink, and publishes head once.
 *
 * Memory that another thread writes is not trusted: each word is read once and checked, lengths and positions are bounded,
 * and whatever the decoder throws is caught. A frame with a plausible length is skipped by it, counted, and reported with
 * its header, so that an ask can be answered. Without a plausible length no boundary can be told, so the rest of what is
 * published is skipped, and the writer's ledger tells how many frames that were. A tail that can't be is ignored until the
 * writer publishes a good one. Nothing throws out of `drain` but the sink.
 *
 * A ring that does not redeliver ends with its reader (see `readLedger`). In one that does, a new reader calls `recover`
 * first, and what was not released is offered again, before anything newer.
 */
import { TroupeError } from '@troupe/protocol';
import type { Doorbell } from './doorbell.ts';
import * as frames from './frame.ts';
import { FrameParser } from './frame-parser.ts';
import { FrameView } from './frame-view.ts';
import { Holding } from './holding.ts';
import {
  assertRingMemory,
  CONSUMED_FRAMES,
  FREED_FRAMES,
  HEAD,
  PUBLISHED_FRAMES,
  type RingMemory,
  roomBytes,
  TAIL,
  WANTS_ROOM,
} from './memory.ts';
import { integerOption } from './option.ts';
import type { OutOfBandReceiver } from './out-of-band.ts';
import { ShapeLog } from './shape-log.ts';
import { Spill } from './spill.ts';

export interface RingReaderOptions {
  /** The writing node's: rung when there is room again for a writer that asked. */
  readonly writerDoorbell: Doorbell;
  readonly outOfBand?: OutOfBandReceiver;
  /** The largest frame type that is known. */
  readonly typeMax?: number;
}

export interface RingReaderCounters {
  /** Frames that the reader has moved past, since the ring was made. */
  readonly consumed: number;
  /** Frames offered and taken or held, by this reader. */
  readonly frames: number;
  readonly bytes: number;
  readonly refused: Readonly<Record<frames.Refusal, number>>;
  /** Frames, as best can be known, that lay behind an implausible length or in a changed header; bytes behind the former. */
  readonly skippedFrames: number;
  readonly skippedBytes: number;
  readonly spilled: number;
  readonly givenUp: number;
  readonly strays: number;
}

/** Where a frame stands that its target had no room for; what it says stays in the parser. In the spill area, span is 0. */
interface Parked {
  readonly handle: number;
  readonly position: number;
  readonly span: number;
}

export class RingReader {
  readonly #parser: FrameParser;
  readonly #decoder: frames.FrameDecoder;
  readonly #writerDoorbell: Doorbell;
  readonly #memory: RingMemory;
  readonly #control: Int32Array;
  readonly #view: FrameView;
  readonly #size: number;
  readonly #holding: Holding | undefined;
  /** Frames that a dead reader left, in the spill area and in the ring up to a position. */
  #spillSurvivors: number[] = [];
  #survivorsEnd: number | undefined;
  #read: number;
  #publishedHead: number;
  #parked: Parked | undefined;
  #blocked = false;
  #draining = false;
  #attempts = 0;
  #moved = 0;
  #paddings = 0;
  #badTail: number | undefined;
  /** Frames may have been passed over without being counted. */
  #inDoubt = false;
  #consumed: number;
  #frames = 0;
  #bytes = 0;
  #skippedFrames = 0;
  #skippedBytes = 0;
  readonly #refused: Record<frames.Refusal, number> = { length: 0, header: 0, payload: 0, 'out-of-band': 0, tail: 0 };

  constructor(memory: RingMemory, decoder: frames.FrameDecoder, options: RingReaderOptions) {
    assertRingMemory(memory);
    const typeMax = integerOption('typeMax', options.typeMax ?? frames.TYPE_MAX, 1, frames.TYPE_MAX);
    this.#parser = new FrameParser(decoder, options.outOfBand, typeMax);
    this.#decoder = decoder;
    this.#writerDoorbell = options.writerDoorbell;
    this.#memory = memory;
    this.#control = new Int32Array(memory.control);
    this.#view = new FrameView(memory.data);
    this.#size = memory.data.byteLength;
    this.#read = Atomics.load(this.#control, HEAD);
    this.#publishedHead = this.#read;
    this.#consumed = this.#control[CONSUMED_FRAMES]!;
    if (memory.spill !== undefined) {
      this.#holding = new Holding(this.#view, this.#size, new Spill(this.#control, memory.spill), this.#read);
    }
  }

  /** Of the frame being offered: how often handling it was begun by a node that died. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Of the frame being offered: its size, wherever its content was. */
  get offeredBytes(): number {
    return this.#parser.bytes;
  }

  /** A sink answered LEAVE, and nobody has called `resume` since. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  /** Whether `drain` would offer something. The re-check before sleep. */
  get isReady(): boolean {
    const hasLeft = this.#parked !== undefined || this.#spillSurvivors.length > 0;
    return !this.#blocked && (hasLeft || this.#publishedTail() !== this.#read);
  }

  /**
   * Whether it is worth to drain, for those who poll: a plain read, since an atomic one is a call. It may lag, and take a tail
   * that can't be for one, so whoever would sleep asks `isReady`.
   */
  get seemsReady(): boolean {
    if (this.#control[TAIL] === this.#read && this.#parked === undefined && this.#spillSurvivors.length === 0)
      return false;
    return !this.#blocked;
  }

  get counters(): RingReaderCounters {
    return {
      consumed: this.#consumed,
      frames: this.#frames,
      bytes: this.#bytes,
      refused: { ...this.#refused },
      skippedFrames: this.#skippedFrames,
      skippedBytes: this.#skippedBytes,
      spilled: this.#holding?.spilled ?? 0,
      givenUp: this.#holding?.givenUp ?? 0,
      strays: this.#holding?.strays ?? 0,
    };
  }

  /** Offers at most `max` frames, and returns how many it moved past, with paddings. */
  drain(max: number, sink: frames.FrameSink): number {
    if (this.#blocked) return 0;
    if (this.#draining) {
      throw new TroupeError('TROUPE_RING_MISUSED', 'Expected a sink not to drain the ring that offers it a frame.');
    }
    this.#draining = true;
    this.#moved = 0;
    this.#paddings = 0;
    try {
      if (this.#parked !== undefined) this.#offerAgain(this.#parked, sink);
      while (this.#spillSurvivors.length > 0 && !this.#blocked && this.#moved < max) this.#nextSpilled(sink);
      const tail = this.#publishedTail();
      while (this.#read !== tail && !this.#blocked && this.#moved < max) this.#next(tail, sink);
      if (this.#inDoubt && this.#read === tail && this.#parked === undefined) this.#reconcile();
    } finally {
      this.#draining = false;
      this.#holding?.relieve();
      this.#publish();
    }
    return this.#moved + this.#paddings;
  }

  /** The target of the frame that was left has room: it is offered again first. */
  resume(): void {
    this.#blocked = false;
  }

  /** Marks a held frame: a handler begins it. After a death `attempts` tells how often that was so. */
  begin(position: number): void {
    this.#holding?.begin(position);
  }

  /** Gives up a held frame, once: it is not offered again, and its memory is freed. */
  release(position: number): void {
    const holding = this.#holding;
    if (holding === undefined) return;
    holding.release(position);
    if (this.#draining) return;
    holding.relieve();
    this.#publish();
  }

  /** Before the first drain of a reader that replaces a dead one: how many frames it will offer again. */
  recover(): number {
    const holding = this.#holding;
    const { shapes } = this.#memory;
    if (holding === undefined || shapes === undefined) {
      throw new TroupeError(
        'TROUPE_RING_MISUSED',
        'Expected a ring made with redelivers: true to recover from. A ring without it ends with its reader.',
      );
    }
    this.#consumed = this.#control[FREED_FRAMES]!;
    this.#refused.payload += new ShapeLog(this.#control, shapes).replay(this.#decoder);
    this.#spillSurvivors = holding.spill.survivors();
    const tail = this.#publishedTail();
    this.#survivorsEnd = tail;
    return this.#spillSurvivors.length + holding.countSurvivors(tail, this.#spillSurvivors.at(-1));
  }

  #next(tail: number, sink: frames.FrameSink): void {
    const view = this.#view;
    const position = this.#read;
    const offset = position & (this.#size - 1);
    const word = view.words[offset >> 2]!;
    const length = word & frames.LENGTH_MASK;
    const span = (length + 7) & ~7;
    if (word >>> 24 !== frames.MAGIC || span < 8 || span > ((tail - position) | 0) || span > this.#size - offset) {
      this.#skip(position, tail, sink);
      return;
    }
    this.#read = (position + span) | 0;
    const header = view.words[(offset >> 2) + 1]!;
    const holding = this.#holding;
    if ((header & 0xff) === frames.TYPE_PADDING) {
      this.#inDoubt = true;
      // It counts as work done: a writer of nothing else would hold its reader's node in microtasks.
      this.#paddings++;
      if (holding === undefined) return;
      holding.reads(span, 0);
      holding.settle(span, 0);
      return;
    }
    const handle = holding === undefined ? position : holding.reads(span, 1);
    const marks = (header >>> 24) & frames.READER_FLAGS;
    this.#attempts = 0;
    if (marks !== 0) {
      if (!this.#isSurvivor(position)) {
        this.#parser.blank();
        this.#refuse('header', handle, span, sink);
        return;
      }
      if ((marks & frames.FLAG_RELEASED) !== 0) {
        this.#count(span);
        holding?.settle(span, 1);
        return;
      }
      this.#attempts = view.attempts(offset);
    }
    const refusal = this.#parser.parse(view, offset, length);
    if (refusal === undefined) this.#offer(handle, position, span, sink);
    else this.#refuse(refusal, handle, span, sink);
  }

  #nextSpilled(sink: frames.FrameSink): void {
    const spill = this.#holding?.spill;
    const handle = this.#spillSurvivors.shift();
    if (spill === undefined || handle === undefined) return;
    const offset = spill.offsetOf(handle);
    if (offset === undefined) return;
    this.#attempts = spill.view.attempts(offset);
    const refusal = this.#parser.parse(spill.view, offset, spill.view.words[offset >> 2]! & frames.LENGTH_MASK);
    if (refusal === undefined) this.#offer(handle, 0, 0, sink);
    else this.#refuse(refusal, handle, 0, sink);
  }

  /** Offers what the parser holds. */
  #offer(handle: number, position: number, span: number, sink: frames.FrameSink): void {
    const p = this.#parser;
    // biome-ignore format: positional by design
    const verdict = sink.frame(p.type, p.kind, p.target, p.sender, p.correlation, p.deadline, p.payload, p.extra, handle);
    if (verdict === frames.LEAVE) {
      this.#parked = { handle, position, span };
      this.#blocked = true;
      if (span > 0) this.#holding?.unreads(span);
      return;
    }
    p.forget();
    this.#frames++;
    this.#bytes += span;
    this.#count(span);
    if (verdict === frames.TAKEN) this.#holding?.release(handle);
    else if (this.#holding === undefined) {
      throw new TroupeError('TROUPE_RING_MISUSED', 'Expected frames to be held only in a ring made to redeliver.');
    }
  }

  #offerAgain(parked: Parked, sink: frames.FrameSink): void {
    this.#parked = undefined;
    if (parked.span > 0) this.#holding?.reads(parked.span, 1);
    this.#offer(parked.handle, parked.position, parked.span, sink);
  }

  #count(span: number): void {
    this.#moved++;
    // A survivor from the spill area was consumed from the ring long ago.
    if (span === 0) return;
    this.#consumed = (this.#consumed + 1) | 0;
    // Plain and per frame: it lies on a line of the reader's own, and is read when the reader is dead.
    this.#control[CONSUMED_FRAMES] = this.#consumed;
  }

  /**
   * All up to tail is read: what the ledger has besides lay in frames whose headers were changed, and is gone. Only a refusal
   * or a padding makes it worth a look, since the ledger's line is the writer's, and dear. It counts frames before a tail
   * that is read after it.
   */
  #reconcile(): void {
    const published = Atomics.load(this.#control, PUBLISHED_FRAMES);
    if (this.#publishedTail() !== this.#read) return;
    this.#inDoubt = false;
    const missing = (published - this.#consumed) | 0;
    // More than the ring can hold is not the writer's word.
    if (missing <= 0 || missing > this.#size / frames.SHORT_HEADER_BYTES) return;
    this.#skippedFrames += missing;
    this.#consumed = published;
    this.#control[CONSUMED_FRAMES] = published;
  }

  #refuse(reason: frames.Refusal, handle: number, span: number, sink: frames.FrameSink): void {
    const { type, kind, target, sender, correlation, error } = this.#parser;
    this.#parser.forget();
    this.#inDoubt = true;
    this.#refused[reason]++;
    this.#count(span);
    this.#holding?.release(handle);
    sink.refused(reason, type, kind, target, sender, correlation, error);
  }

  /** No boundary can be told from here to tail. */
  #skip(position: number, tail: number, sink: frames.FrameSink): void {
    const bytes = (tail - position) | 0;
    const published = (this.#control[PUBLISHED_FRAMES]! - this.#consumed) | 0;
    const lost = Math.max(1, Math.min(published, Math.floor(bytes / frames.SHORT_HEADER_BYTES)));
    this.#read = tail;
    if (this.#holding !== undefined) {
      // Head walks over the frames one day, so something must stand there that it can walk over.
      this.#view.pad(position, bytes, this.#size);
      this.#holding.reads(bytes, 0);
      this.#holding.settle(bytes, 0);
    }
    this.#inDoubt = true;
    this.#refused.length++;
    this.#skippedFrames += lost;
    this.#skippedBytes += bytes;
    this.#consumed = (this.#consumed + lost - 1) | 0;
    this.#count(bytes);
    sink.refused('length', 0, 0, 0, 0, 0, undefined);
  }

  #isSurvivor(position: number): boolean {
    const end = this.#survivorsEnd;
    if (end === undefined) return false;
    if (((end - position) | 0) > 0) return true;
    this.#survivorsEnd = undefined;
    return false;
  }

  /** The tail, or where it can't be one, what has been read: so nothing is there. */
  #publishedTail(): number {
    const tail = Atomics.load(this.#control, TAIL);
    const available = (tail - this.#read) | 0;
    if (available >= 0 && ((tail - this.#publishedHead) | 0) <= this.#size && (tail & 7) === 0) return tail;
    if (tail !== this.#badTail) {
      this.#badTail = tail;
      this.#refused.tail++;
    }
    return this.#read;
  }

  /** Publishes head, and then looks whether the writer waits for room: in this order, see doorbell.ts. */
  #publish(): void {
    const holding = this.#holding;
    const parked = this.#parked;
    let head = this.#read;
    if (holding !== undefined) head = holding.head;
    else if (parked !== undefined) head = parked.position;
    if (head === this.#publishedHead) return;
    this.#publishedHead = head;
    if (holding !== undefined) this.#control[FREED_FRAMES] = (this.#consumed - holding.frames) | 0;
    Atomics.store(this.#control, HEAD, head);
    if (Atomics.load(this.#control, WANTS_ROOM) !== 1) return;
    const used = (Atomics.load(this.#control, TAIL) - head) | 0;
    if (used > this.#size - roomBytes(this.#size)) return;
    if (Atomics.compareExchange(this.#control, WANTS_ROOM, 1, 0) === 1) this.#writerDoorbell.ring();
  }
}

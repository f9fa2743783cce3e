/**
 * The memory of one ring: a single producer, a single consumer, frames in one direction.
 *
 * `data` holds the frames and its size is a power of two. `control` holds the words both sides share, each group on a
 * cache line of its own: on one line they cost up to eight times (false sharing). 128 bytes, since processors fetch
 * lines of 64 in pairs. A redelivering ring has two areas more: `shapes`, the log of what the encoder has announced, and
 * `spill`, where frames go that would pin the ring.
 *
 * Head and tail count bytes and wrap at 2^32, so a difference is `(tail - head) | 0` and an offset is `tail & (size - 1)`.
 */
import { TroupeError } from '@troupe/protocol';
import { FRAME_BYTES_MAX, SHORT_HEADER_BYTES } from './frame.ts';
import { integerOption } from './option.ts';

export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
  /** Present when frames may be held for redelivery. */
  readonly shapes?: SharedArrayBuffer;
  readonly spill?: SharedArrayBuffer;
}

export interface RingMemoryOptions {
  /** Frames may be held until they are released, and survive their reader's thread. Default false. */
  readonly redelivers?: boolean;
  /** Bytes of each half of the spill area. Default: the size of the ring. */
  readonly spillBytes?: number;
}

export const RING_BYTES_MIN = 1024;
export const RING_BYTES_MAX = 1 << 30;
export const RING_BYTES_DEFAULT = 1 << 18;
export const SHAPES_BYTES = 1 << 17;

/** The largest frame within a ring is one in this many parts of it, so that one frame can't fill it. */
const SHARES = 8;
const LINE_WORDS = 32;
const IDENTITY_VALUE = 0x7200_0001;

/** Words of `control`. */
export const IDENTITY = 0;
export const TAIL = 1 * LINE_WORDS;
export const HEAD = 2 * LINE_WORDS;
/** 1 while the writer wants to hear of room. */
export const WANTS_ROOM = 3 * LINE_WORDS;
/** The writer's ledger: what it has published and written in frames, so that a death can be accounted for. */
export const PUBLISHED_FRAMES = 4 * LINE_WORDS;
export const SHAPES_LENGTH = 4 * LINE_WORDS + 1;
/** On a line of its own, since it changes with every frame. */
export const WRITTEN_FRAMES = 7 * LINE_WORDS;
/** The reader's ledger: the frames that it has moved past, and in a ring that redelivers those before head. */
export const CONSUMED_FRAMES = 5 * LINE_WORDS;
export const FREED_FRAMES = 5 * LINE_WORDS + 1;
/** Which half of the spill area is in use, 0 or 1; what each holds in bytes stands in the two words after it. */
export const SPILL_HALF = 6 * LINE_WORDS;
const CONTROL_WORDS = 8 * LINE_WORDS;

/** Makes the memory of one ring; it can be posted to both sides. `bytes` is a power of two. */
export function createRingMemory(bytes: number = RING_BYTES_DEFAULT, options: RingMemoryOptions = {}): RingMemory {
  if (!isRingSize(bytes)) {
    throw new TroupeError(
      'TROUPE_RING_OPTION_INVALID',
      `Expected the bytes of a ring to be a power of two between ${RING_BYTES_MIN} and ${RING_BYTES_MAX}, got ${bytes}.`,
    );
  }
  const spillBytes = integerOption('spillBytes', options.spillBytes ?? bytes, 64, RING_BYTES_MAX) & ~7;
  const control = new SharedArrayBuffer(CONTROL_WORDS * 4);
  new Int32Array(control)[IDENTITY] = IDENTITY_VALUE;
  const data = new SharedArrayBuffer(bytes);
  if (options.redelivers !== true) return { control, data };
  const shapes = new SharedArrayBuffer(SHAPES_BYTES);
  return { control, data, shapes, spill: new SharedArrayBuffer(2 * spillBytes) };
}

/** What both sides have counted in shared memory, readable after either has died. The counts wrap at 2^32. */
export interface RingLedger {
  /** Frames written and never published: they died with the writer. */
  readonly unpublished: number;
  /** Frames published, or about to be, and not read. */
  readonly unread: number;
}

/** For a ring that at least one side has stopped using. */
export function readLedger(memory: RingMemory): RingLedger {
  assertRingMemory(memory);
  const control = new Int32Array(memory.control);
  const written = control[WRITTEN_FRAMES]!;
  // Either side could write these words: no ring holds more frames than fit into it.
  const most = memory.data.byteLength / SHORT_HEADER_BYTES;
  const between = (later: number, earlier: number): number => Math.min(Math.max(0, (later - earlier) | 0), most);
  return {
    unpublished: between(written, control[PUBLISHED_FRAMES]!),
    unread: between(written, control[CONSUMED_FRAMES]!),
  };
}

/** The bytes that one frame may take of a ring. */
export function shareBytes(size: number): number {
  return Math.min(size / SHARES, FRAME_BYTES_MAX);
}

/** Free bytes at which a writer that asked for room is woken: then the next write can't find the ring full at once. */
export function roomBytes(size: number): number {
  return (2 * size) / SHARES;
}

/** Checks what came through a message port before anything is read from it. */
export function assertRingMemory(memory: RingMemory): void {
  const { control, data, shapes, spill } = memory;
  const sound =
    control instanceof SharedArrayBuffer &&
    data instanceof SharedArrayBuffer &&
    control.byteLength === CONTROL_WORDS * 4 &&
    isRingSize(data.byteLength) &&
    new Int32Array(control)[IDENTITY] === IDENTITY_VALUE &&
    (shapes === undefined || (shapes instanceof SharedArrayBuffer && shapes.byteLength === SHAPES_BYTES)) &&
    (spill === undefined || (spill instanceof SharedArrayBuffer && spill.byteLength % 16 === 0));
  if (!sound) {
    throw new TroupeError(
      'TROUPE_RING_MEMORY_INVALID',
      'Expected ring memory as createRingMemory makes it, got something else. Pass it on unchanged.',
    );
  }
}

export function isRingSize(bytes: number): boolean {
  return (
    Number.isSafeInteger(bytes) && bytes >= RING_BYTES_MIN && bytes <= RING_BYTES_MAX && (bytes & (bytes - 1)) === 0
  );
}

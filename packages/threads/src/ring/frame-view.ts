/** The typed views of one memory that holds frames: a ring's data, or its spill area. */
import {
  ATTEMPT_MASK,
  ATTEMPT_UNIT,
  ATTEMPTS_MAX,
  FLAG_RELEASED,
  FRAME_BYTES_MAX,
  LENGTH_MASK,
  MAGIC,
  TYPE_PADDING,
} from './frame.ts';

export class FrameView {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.floats = new Float64Array(memory);
    // A Buffer, since decoders read strings through its methods where they can.
    this.bytes = Buffer.from(memory);
  }

  /** What the frame at this offset takes of the memory, 0 where nothing plausible stands there. */
  span(offset: number, available: number): number {
    const word = this.words[offset >> 2]!;
    const span = ((word & LENGTH_MASK) + 7) & ~7;
    return word >>> 24 === MAGIC && span <= available ? span : 0;
  }

  isPadding(offset: number): boolean {
    return (this.words[(offset >> 2) + 1]! & 0xff) === TYPE_PADDING;
  }

  /** Fills a stretch that holds no frames, which wraps at `size`, with padding. */
  pad(position: number, bytes: number, size: number): void {
    for (let done = 0; done < bytes; ) {
      const offset = (position + done) & (size - 1);
      const length = Math.min(bytes - done, size - offset, FRAME_BYTES_MAX);
      this.words[offset >> 2] = (MAGIC << 24) | length;
      this.words[(offset >> 2) + 1] = TYPE_PADDING;
      done += length;
    }
  }

  /** Padding, or a frame that nobody needs any more. */
  isSpent(offset: number): boolean {
    const word = this.words[(offset >> 2) + 1]!;
    return (word & 0xff) === TYPE_PADDING || ((word >>> 24) & FLAG_RELEASED) !== 0;
  }

  /** A plain store: `terminate()` ends the thread between stores, and who looks afterwards has seen it end. */
  markReleased(offset: number): void {
    const at = (offset >> 2) + 1;
    this.words[at] = this.words[at]! | (FLAG_RELEASED << 24);
  }

  /** Counts an attempt to handle the frame; stays at the most that can be told. */
  markBegun(offset: number): void {
    const at = (offset >> 2) + 1;
    if (this.attempts(offset) < ATTEMPTS_MAX) this.words[at] = this.words[at]! + (ATTEMPT_UNIT << 24);
  }

  attempts(offset: number): number {
    return ((this.words[(offset >> 2) + 1]! >>> 24) & ATTEMPT_MASK) / ATTEMPT_UNIT;
  }
}

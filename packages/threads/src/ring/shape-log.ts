/**
 * What the encoder has announced, in shared memory beside a ring that redelivers.
 *
 * Announcements travel in band, once: a reader that replaces a dead one has not seen those in the frames before head. So
 * the writer appends the content of each frame that announced something to this log before it publishes the frame, and a
 * new reader decodes the log, and drops the values, before it reads. That holds though the writer has died as well, and
 * needs no answer from it. Numbers of shapes are never reused in a stream, so a log that is ahead of head does no harm.
 *
 * Records are a length and as many bytes, 4-aligned. What finds no room is counted; frames of these shapes are then
 * refused, and counted, after a death.
 */
import type { FrameDecoder, FrameEncoder } from './frame.ts';
import { SHAPES_LENGTH } from './memory.ts';

export class ShapeLog {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** The writer's own count of the log's length: the shared word is what it tells the reader, which could write it too. */
  #length = 0;
  #logged = 0;
  #lost = 0;

  constructor(control: Int32Array, memory: SharedArrayBuffer) {
    this.#control = control;
    this.#bytes = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
    const length = Atomics.load(control, SHAPES_LENGTH);
    this.#length = length >= 0 && length <= memory.byteLength && length % 4 === 0 ? length : memory.byteLength;
  }

  /** Frames that announced something and found no room. */
  get lost(): number {
    return this.#lost;
  }

  /** Writer's side, after each frame was encoded: whether it announced something, so that its parts are to be appended. */
  isBehind(encoder: FrameEncoder): boolean {
    const mark = encoder.mark ?? 0;
    if (mark === this.#logged) return false;
    this.#logged = mark;
    return true;
  }

  /** What was announced since `mark` is forgotten: its numbers will be announced anew, and the later record then counts. */
  rewind(mark: number): void {
    this.#logged = Math.min(this.#logged, mark);
  }

  append(source: Uint8Array, start: number, end: number): void {
    const byteLength = end - start;
    if (byteLength === 0) return;
    const at = this.#length;
    if (at + 4 + byteLength > this.#bytes.byteLength) {
      this.#lost++;
      return;
    }
    this.#words[at >> 2] = byteLength;
    this.#bytes.set(source.subarray(start, end), at + 4);
    this.#length = (at + 4 + byteLength + 3) & ~3;
    Atomics.store(this.#control, SHAPES_LENGTH, this.#length);
  }

  /** Reader's side, once. What can't be read is left out; how many records were. */
  replay(decoder: FrameDecoder): number {
    const length = Atomics.load(this.#control, SHAPES_LENGTH);
    if (length < 0 || length > this.#bytes.byteLength) return 1;
    let refused = 0;
    for (let at = 0; at + 4 <= length; ) {
      const byteLength = this.#words[at >> 2]!;
      if (byteLength <= 0 || byteLength > length - at - 4) return refused + 1;
      try {
        decoder.decode(this.#bytes, at + 4, at + 4 + byteLength);
      } catch {
        refused++;
      }
      at = (at + 4 + byteLength + 3) & ~3;
    }
    return refused;
  }
}

/**
 * What the encoder has announced, in shared memory beside a ring that redelivers.
 *
 * Announcements travel in band, once: a reader that replaces a dead one has not seen those in the frames before head. So
 * the encoder appends each announcement, without the values of its frame, to this log before the frame is published, and a
 * new reader decodes the log before it reads. That holds though the writer has died as well, and needs no answer from it.
 * What finds no room is not announced: such objects are written with their keys.
 *
 * Records are a length and as many bytes, 4-aligned, one for each announcement. What is taken back is written over, also
 * while a new reader reads: such a record, and those after it, belong to frames which that reader has still to read.
 */
import type { AnnouncementLog, FrameDecoder } from './frame.ts';
import { SHAPES_LENGTH } from './memory.ts';

export class ShapeLog implements AnnouncementLog {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** Where the writer's records begin. */
  readonly #starts: number[] = [];
  /** The writer's own count of the log's length: the shared word is what it tells the reader, which could write it too. */
  #length = 0;

  constructor(control: Int32Array, memory: SharedArrayBuffer) {
    this.#control = control;
    this.#bytes = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
    const length = Atomics.load(control, SHAPES_LENGTH);
    this.#length = length >= 0 && length <= memory.byteLength && length % 4 === 0 ? length : memory.byteLength;
  }

  append(record: Uint8Array): boolean {
    const start = this.#length;
    const end = (start + 4 + record.byteLength + 3) & ~3;
    if (end > this.#bytes.byteLength) return false;
    this.#words[start >> 2] = record.byteLength;
    this.#bytes.set(record, start + 4);
    this.#starts.push(start);
    this.#setLength(end);
    return true;
  }

  rewind(mark: number): void {
    const start = this.#starts[mark];
    if (start === undefined) return;
    this.#starts.length = mark;
    this.#setLength(start);
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

  #setLength(bytes: number): void {
    this.#length = bytes;
    Atomics.store(this.#control, SHAPES_LENGTH, bytes);
  }
}

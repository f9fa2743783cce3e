/**
 * Values as one block of bytes, each with a number, behind two numbers that stand for all of them. What a handle sends
 * together is a block of commands, and one entry of the log: encoded once, where it is proposed, and decoded where it is
 * applied; rings, cores, logs and disks carry it as it is. Results come back likewise.
 *
 * A block stands by itself: whoever comes to it first in a log reads the same of it as those who have read all before.
 *
 *   first (float64) | second (float64) | and for each value: number (uint32) | length (uint32) | the value, by the codec
 *
 * Numbers are little-endian.
 */
import * as util from 'node:util';
import { Decoder, Encoder, valueInspector } from '@troupe/codec';

const HEAD_BYTES = 16;
const VALUE_HEAD_BYTES = 8;
const FIRST_BYTES = 1 << 14;
/** A larger buffer is not kept for the next block. */
const KEPT_BYTES = 1 << 20;

export class BlockWriter {
  private readonly encoder: Encoder;
  private readonly bytesMax: number;
  private bytes!: Buffer;
  private view!: DataView;
  private end = HEAD_BYTES;

  /** `root` is what a refused value is called. */
  constructor(root: string, bytesMax: number) {
    this.encoder = new Encoder({ inspector: valueInspector(util), root });
    this.bytesMax = bytesMax;
    this.use(Buffer.allocUnsafe(FIRST_BYTES));
  }

  begin(first: number, second: number): void {
    this.encoder.reset();
    this.view.setFloat64(0, first, true);
    this.view.setFloat64(8, second, true);
    this.end = HEAD_BYTES;
  }

  get isEmpty(): boolean {
    return this.end === HEAD_BYTES;
  }

  /** False where it would make the block larger than it may be. @throws TROUPE_VALUE_REFUSED */
  add(number: number, value: unknown): boolean {
    const start = this.end + VALUE_HEAD_BYTES;
    for (;;) {
      const { bytes, view } = this;
      const limit = Math.min(bytes.length, this.bytesMax);
      const end = start < limit ? this.encoder.encodeInto(value, bytes, start, limit) : -1;
      if (end !== -1) {
        view.setUint32(this.end, number, true);
        view.setUint32(this.end + 4, end - start, true);
        this.end = end;
        return true;
      }
      if (bytes.length >= this.bytesMax) return false;
      const larger = Buffer.allocUnsafe(bytes.length * 4);
      larger.set(bytes.subarray(0, this.end));
      this.use(larger);
    }
  }

  /** In memory of its own. */
  taken(): ArrayBuffer {
    const { buffer, byteOffset } = this.bytes;
    const taken = (buffer as ArrayBuffer).slice(byteOffset, byteOffset + this.end);
    this.end = HEAD_BYTES;
    if (this.bytes.length > KEPT_BYTES) this.use(Buffer.allocUnsafe(FIRST_BYTES));
    return taken;
  }

  private use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** Takes each value of a block, in order. */
export type TakeValue = (number: number, value: unknown) => void;

export class BlockReader {
  private readonly decoder = new Decoder();

  /** Calls back with the two numbers, and what that gives with each value. False where it can be read no further. */
  each(block: ArrayBuffer, begin: (first: number, second: number) => TakeValue): boolean {
    const { decoder } = this;
    const bytes = new Uint8Array(block);
    const { length } = bytes;
    if (length < HEAD_BYTES) return false;
    const view = new DataView(block);
    const take = begin(view.getFloat64(0, true), view.getFloat64(8, true));
    decoder.reset();
    for (let at = HEAD_BYTES; at < length; ) {
      const start = at + VALUE_HEAD_BYTES;
      if (start > length) return false;
      const number = view.getUint32(at, true);
      const end = start + view.getUint32(at + 4, true);
      if (end > length) return false;
      let value: unknown;
      try {
        value = decoder.decode(bytes, start, end);
      } catch {
        return false;
      }
      take(number, value);
      at = end;
    }
    return true;
  }
}

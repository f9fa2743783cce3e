/**
 * The memory that the Buffers of one value lie in.
 *
 * A typed array arrives with its whole ArrayBuffer, so that what shared memory shares memory again. Node's Buffers are parts
 * of a pool that is nobody's business, so each arrives alone; two of them with bytes in common would come apart, and are
 * refused.
 */

import { Refusal } from './refusal.ts';

export class MemoryRanges {
  private ranges: Map<ArrayBufferLike, { start: number; end: number }[]> | undefined = undefined;

  /** Notes a part of a buffer that is sent by itself. @throws Refusal when another part has some of it */
  note(buffer: ArrayBufferLike, start: number, end: number): void {
    this.ranges ??= new Map();
    const ranges = this.ranges.get(buffer);
    if (ranges === undefined) {
      this.ranges.set(buffer, [{ start, end }]);
      return;
    }
    if (ranges.some((range) => start < range.end && range.start < end)) {
      throw new Refusal('a Buffer that shares memory with another part', 'Send a copy: `Buffer.from(buffer)`.');
    }
    ranges.push({ start, end });
  }

  clear(): void {
    this.ranges = undefined;
  }
}

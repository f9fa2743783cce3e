/**
 * Short ASCII strings out of bytes, by way of a cache: messages repeat their keys and tags, and finding a string is several
 * times cheaper than making one. A found string is also the same object as before, so comparing it is a comparison of pointers.
 */

import type { TextBytes } from './host-text.ts';

/** Strings remembered; a new one takes the place of whichever had its hash. */
const SLOTS = 2048;
/** Longer strings rarely repeat, and the host decodes them faster than a loop compares. */
export const SHORT_LENGTH_MAX = 24;
/** Up to this length joining characters beats a call of the host's decoder. */
const JOINED_LENGTH_MAX = 16;

const { fromCharCode } = String;

export class ShortStrings {
  private readonly slots: string[] = new Array<string>(SLOTS).fill('');

  /** The text at `start`, or undefined where it is not ASCII. `length` is from 1 to SHORT_LENGTH_MAX. */
  read(bytes: TextBytes, start: number, length: number): string | undefined {
    const end = start + length;
    // Names that belong together differ at their ends, and numbered ones in their last digits. In a very short text some of
    // these stand before it: what is there makes no difference but to the hash.
    const ends = length < 4 ? 0 : (bytes[end - 3] as number) * 961 + (bytes[end - 4] as number) * 29_791;
    const mixed =
      (length * 31 + (bytes[start] as number)) * 923_521 +
      (bytes[start + (length >> 1)] as number) * 7 +
      ends +
      (bytes[end - 2] ?? 0) * 31 +
      (bytes[end - 1] as number);
    const hash = (mixed ^ (mixed >> 11)) & (SLOTS - 1);
    const known = this.slots[hash] as string;
    if (known.length === length) {
      let index = 0;
      while (index < length && known.charCodeAt(index) === bytes[start + index]) index++;
      if (index === length) return known;
    }
    return this.make(bytes, start, end, hash);
  }

  private make(bytes: TextBytes, start: number, end: number, hash: number): string | undefined {
    for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return undefined;
    let text = '';
    if (end - start > JOINED_LENGTH_MAX) text = bytes.latin1Slice(start, end);
    else for (let at = start; at < end; at++) text += fromCharCode(bytes[at] as number);
    this.slots[hash] = text;
    return text;
  }
}

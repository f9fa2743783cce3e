/**
 * Short ASCII strings out of bytes, by way of a cache: messages repeat their keys and tags, and finding a string is several
 * times cheaper than making one. A found string is also the same object as before, so comparing it is a comparison of pointers.
 */

/** Strings remembered; a new one takes the place of whichever had its hash. */
const SLOTS = 2048;
/** Longer strings rarely repeat, and the host decodes them faster than a loop compares. */
export const SHORT_LENGTH_MAX = 24;

export class ShortStrings {
  private readonly slots: string[] = new Array<string>(SLOTS).fill('');

  /** The text at `start`, or undefined where it is not ASCII. `length` is from 1 to SHORT_LENGTH_MAX. */
  read(bytes: Uint8Array, start: number, length: number): string | undefined {
    const end = start + length;
    const hash =
      (length +
        (bytes[start] as number) * 7 +
        (bytes[end - 1] as number) * 61 +
        (bytes[start + (length >> 1)] as number) * 367) &
      (SLOTS - 1);
    const known = this.slots[hash] as string;
    if (known.length === length) {
      let index = 0;
      while (index < length && known.charCodeAt(index) === bytes[start + index]) index++;
      if (index === length) return known;
    }
    return this.make(bytes, start, end, hash);
  }

  private make(bytes: Uint8Array, start: number, end: number, hash: number): string | undefined {
    let text = '';
    for (let at = start; at < end; at++) {
      const code = bytes[at] as number;
      if (code > 0x7f) return undefined;
      text += String.fromCharCode(code);
    }
    this.slots[hash] = text;
    return text;
  }
}

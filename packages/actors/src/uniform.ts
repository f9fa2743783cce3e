/** Choices without bias, of whatever gives random words: a word that would favour the small numbers is drawn again. */

import type { Choose } from './host.ts';

const WORDS = 2 ** 32;

/** @param word a random whole number from 0 up to but without 2^32 */
export function uniform(word: () => number): Choose {
  return (_label, n) => {
    if (!Number.isInteger(n) || n < 1 || n > WORDS)
      throw new RangeError(`Expected n to be an integer from 1 to 2^32, got ${n}.`);
    const limit = WORDS - (WORDS % n);
    for (;;) {
      const drawn = word();
      if (drawn < limit) return drawn % n;
    }
  };
}

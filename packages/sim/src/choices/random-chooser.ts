/**
 * Draws choices from a seed: equal seeds draw alike, on every machine and in every version of this package.
 *
 * @paper the generator is sfc32, of Doty-Humphrey's PractRand
 */
import { assertOption } from '@troupe/protocol';
import type { Chooser } from './chooser.ts';

/** Seeds are whole numbers below this. */
export const SEEDS_MAX = 2 ** 32;
/** The generator's first words hang together with the seed's bits: thrown away. */
const WARM_UP = 12;

export class RandomChooser implements Chooser {
  #a: number;
  #b = 0x9e3779b9 | 0;
  #c = 0x243f6a88 | 0;
  #counter = 1;

  constructor(seed: number) {
    assertOption(
      Number.isSafeInteger(seed) && seed >= 0 && seed < SEEDS_MAX,
      `a seed that is a whole number from 0 up to but without ${SEEDS_MAX}`,
      seed,
    );
    this.#a = seed | 0;
    for (let round = 0; round < WARM_UP; round++) this.#word();
  }

  choose(_label: string, n: number): number {
    // By multiplication: less than n in 2^32 off an even draw.
    return n === 1 ? 0 : Math.floor((this.#word() * n) / SEEDS_MAX);
  }

  begin(): boolean {
    return true;
  }

  #word(): number {
    const word = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word >>> 0;
  }
}

/**
 * A small seeded generator of whole numbers (xorshift-multiply over a counter), for tests alone: the same seed draws
 * the same numbers on every machine.
 */
import { assert } from '../assert.ts';

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 up to but without `n`; `n` at most 2^31. */
  below(n: number): number {
    assert(Number.isSafeInteger(n) && n >= 1 && n <= 2 ** 31, 'a bound from 1 to 2^31', { n });
    return this.#next() % n;
  }

  /** True `parts` times in a thousand. */
  perMille(parts: number): boolean {
    return parts > 0 && this.below(1000) < parts;
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  }
}

/**
 * UUID version 7: milliseconds since 1970, then a counter within the millisecond, then chance. Those of one generator grow;
 * those of two differ by 62 bits of chance, and need no machine number.
 *
 * The counter begins anew, at a number of chance, with each millisecond. When it is spent, or the clock goes back, time goes
 * on from the last one by itself, as the standard allows: ids still grow, and run ahead of the clock a little.
 *
 * @source RFC 9562 §5.7, §6.2 method 1
 */
import { assertOption, TroupeError } from '@troupe/protocol';

export interface UuidParts {
  /** @units milliseconds since 1970 */
  readonly time: number;
  /** The 12 bits after the version. */
  readonly counter: number;
  /** The 62 bits after the variant. */
  readonly random: bigint;
}

/** Fills all bytes with chance that nobody can guess: `crypto.getRandomValues`. */
export type RandomBytes = (bytes: Uint8Array) => void;

const TIME_END = 2 ** 48;
const COUNTER_END = 2 ** 12;
/** A fresh counter is below: so there is room to count. */
const COUNTER_START_END = 2 ** 11;
/** Chance is drawn for so many ids at once. */
const POOL_IDS = 256;
const CHANCE_BYTES = 10;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class UuidV7 {
  readonly #fill: RandomBytes;
  readonly #pool = new Uint8Array(POOL_IDS * CHANCE_BYTES);
  #next = POOL_IDS;
  #time = -1;
  #counter = 0;

  constructor(fill: RandomBytes) {
    assertOption(typeof fill === 'function', 'a function that fills bytes with chance', fill);
    this.#fill = fill;
  }

  /**
   * The next id, in its usual form of 36 characters.
   *
   * @param now milliseconds since 1970
   * @throws TROUPE_CLOCK_RANGE
   */
  take(now: number): string {
    const at = this.#draw();
    const pool = this.#pool;
    const time = Math.floor(now);
    if (!(time >= 0 && time < TIME_END))
      throw new TroupeError('TROUPE_CLOCK_RANGE', `Expected a time of 48 bits, got ${now}. Correct the clock.`, {
        data: { now },
      });
    if (time > this.#time) this.#begin(time, at);
    else if (++this.#counter === COUNTER_END) this.#begin(this.#time + 1, at);
    const high = Math.floor(this.#time / 2 ** 16);
    const b = (index: number) => HEX[pool[at + index] as number] as string;
    return `${hex4(high >>> 16)}${hex4(high & 0xffff)}-${hex4(this.#time % 2 ** 16)}-${hex4(0x7000 | this.#counter)}-${
      HEX[0x80 | ((pool[at + 2] as number) & 0x3f)]
    }${b(3)}-${b(4)}${b(5)}${b(6)}${b(7)}${b(8)}${b(9)}`;
  }

  #begin(time: number, at: number): void {
    this.#time = time;
    this.#counter = (((this.#pool[at] as number) << 8) | (this.#pool[at + 1] as number)) % COUNTER_START_END;
  }

  /** Where this id's chance begins. */
  #draw(): number {
    if (this.#next === POOL_IDS) {
      this.#fill(this.#pool);
      this.#next = 0;
    }
    return this.#next++ * CHANCE_BYTES;
  }
}

const PATTERN = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/i;

/** Reads an id. @throws TROUPE_ID_MALFORMED */
export function decodeUuidV7(id: string): UuidParts {
  const match = typeof id === 'string' ? PATTERN.exec(id) : null;
  if (match === null) {
    throw new TroupeError(
      'TROUPE_ID_MALFORMED',
      `Expected a UUID of version 7, as 019a0000-0000-7000-8000-000000000000, got ${String(id).slice(0, 64)}.`,
      { data: {} },
    );
  }
  const [, high, low, counter, variant, rest] = match;
  return {
    time: Number.parseInt(`${high}${low}`, 16),
    counter: Number.parseInt(`${counter}`, 16),
    random: BigInt(`0x${variant}${rest}`) & ((1n << 62n) - 1n),
  };
}

const hex4 = (value: number): string => `${HEX[value >>> 8]}${HEX[value & 0xff]}`;

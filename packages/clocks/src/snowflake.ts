/**
 * Snowflake ids: whole numbers that grow with time and need no coordination but a machine's number. 41 bits of milliseconds
 * since an epoch, 10 of the machine, 12 of a sequence within the millisecond; or another layout of up to 63 bits.
 *
 * No id repeats and none is less than one before it, as long as no two generators have one machine number at the same time.
 * A spent sequence waits for the next millisecond. A clock that goes back is waited for up to a bound, and refused beyond.
 *
 * @source Twitter's Snowflake (2010)
 */
import { assertOption, TroupeError } from '@troupe/protocol';

/** Bits of each part, and the time from which they count. */
export interface SnowflakeLayout {
  readonly timeBits: number;
  readonly machineBits: number;
  readonly sequenceBits: number;
  /** @units milliseconds since 1970 */
  readonly epoch: number;
}

export interface SnowflakeOptions extends SnowflakeLayout {
  /** This generator's own number: nobody else may use it meanwhile. */
  readonly machine: number;
  /** How far the clock may go back and be waited for; further is refused. @units milliseconds */
  readonly backwardMax: number;
}

/** The usual layout, counted from the beginning of 2020. It lasts until 2089. */
export const SNOWFLAKE_DEFAULTS = {
  timeBits: 41,
  machineBits: 10,
  sequenceBits: 12,
  epoch: Date.UTC(2020, 0, 1),
  backwardMax: 10,
} as const;

/** What an id says. */
export interface SnowflakeParts {
  /** @units milliseconds since 1970 */
  readonly time: number;
  readonly machine: number;
  readonly sequence: number;
}

export class Snowflake {
  /** When `take` gives an id again, after it gave none. @units milliseconds since 1970 */
  readyAt = 0;
  readonly #options: SnowflakeOptions;
  readonly #machineShifted: number;
  readonly #sequenceEnd: number;
  readonly #timeEnd: number;
  /** An id is less than 2^53 above its time: written as two words, and read as one. */
  readonly #words = new Uint32Array(2);
  readonly #id = new BigUint64Array(this.#words.buffer);
  #last = Number.NEGATIVE_INFINITY;
  #sequence = 0;

  /** @throws TROUPE_CORE_OPTIONS */
  constructor(options: Partial<SnowflakeOptions> & Pick<SnowflakeOptions, 'machine'>) {
    const all = { ...SNOWFLAKE_DEFAULTS, ...options };
    checkLayout(all);
    const machines = 2 ** all.machineBits;
    assertOption(
      Number.isSafeInteger(all.machine) && all.machine >= 0 && all.machine < machines,
      `a machine from 0 to ${machines - 1}`,
      all.machine,
    );
    assertOption(all.backwardMax >= 0, 'backwardMax in milliseconds from 0 up', all.backwardMax);
    this.#options = all;
    this.#sequenceEnd = 2 ** all.sequenceBits;
    this.#machineShifted = all.machine * this.#sequenceEnd;
    this.#timeEnd = 2 ** all.timeBits;
  }

  /**
   * The next id; undefined where it has to wait until `readyAt`: the sequence of this millisecond is spent, or the clock
   * went back a little.
   *
   * @param now milliseconds since 1970
   * @throws TROUPE_CLOCK_BACKWARD, TROUPE_CLOCK_RANGE
   */
  take(now: number): bigint | undefined {
    const time = Math.floor(now) - this.#options.epoch;
    if (time > this.#last) {
      if (!(time >= 0 && time < this.#timeEnd)) throw this.#outOfRange(now);
      this.#last = time;
      this.#sequence = 0;
      return this.#compose();
    }
    if (time === this.#last && this.#sequence + 1 < this.#sequenceEnd) {
      this.#sequence++;
      return this.#compose();
    }
    return this.#wait(time, now);
  }

  /** Nothing for now, and why. */
  #wait(time: number, now: number): undefined {
    const { epoch, backwardMax } = this.#options;
    if (!(time >= 0)) throw this.#outOfRange(now);
    const back = this.#last - time;
    if (back > backwardMax) {
      throw new TroupeError(
        'TROUPE_CLOCK_BACKWARD',
        `Expected a clock that goes back by at most ${backwardMax} ms, got one that went back by ${back} ms. Wait, or take another machine id.`,
        { data: { last: this.#last + epoch, now, backwardMax } },
      );
    }
    this.readyAt = this.#last + epoch + (this.#sequence + 1 < this.#sequenceEnd ? 0 : 1);
    return undefined;
  }

  /** time, machine and sequence side by side; the upper and the lower word of that, in little-endian memory. */
  #compose(): bigint {
    const { machineBits, sequenceBits } = this.#options;
    const lowBits = machineBits + sequenceBits;
    const low = this.#machineShifted + this.#sequence;
    if (lowBits > 32) return (BigInt(this.#last) << BigInt(lowBits)) + BigInt(low);
    const above = 2 ** (32 - lowBits);
    this.#words[LOW] = (this.#last % above) * 2 ** lowBits + low;
    this.#words[1 - LOW] = Math.floor(this.#last / above);
    return this.#id[0] as bigint;
  }

  #outOfRange(now: number): TroupeError {
    const { epoch } = this.#options;
    return new TroupeError(
      'TROUPE_CLOCK_RANGE',
      `Expected a time from ${epoch} up to but without ${epoch + this.#timeEnd} ms, got ${now}. Correct the layout's epoch, or give its time more bits.`,
      { data: { now, epoch } },
    );
  }
}

/** Which of two words is the lower one in memory. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * Reads an id. @throws TROUPE_ID_MALFORMED where it is none of this layout, TROUPE_CORE_OPTIONS
 */
export function decodeSnowflake(id: bigint, layout: Partial<SnowflakeLayout> = {}): SnowflakeParts {
  const all = { ...SNOWFLAKE_DEFAULTS, ...layout };
  checkLayout(all);
  const { timeBits, machineBits, sequenceBits, epoch } = all;
  const bits = timeBits + machineBits + sequenceBits;
  if (typeof id !== 'bigint' || id < 0n || id >= 1n << BigInt(bits)) {
    throw new TroupeError('TROUPE_ID_MALFORMED', `Expected a bigint of ${bits} bits, got ${typeof id} ${String(id)}.`, {
      data: { bits },
    });
  }
  const part = (from: number, width: number) => Number((id >> BigInt(from)) & ((1n << BigInt(width)) - 1n));
  return {
    time: part(machineBits + sequenceBits, timeBits) + epoch,
    machine: part(sequenceBits, machineBits),
    sequence: part(0, sequenceBits),
  };
}

function checkLayout({ timeBits, machineBits, sequenceBits, epoch }: SnowflakeLayout): void {
  for (const [name, bits, most] of [
    ['timeBits', timeBits, 52],
    ['machineBits', machineBits, 31],
    ['sequenceBits', sequenceBits, 31],
  ] as const)
    assertOption(
      Number.isSafeInteger(bits) && bits >= (name === 'timeBits' ? 1 : 0) && bits <= most,
      `${name} up to ${most}`,
      bits,
    );
  assertOption(timeBits + machineBits + sequenceBits <= 63, 'a layout of at most 63 bits', {
    timeBits,
    machineBits,
    sequenceBits,
  });
  assertOption(Number.isSafeInteger(epoch) && epoch >= 0, 'an epoch in milliseconds since 1970', epoch);
}

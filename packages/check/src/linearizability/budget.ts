/** How long, and with how much memory, a search may go on before its verdict is `unknown`. */
import { TroupeError } from '@troupe/protocol';

export interface Budget {
  /** Default: no limit. */
  readonly milliseconds?: number;
  /** Roughly, of what is remembered. Default: `BYTES_MAX`. */
  readonly bytes?: number;
  /** A clock in milliseconds; needed where `milliseconds` is given, since this package reads none by itself. */
  readonly now?: () => number;
}

export const BYTES_MAX = 1 << 30;

/** Why a search ended without a verdict. */
export type Exhausted = 'time' | 'memory';

/** Configurations between two looks at the clock: a few milliseconds at most. */
const STEPS_A_LOOK = 1 << 10;

/** One budget for all searches of a check. */
export class Meter {
  readonly #deadline: number;
  readonly #bytes: number;
  readonly #now: () => number;
  #steps = 0;
  #isOver = false;

  /** @throws TROUPE_CHECK_OPTIONS */
  constructor({ milliseconds, bytes = BYTES_MAX, now }: Budget) {
    if (milliseconds !== undefined && !(milliseconds >= 0)) throw wrong('milliseconds from 0 up', milliseconds);
    if (!(bytes > 0)) throw wrong('bytes above 0', bytes);
    if (milliseconds !== undefined && now === undefined) throw wrong('a clock (now) beside milliseconds', now);
    this.#now = milliseconds === undefined || now === undefined ? () => 0 : now;
    this.#deadline = milliseconds === undefined ? 1 : this.#now() + milliseconds;
    this.#bytes = bytes;
  }

  /** Once a configuration. */
  spend(bytes: number): Exhausted | undefined {
    if (bytes > this.#bytes) return 'memory';
    if (this.#steps++ % STEPS_A_LOOK === 0) this.#isOver ||= this.#now() >= this.#deadline;
    return this.#isOver ? 'time' : undefined;
  }
}

function wrong(expected: string, got: unknown): TroupeError {
  return new TroupeError('TROUPE_CHECK_OPTIONS', `Expected ${expected}, got ${got}.`, { data: { got } });
}

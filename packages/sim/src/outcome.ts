/** What came of one run. */
import { isTroupeError } from '@troupe/protocol';

export interface Violation {
  /** Which sort of promise was broken; `error`: a step, or a property, threw. */
  readonly kind: 'always' | 'finally' | 'eventually' | 'error';
  /**
   * Its name; of an error, its code or class; of an error in the simulation's own code, `TROUPE_SIM_THREW` and the part
   * that threw. The same failure comes back where kind and property do.
   */
  readonly property: string;
  readonly message: string;
  /** Virtual ticks. */
  readonly at: number;
  /** How many events had happened. */
  readonly events: number;
  /** The states that broke it, as text, by node. */
  readonly states: readonly { readonly node: string; readonly isUp: boolean; readonly state: string }[];
}

export interface RunOutcome {
  readonly violation: Violation | undefined;
  readonly events: number;
  /** Of these, the ones after faults had ended: of a promise of progress, a wait for what never came. */
  readonly calmEvents: number;
  /** Virtual ticks that it took. */
  readonly ticks: number;
  /** Equal for two runs in which the same happened. */
  readonly hash: string;
  /** Which of the conditions that must hold sometimes did. */
  readonly reached: readonly string[];
  /** How often each kind of fault came about. */
  readonly faults: Readonly<Record<string, number>>;
}

/** A run is over at once: thrown where a promise is broken. */
export class Broken extends Error {
  readonly kind: Violation['kind'];
  readonly property: string;

  constructor(kind: Violation['kind'], property: string, message: string) {
    super(message);
    this.kind = kind;
    this.property = property;
  }
}

/** An error of the simulation's own code, such as a property or a client, told apart from one of what is simulated. */
export function threw(part: string, error: unknown): unknown {
  if (error instanceof Broken || (isTroupeError(error) && error.code === 'TROUPE_SIM_DEFINITION')) return error;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Broken('error', `TROUPE_SIM_THREW ${part}`, `Expected ${part} not to throw, got: ${what}`);
}

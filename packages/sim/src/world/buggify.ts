/**
 * Says where code that asks `buggify(label)` is to do what is allowed but rare. A label is on in some runs and off in the
 * others; where it is on, it comes true now and then, until faults end.
 *
 * @paper Zhou et al.: FoundationDB (SIGMOD 2021) §4
 */
import type { World } from './world.ts';

/** A label is on in one run of so many, and then comes true once in so many times. */
const RUNS = 4;
const TIMES = 4;

/** Labels of what is chosen here begin so. */
export const BUGGIFY = 'buggify ';

export class Buggify {
  readonly #world: World;
  readonly #isOn = new Map<string, boolean>();
  #isCalm = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Faults have ended: nothing rare is done any more. */
  calm(): void {
    this.#isCalm = true;
  }

  ask(label: string): boolean {
    if (this.#isCalm) return false;
    let isOn = this.#isOn.get(label);
    if (isOn === undefined) {
      isOn = this.#world.choose(`${BUGGIFY}${label} is on`, RUNS) === RUNS - 1;
      this.#isOn.set(label, isOn);
    }
    return isOn && this.#world.choose(`${BUGGIFY}${label}`, TIMES) === TIMES - 1;
  }
}

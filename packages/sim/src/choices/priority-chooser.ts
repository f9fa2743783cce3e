/**
 * Prioritised random search: every label of choices has a priority, drawn at first use, that says whether it is quick
 * (tame) or slow (as wild as may be); at `depth - 1` points of the run that are drawn beforehand, the label that chooses
 * there gets a new one. So a few things are held up for long, which even draws almost never do. Probabilities stay even
 * draws: only choices of delays are prioritised.
 *
 * @paper Burckhardt et al.: A randomized scheduler with probabilistic guarantees of finding bugs (PCT, ASPLOS 2010), whose
 *   threads are here the links and nodes that delays are chosen for
 */
import type { Chooser } from './chooser.ts';
import { RandomChooser } from './random-chooser.ts';

/** Labels that begin so are delays. */
export const DELAY = 'delay ';
/** Choices of a run among which the change points are drawn. */
const CHOICES_EXPECTED = 2_000;

export class PriorityChooser implements Chooser {
  readonly #random: RandomChooser;
  readonly #priorities = new Map<string, number>();
  readonly #changes = new Set<number>();
  #made = 0;

  constructor(seed: number, depth = 3) {
    this.#random = new RandomChooser(seed);
    for (let change = 1; change < depth; change++) this.#changes.add(this.#random.choose('change', CHOICES_EXPECTED));
  }

  choose(label: string, n: number): number {
    if (n === 1) return 0;
    if (!label.startsWith(DELAY)) return this.#random.choose(label, n);
    let priority = this.#priorities.get(label);
    if (priority === undefined || this.#changes.has(this.#made)) {
      priority = this.#random.choose('priority', PRIORITIES);
      this.#priorities.set(label, priority);
    }
    this.#made++;
    return Math.floor((priority * n) / PRIORITIES);
  }

  begin(): boolean {
    return true;
  }
}

const PRIORITIES = 1_024;

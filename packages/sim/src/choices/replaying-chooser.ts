/**
 * Chooses as a schedule says. The schedule may have been cut and changed: the k-th event of a label takes the k-th span of
 * that label, the next choice of a label in an event takes the next of that label in its span, and whatever finds nothing
 * is tame. So a change to one place leaves the others as they were, as far as the run allows.
 */
import type { Chooser, Occasion } from './chooser.ts';
import { SETUP } from './recording-chooser.ts';
import type { Choice, Span } from './schedule.ts';

export class ReplayingChooser implements Chooser {
  readonly #waiting = new Map<string, { readonly spans: Span[]; next: number }>();
  #choices: readonly (Choice | undefined)[] = [];
  #taken: boolean[] = [];
  #first = 0;

  constructor(spans: readonly Span[]) {
    for (const span of spans) {
      const queue = this.#waiting.get(span.label);
      if (queue === undefined) this.#waiting.set(span.label, { spans: [span], next: 0 });
      else queue.spans.push(span);
    }
    this.#open(SETUP);
  }

  choose(label: string, n: number): number {
    if (n === 1) return 0;
    for (let index = this.#first; index < this.#choices.length; index++) {
      const choice = this.#choices[index] as Choice;
      if (this.#taken[index] === true || choice.label !== label) continue;
      this.#taken[index] = true;
      while (this.#taken[this.#first] === true) this.#first++;
      return choice.value < n ? choice.value : 0;
    }
    return 0;
  }

  begin(occasion: Occasion): boolean {
    return this.#open(occasion.label()) || occasion.mustHappen === true;
  }

  #open(label: string): boolean {
    const queue = this.#waiting.get(label);
    const span = queue?.spans[queue.next];
    if (queue !== undefined) queue.next++;
    this.#choices = span?.choices ?? [];
    this.#taken = [];
    this.#first = 0;
    return span?.skipped !== true;
  }
}

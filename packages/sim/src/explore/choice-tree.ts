/**
 * Every way that something can go which depends on its choices alone: a search by replay from the start, for what can't
 * be cloned (an actor system, one step of a core). The choices of a run are a path in a tree; each run but the first
 * keeps all of the last one's but the deepest that has another value left, takes that, and goes on tamely from there.
 * So it goes depth first, each path once, and needs no memory but the path.
 */
import type { Choose } from '@troupe/protocol';
import { simError } from '../errors.ts';

export interface ExhaustiveBounds {
  /** Choices of a run that are varied; what comes after them is tame, and the search not exhaustive. */
  readonly maxChoices?: number;
  readonly maxRuns?: number;
}

export const EXHAUSTIVE_DEFAULTS = {
  maxChoices: 10_000,
  maxRuns: 1_000_000,
} as const satisfies ExhaustiveBounds;

export interface ExhaustiveReport<V> {
  /** What a run gave first that was not undefined, and the choices that lead there. */
  readonly violation: V | undefined;
  readonly choices: readonly number[];
  readonly runs: number;
  /** The most choices that a run had. */
  readonly depth: number;
  /** False where a bound left something out, or a violation ended it. */
  readonly exhaustive: boolean;
}

/**
 * Runs it once for each list of choices that it can be given, until a run gives something: a violation.
 *
 * @throws TROUPE_SIM_DEFINITION where a run does not choose as it did before: it depends on something else as well
 */
export function exhaust<V>(run: (choose: Choose) => V | undefined, bounds: ExhaustiveBounds = {}): ExhaustiveReport<V> {
  const { maxChoices, maxRuns } = { ...EXHAUSTIVE_DEFAULTS, ...bounds };
  const tree = new ChoiceTree(maxChoices);
  let runs = 0;
  let depth = 0;
  do {
    if (runs === maxRuns) return { violation: undefined, choices: [], runs, depth, exhaustive: false };
    runs++;
    const violation = run(tree.choose);
    depth = Math.max(depth, tree.depth);
    if (violation !== undefined) return { violation, choices: tree.path(), runs, depth, exhaustive: false };
  } while (tree.next());
  return { violation: undefined, choices: [], runs, depth, exhaustive: !tree.wasCut };
}

/** The path of the run that goes on, and what is left of the tree. */
export class ChoiceTree {
  /** Some run had more choices than are varied. */
  wasCut = false;
  readonly #maxChoices: number;
  readonly #values: number[] = [];
  readonly #widths: number[] = [];
  readonly #labels: string[] = [];
  /** Of each choice, the values that are not to be taken. */
  readonly #outs: ((value: number) => boolean)[] = [];
  readonly #given: readonly number[];
  #at = 0;

  /** `path`: the first run goes there, and not the tamest way. */
  constructor(maxChoices: number = EXHAUSTIVE_DEFAULTS.maxChoices, path: readonly number[] = []) {
    this.#maxChoices = maxChoices;
    this.#given = path;
  }

  /** Choices that were new to a run, of all runs. */
  met = 0;

  /** Choices of this run so far. */
  get depth(): number {
    return this.#at;
  }

  /** Those of them that are varied. */
  path(): number[] {
    return this.#values.slice(0, this.#at);
  }

  readonly choose: Choose = (label, n) => this.pick(label, n, nothing) as number;

  /** The same, without the values that are `out`; undefined where all are. */
  pick(label: string, n: number, out: (value: number) => boolean): number | undefined {
    const at = this.#at;
    const first = firstOf(n, out, 0);
    if (first === undefined) return undefined;
    this.#at++;
    if (at >= this.#maxChoices) {
      if (n > 1) this.wasCut = true;
      return first;
    }
    if (at === this.#values.length) {
      const value = this.#given[at] ?? first;
      this.met++;
      this.#values.push(value);
      this.#widths.push(n);
      this.#labels.push(label);
      this.#outs.push(out);
      return value;
    }
    if (this.#widths[at] !== n || this.#labels[at] !== label) {
      throw simError(
        'TROUPE_SIM_DEFINITION',
        `Expected the same choices to lead to the same choice, '${this.#labels[at]}' of ${this.#widths[at]}, got ` +
          `'${label}' of ${n}. Take time and randomness from the simulation alone.`,
      );
    }
    return this.#values[at] as number;
  }

  /** Goes to the next path; false where there is none. */
  next(): boolean {
    this.#at = 0;
    for (let last = this.#values.length - 1; last >= 0; last--) {
      const after = (this.#values[last] as number) + 1;
      const value = firstOf(this.#widths[last] as number, this.#outs[last] ?? nothing, after);
      if (value !== undefined) {
        this.#values[last] = value;
        return true;
      }
      for (const list of [this.#values, this.#widths, this.#labels, this.#outs]) list.pop();
    }
    return false;
  }
}

const nothing = (): boolean => false;

/** The first value from there on that is not out. */
function firstOf(n: number, out: (value: number) => boolean, from: number): number | undefined {
  for (let value = from; value < n; value++) if (!out(value)) return value;
  return undefined;
}

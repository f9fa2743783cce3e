/** What every checker gives, whatever it looks for: a verdict, and an account of it for people and for programs. */
import type { History } from './history/history.ts';
import type { Budget } from './linearizability/budget.ts';

/** `ok`: nothing is wrong. `illegal`: something is. `unknown`: the budget ended before either was clear. */
export type Verdict = 'ok' | 'illegal' | 'unknown';

export interface CheckReport {
  readonly verdict: Verdict;
  /** For people, without line ends; the first tells the whole. */
  readonly lines: readonly string[];
  /** For programs: plain JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  /** One self-contained page; left out where the checker has none. */
  readonly html?: () => string;
}

export interface CheckerOptions extends Budget {
  /** The first value of a register, or of an absent key. A checker that knows no such thing refuses it. */
  readonly initial?: unknown;
}

export interface Checker {
  /** Lower case with hyphens: `--model NAME`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** @throws TroupeError where the history, or an option, is not for this checker */
  readonly check: (history: History, options: CheckerOptions) => CheckReport;
}

/** Which term stands where in a log: few terms, many entries, so runs of them. */
import type { LogIndex, Term } from '@troupe/raft';

export class TermRuns {
  /** From `start` on each has `term`, up to the next. The first is where the log begins: its base. */
  private runs: { readonly start: number; readonly term: Term }[];
  private last: number;

  /** A log that goes on after `base`, of which only the term is known. */
  constructor(base: LogIndex, term: Term) {
    this.runs = [{ start: base, term }];
    this.last = base;
  }

  get lastIndex(): LogIndex {
    return this.last as LogIndex;
  }

  /** Undefined before the base and after the end. */
  at(index: number): Term | undefined {
    if (index > this.last) return undefined;
    return this.runs.findLast(({ start }) => start <= index)?.term;
  }

  /** In the place of what stood at `index` and after it. */
  append(index: number, terms: Iterable<Term>): void {
    this.runs = this.runs.filter(({ start }) => start < index);
    this.last = index - 1;
    for (const term of terms) {
      this.last++;
      if (this.runs.at(-1)?.term !== term) this.runs.push({ start: this.last, term });
    }
  }

  /** The log begins after `index`. */
  compact(index: LogIndex, term: Term): void {
    this.runs = [
      { start: index, term },
      ...this.runs.filter(({ start, term: each }) => start > index && each !== term),
    ];
    this.last = Math.max(this.last, index);
  }
}

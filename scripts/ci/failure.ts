/** What a step of CI says of a failure: short enough that the end of a long record still names everything. */
import { stripVTControlCharacters } from 'node:util';

export interface Failure {
  /** For a test: its file, and its name with those of its suites. */
  readonly what: string;
  readonly why: string;
}

const LINES_MAX = 15;
const COLUMNS_MAX = 200;
/** Failures whose reason is shown; the others are named. */
const SHOWN_MAX = 20;

/** A failure without a name is the step's own. */
export function describeFailures(step: string, failures: readonly Failure[]): string {
  return failures
    .map(({ what, why }, at) => {
      const title = what === '' ? step : `${step}: ${what}`;
      return at < SHOWN_MAX ? [title, ...cut(why).map((line) => `    ${line}`)].join('\n') : title;
    })
    .join('\n');
}

function cut(text: string): string[] {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .map((line) => (line.length > COLUMNS_MAX ? `${line.slice(0, COLUMNS_MAX)} …` : line));
  const rest = lines.length - LINES_MAX;
  return rest > 0 ? [...lines.slice(0, LINES_MAX), `… ${rest} more`] : lines;
}

/** The last lines of an output, for a step that says nothing better of its end. */
export class Tail {
  private text = '';

  add(chunk: string): void {
    this.text = (this.text + chunk).slice(-LINES_MAX * COLUMNS_MAX);
  }

  read(): string {
    return this.text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-LINES_MAX)
      .join('\n');
  }
}

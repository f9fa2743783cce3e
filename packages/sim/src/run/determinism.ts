/**
 * Is a run its list of choices? The same choices must lead to the same run; where they don't, something draws from
 * elsewhere, or keeps state that outlives the run.
 */
import type { Chooser, Occasion } from '../choices/chooser.ts';
import type { RunOutcome, Violation } from '../outcome.ts';
import { Tracer } from '../trace.ts';
import type { Runnable } from './runnable.ts';

/** Every so many seeds are run twice. */
const AGAIN_EVERY = 50;
/** And of every so many also messages and states are compared, which is slow. */
const CLOSELY_EVERY = 1_000;
/** What is written down of a run that is looked at closely. */
const LINES_MAX = 200_000;

/** @returns what is wrong, where a run of this seed is to be repeated and is not the same again */
export async function checkAgain(
  runnable: Runnable,
  seed: number,
  chooser: () => Chooser,
  outcome: RunOutcome,
): Promise<Violation | undefined> {
  if (seed % AGAIN_EVERY !== 0) return undefined;
  const again = await runnable.run(chooser());
  const isSame = again.hash === outcome.hash && again.events === outcome.events && sameFailure(again, outcome);
  if (isSame && seed % CLOSELY_EVERY !== 0) return undefined;
  const difference = await firstDifference(runnable, chooser);
  if (difference === undefined && isSame) return undefined;
  return nondeterministic(difference ?? 'it happens rarely', outcome);
}

/** Runs it twice, and compares all that can be seen. @returns the first that differs */
export async function firstDifference(runnable: Runnable, chooser: () => Chooser): Promise<string | undefined> {
  const first = await watch(runnable, chooser());
  const second = await watch(runnable, chooser());
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    const [a = 'the end', b = 'the end'] = [first[index], second[index]];
    if (a !== b) return `first ${a}, then ${b}`;
  }
  return undefined;
}

export function nondeterministic(
  difference: string,
  { ticks, events }: Pick<RunOutcome, 'ticks' | 'events'>,
): Violation {
  return {
    kind: 'error',
    property: 'TROUPE_SIM_NONDETERMINISTIC',
    message: `Expected the same choices to lead to the same run, got ${difference}. Look for Math.random, clocks, and state that is kept outside of what is simulated.`,
    at: ticks,
    events,
    states: [],
  };
}

async function watch(runnable: Runnable, chooser: Chooser): Promise<string[]> {
  const tracer = new Tracer();
  const watching = new WatchingChooser(chooser, tracer);
  const { violation } = await runnable.run(watching, tracer);
  watching.close();
  return [...watching.lines, violation === undefined ? 'no violation' : `${violation.kind} '${violation.property}'`];
}

/** Writes down what is chosen and what begins, and before the next begins, what came of the last. */
class WatchingChooser implements Chooser {
  readonly lines: string[] = [];
  readonly #inner: Chooser;
  readonly #tracer: Tracer;

  constructor(inner: Chooser, tracer: Tracer) {
    this.#inner = inner;
    this.#tracer = tracer;
  }

  choose(label: string, n: number): number {
    const value = this.#inner.choose(label, n);
    this.#write(() => `choice '${label}' ${value} of ${n}`);
    return value;
  }

  begin(occasion: Occasion): boolean {
    this.close();
    this.#write(() => `event '${occasion.label()}'`);
    return this.#inner.begin(occasion);
  }

  close(): void {
    this.#write(() => {
      const last = this.#tracer.events.at(-1);
      return last === undefined ? 'nothing' : `what came of '${last.text}': ${JSON.stringify(last)}`;
    });
  }

  #write(line: () => string): void {
    if (this.lines.length < LINES_MAX) this.lines.push(line());
  }
}

function sameFailure({ violation: a }: RunOutcome, { violation: b }: RunOutcome): boolean {
  return a?.kind === b?.kind && a?.property === b?.property;
}

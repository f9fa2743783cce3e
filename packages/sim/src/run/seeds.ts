/** Runs one seed after another. */
import type { RunOutcome, Violation } from '../outcome.ts';
import { checkAgain } from './determinism.ts';
import type { Runnable } from './runnable.ts';
import { chooserOf, type Strategy } from './strategy.ts';

/** What a number of runs amounted to. */
export interface Tally {
  seeds: number;
  events: number;
  /** Virtual ticks. */
  ticks: number;
  /** In how many runs each condition was reached, also those that never were. */
  readonly sometimes: Record<string, number>;
  /** In how many runs each kind of fault came about. */
  readonly faults: Record<string, number>;
}

export interface Found {
  readonly seed: number;
  readonly violation: Violation;
}

export function emptyTally(runnable: Pick<Runnable, 'sometimes'>): Tally {
  const sometimes = Object.fromEntries(runnable.sometimes.map((name) => [name, 0]));
  return { seeds: 0, events: 0, ticks: 0, sometimes, faults: {} };
}

/** Runs the seeds from `from` up to but without `to`, or up to the first that is found to break a property. */
export async function runSeeds(
  runnable: Runnable,
  from: number,
  to: number,
  strategy: Strategy,
  onSeed?: (seed: number) => void,
): Promise<{ readonly tally: Tally; readonly found: Found | undefined }> {
  const tally = emptyTally(runnable);
  for (let seed = from; seed < to; seed++) {
    onSeed?.(seed);
    const chooser = () => chooserOf(seed, strategy);
    const result = runnable.run(chooser());
    // Cores run without waiting.
    const outcome = result instanceof Promise ? await result : result;
    count(tally, outcome);
    const violation = (await checkAgain(runnable, seed, chooser, outcome)) ?? outcome.violation;
    if (violation !== undefined) return { tally, found: { seed, violation } };
  }
  return { tally, found: undefined };
}

export function addTally(sum: Tally, more: Tally): void {
  sum.seeds += more.seeds;
  sum.events += more.events;
  sum.ticks += more.ticks;
  for (const [name, seeds] of Object.entries(more.sometimes)) sum.sometimes[name] = (sum.sometimes[name] ?? 0) + seeds;
  for (const [name, seeds] of Object.entries(more.faults)) sum.faults[name] = (sum.faults[name] ?? 0) + seeds;
}

function count(tally: Tally, { events, ticks, reached, faults }: RunOutcome): void {
  tally.seeds++;
  tally.events += events;
  tally.ticks += ticks;
  for (const name of reached) tally.sometimes[name] = (tally.sometimes[name] ?? 0) + 1;
  for (const name of Object.keys(faults)) tally.faults[name] = (tally.faults[name] ?? 0) + 1;
}

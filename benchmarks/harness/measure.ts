import type { Result, Workload } from '../workloads/workload.ts';
import type { Bench, Outcome } from './outcome.ts';

/** How much time a measurement may take: the difference between a quick run and a full one. */
export interface Effort {
  readonly warmupMilliseconds: number;
  readonly sampleMilliseconds: number;
  readonly samples: number;
  /** Samples of a workload of which each is one draw. */
  readonly draws: number;
  /** A child process that lives longer is ended, and its result is an error. */
  readonly timeoutMilliseconds: number;
}

export const QUICK: Effort = {
  warmupMilliseconds: 400,
  sampleMilliseconds: 100,
  samples: 3,
  draws: 3,
  timeoutMilliseconds: 20_000,
};

export const FULL: Effort = {
  warmupMilliseconds: 1_000,
  sampleMilliseconds: 400,
  samples: 9,
  draws: 50,
  timeoutMilliseconds: 120_000,
};

const COUNT_FIRST = 500;
const COUNT_GROWTH = 4;
/** Operations a round of a warm-up that is no run. */
const COUNT_WARM_MAX = 100_000;

/**
 * Runs a prepared workload until it is warm, then takes the samples.
 * A sample is of the workload's own size, or of as many operations as fit into a sample's time where the subject is slow.
 *
 * @throws Error when a run handled another number of operations than it sent
 */
export async function measure(bench: Bench, workload: Workload, effort: Effort): Promise<readonly Outcome[]> {
  if (bench.warm !== undefined) await warmUp((count) => bench.warm!(count), COUNT_WARM_MAX, effort);
  const count =
    workload.fixed === true ? workload.count : await warmUp((each) => bench.run(each), workload.count, effort);
  const outcomes: Outcome[] = [];
  const samples = workload.isDraw === true ? effort.draws : effort.samples;
  for (let sample = 0; sample < samples; sample++) {
    globalThis.gc?.();
    outcomes.push(verified(await bench.run(count)));
  }
  return outcomes;
}

/** The figure of one result in one outcome: what the subject reported under its name, else its rate. */
export function figure(outcome: Outcome, result: Result): number {
  const reported = outcome.figures?.[result.name];
  if (reported !== undefined) return reported;
  if (result.better === 'lower') throw new Error(`Expected the subject to report ${result.name}, got no such figure`);
  return (outcome.handled * 1_000) / outcome.milliseconds;
}

/** @returns how many operations fit into a sample's time, at most `countMax` */
async function warmUp(run: Bench['run'], countMax: number, effort: Effort): Promise<number> {
  let count = Math.min(COUNT_FIRST, countMax);
  for (let spent = 0; ; ) {
    const outcome = verified(await run(count));
    spent += outcome.milliseconds;
    const perSample = Math.floor((count * effort.sampleMilliseconds) / Math.max(outcome.milliseconds, 0.01));
    const fitting = Math.max(1, Math.min(countMax, perSample));
    if (spent >= effort.warmupMilliseconds) return fitting;
    count = Math.min(fitting, count * COUNT_GROWTH);
  }
}

function verified(outcome: Outcome): Outcome {
  if (outcome.handled !== outcome.sent || outcome.sent === 0) {
    throw new Error(`Expected ${outcome.sent} operations to be handled, got ${outcome.handled}`);
  }
  return outcome;
}

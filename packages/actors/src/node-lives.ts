/**
 * The lives of one node, as whoever supervises it counts them: whether there may be another, where its ids begin, and what
 * all of them have counted. Threads and simulated nodes are restarted by the same rule.
 */

import type { Milliseconds } from './host.ts';
import { addCounters, type Counters, readCounters, Stat, type StatsBlock } from './stats.ts';
import { ID_MAX, isCount } from './wire.ts';

export interface NodeRestarts {
  /** Restarts within `restartPeriod` milliseconds; one more, and the node stays down. */
  readonly restarts: number;
  readonly restartPeriod: Milliseconds;
}

/** Ids that a life is taken to have given out where it does not say how many. */
const IDS_UNTOLD = 1 << 24;

export class NodeLives {
  /** Above every id that a life has given out. */
  firstId = 1;
  private readonly policy: NodeRestarts;
  /** Counters of the lives that have ended. */
  private past: Counters | undefined = undefined;
  /** Times of restarts within the period. */
  private restarts: Milliseconds[] = [];

  constructor(policy: NodeRestarts) {
    this.policy = policy;
  }

  /** Asked at each end of a life: counts the restart that follows. */
  mayRestart(now: Milliseconds): boolean {
    const { restarts, restartPeriod } = this.policy;
    this.restarts = [...this.restarts.filter((at) => now - at <= restartPeriod), now];
    return this.restarts.length <= restarts;
  }

  /** A life has ended, with these counters. */
  over(stats: StatsBlock): void {
    this.past = this.counters(stats);
    this.firstId = firstIdAfter(this.firstId, stats[Stat.Ids]);
  }

  /** Over all lives, those of the present one included. */
  counters(present: StatsBlock): Counters {
    return addCounters(this.past, readCounters(present));
  }
}

/** Above all that a life gave out, as its counter says: in memory that the life could write, so it may say anything. */
function firstIdAfter(first: number, last: number | undefined): number {
  // It gave out none. Ids are few: a node that comes and goes must not use them up.
  if (last === 0) return first;
  const isTold = isCount(last) && last + 1 >= first && last < ID_MAX;
  return isTold ? last + 1 : Math.min(first + IDS_UNTOLD, ID_MAX);
}

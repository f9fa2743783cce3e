/**
 * The lives of one node, as whoever supervises it counts them: whether there may be another, where its ids begin, and what
 * all of them have counted. Threads and simulated nodes are restarted by the same rule.
 */

import type { Choose, Milliseconds } from './host.ts';
import { addCounters, type Counters, readCounters, Stat, type StatsBlock } from './stats.ts';
import type { Backoff } from './supervision/policy.ts';
import { backoffDelay } from './supervision/supervisor-core.ts';
import { ID_MAX, isCount } from './wire.ts';

export interface NodeRestarts {
  /** Restarts within `restartPeriod` milliseconds; one more, and the node stays down. */
  readonly restarts: number;
  readonly restartPeriod: Milliseconds;
  /** How long a start waits that follows one that failed; after a life that was up the next begins at once. */
  readonly backoff: Backoff;
}

/**
 * What a restarted node gets again of the messages that other nodes had told it.
 *
 * - `none`: nothing; what it held is counted as lost.
 * - `unbegun`: what no handler had begun: each message is handled at most once.
 * - `begun`: also what was begun and had not ended: each is handled at least once; one that ends its node twice is put into
 *   quarantine, among the dead letters.
 *
 * Asks are not redelivered: an ask fails with its node, and its asker knows.
 */
export type Redelivery = 'none' | 'unbegun' | 'begun';
export const REDELIVERIES: ReadonlySet<Redelivery> = new Set(['none', 'unbegun', 'begun']);

/** Lives that a message may end before it is put into quarantine. */
export const ATTEMPTS_MAX = 2;

/** Of nodes: what keeps one from starting, such as a want of memory, is seldom over at once. */
export const NODE_BACKOFF: Backoff = { min: 100, max: 30_000, factor: 2, jitter: 0.2 };

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
  /** Starts in a row that failed. */
  private failedStarts = 0;
  private wasUp = false;

  constructor(policy: NodeRestarts) {
    this.policy = policy;
  }

  /** The life under way has started. */
  up(): void {
    this.wasUp = true;
  }

  /** Asked at each end of a life: counts the restart that follows. @returns after how long; undefined: it stays down */
  nextStart(now: Milliseconds, choose: Choose): Milliseconds | undefined {
    const { restarts, restartPeriod, backoff } = this.policy;
    this.failedStarts = this.wasUp ? 0 : this.failedStarts + 1;
    this.wasUp = false;
    this.restarts = [...this.restarts.filter((at) => now - at <= restartPeriod), now];
    if (this.restarts.length > restarts) return undefined;
    return this.failedStarts === 0 ? 0 : backoffDelay(backoff, this.failedStarts, choose);
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

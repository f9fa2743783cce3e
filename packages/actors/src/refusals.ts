/**
 * What other nodes say that is no sense: each is counted, and some are logged. A node that says nothing else would fill the
 * log of this one, so there is one line a second, which says how many it stands for.
 */

import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { Stat } from './stats.ts';

const PERIOD: Milliseconds = 1_000;

export class Refusals {
  private readonly kernel: Kernel;
  private loggedAt = Number.NEGATIVE_INFINITY;
  private silent = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Never throws. */
  add(what: string, fields: Readonly<Record<string, unknown>>, counter: Stat = Stat.FramesRefused): void {
    const { stats, host } = this.kernel;
    (stats[counter] as number)++;
    const now = host.clock.now();
    if (now - this.loggedAt < PERIOD) {
      this.silent++;
      return;
    }
    host.log.warn({ ...fields, besides: this.silent }, `${what} was refused`);
    this.loggedAt = now;
    this.silent = 0;
  }
}

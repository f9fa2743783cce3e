/**
 * Ends nodes that hang: a handler in an endless loop can't be stopped otherwise.
 *
 * A node hangs when for `hangTimeout` its heartbeat (a counter in shared memory, beaten by a timer of its loop) stood still
 * while its event loop was busy. A node that sleeps is not busy; one that works hard still beats. The watchdog knows its own
 * stalls: where its own timer came late, every node gets its time anew. Under a debugger it is off.
 */

import inspector from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import { type Logger, Stat, type StatsBlock, statsBlock } from '@troupe/actors';

/** Milliseconds between two looks. */
const LOOK = 100;
/** A look that comes later than this says that the watchdog's own thread stalled. */
const STALL = LOOK * 5;
/** The part of the time that an event loop is busy when it hangs. */
const BUSY = 0.95;

interface Watched {
  readonly worker: Worker;
  readonly stats: StatsBlock;
  readonly timeout: number;
  beat: number;
  since: number;
  utilization: ReturnType<Worker['performance']['eventLoopUtilization']>;
}

export class Watchdog {
  private readonly log: Logger;
  private readonly end: (node: string, why: string) => Promise<void>;
  private readonly watched = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined = undefined;
  private lastLook = 0;

  constructor(log: Logger, end: (node: string, why: string) => Promise<void>) {
    this.log = log;
    this.end = end;
  }

  start(): void {
    this.lastLook = performance.now();
    this.timer = setInterval(() => this.look(), LOOK);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.watched.clear();
  }

  watch(node: string, worker: Worker, stats: SharedArrayBuffer, timeout: number | false): void {
    if (timeout === false) return;
    this.watched.set(node, {
      worker,
      stats: statsBlock(stats),
      timeout,
      beat: -1,
      since: performance.now(),
      utilization: worker.performance.eventLoopUtilization(),
    });
  }

  forget(node: string): void {
    this.watched.delete(node);
  }

  private look(): void {
    const now = performance.now();
    const stalled = now - this.lastLook > STALL || inspector.url() !== undefined;
    this.lastLook = now;
    for (const [node, watched] of this.watched) {
      const beat = watched.stats[Stat.Heartbeat] ?? 0;
      if (stalled || beat !== watched.beat) this.reset(watched, beat, now);
      else if (now - watched.since >= watched.timeout) this.judge(node, watched, now);
    }
  }

  private reset(watched: Watched, beat: number, now: number): void {
    watched.beat = beat;
    watched.since = now;
    watched.utilization = watched.worker.performance.eventLoopUtilization();
  }

  private judge(node: string, watched: Watched, now: number): void {
    const { utilization } = watched.worker.performance.eventLoopUtilization(watched.utilization);
    if (utilization < BUSY) return this.reset(watched, watched.beat, now);
    this.watched.delete(node);
    const why = `it gave no sign of life for ${Math.round(now - watched.since)} ms, with its event loop ${Math.round(utilization * 100)}% busy`;
    this.end(node, why).catch((error) => this.log.error({ node, err: error }, 'a node that hangs could not be ended'));
  }
}

/**
 * Ends nodes that hang: a handler in an endless loop can't be stopped otherwise.
 *
 * A node is silent when its heartbeat, a counter in shared memory that a timer of its loop beats, stands still while that
 * loop is busy. One that sleeps is not busy; one that works hard still beats. After `hangTimeout` of silence the thread is
 * asked what processor time it used meanwhile: V8 answers that for it even within a loop. One that ran all along hangs.
 * One that hardly ran waits for something, or was not given a core: it gets as much time again. One that does not
 * even answer is in a native call, which nothing can interrupt.
 *
 * The watchdog knows its own stalls: where its timer came late, every node gets its time anew. Under a debugger it is off.
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
/** The part of the time for which a thread has the processor when it runs. On a crowded machine it is not near 1. */
const RUNS = 0.25;
/** How long a thread may take to say what processor time it used. Milliseconds. */
const CPU_TIMEOUT = 200;
/** Silences of `hangTimeout` after which a thread that hardly runs is ended too. */
const SILENCES_MAX = 2;

interface Watched {
  readonly worker: Worker;
  readonly stats: StatsBlock;
  readonly timeout: number;
  beat: number;
  since: number;
  utilization: ReturnType<Worker['performance']['eventLoopUtilization']>;
  silences: number;
  isJudged: boolean;
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
    const watched: Watched = {
      worker,
      stats: statsBlock(stats),
      timeout,
      beat: -1,
      since: 0,
      utilization: worker.performance.eventLoopUtilization(),
      silences: 0,
      isJudged: false,
    };
    this.watched.set(node, watched);
    this.begin(watched, -1, performance.now());
  }

  forget(node: string): void {
    this.watched.delete(node);
  }

  private look(): void {
    const now = performance.now();
    const isOff = now - this.lastLook > STALL || inspector.url() !== undefined;
    this.lastLook = now;
    for (const [node, watched] of this.watched) {
      const beat = watched.stats[Stat.Heartbeat] ?? 0;
      if (isOff || beat !== watched.beat) this.begin(watched, beat, now);
      else if (now - watched.since >= watched.timeout * (watched.silences + 1)) void this.judge(node, watched, now);
    }
  }

  /** It gave a sign of life, or is given its time anew. */
  private begin(watched: Watched, beat: number, now: number): void {
    watched.beat = beat;
    watched.since = now;
    watched.silences = 0;
    watched.utilization = watched.worker.performance.eventLoopUtilization();
  }

  private async judge(node: string, watched: Watched, now: number): Promise<void> {
    const { utilization } = watched.worker.performance.eventLoopUtilization(watched.utilization);
    if (utilization < BUSY) return this.begin(watched, watched.beat, now);
    if (watched.isJudged) return;
    watched.isJudged = true;
    const { beat, silences } = watched;
    const cpu = await cpuShare(watched.worker);
    watched.isJudged = false;
    // It beat while it was asked, has ended, or this thread stalled.
    if (this.watched.get(node) !== watched || watched.beat !== beat || watched.silences !== silences) return;
    if ((watched.stats[Stat.Heartbeat] ?? 0) !== beat) return;
    if (cpu !== undefined && cpu < RUNS && ++watched.silences < SILENCES_MAX) return;
    this.watched.delete(node);
    const silence = Math.round(performance.now() - watched.since);
    const why = `it gave no sign of life for ${silence} ms, its event loop ${percent(utilization)} busy, ${describe(cpu)}`;
    this.end(node, why).catch((error) => this.log.error({ node, err: error }, 'a node that hangs could not be ended'));
  }
}

/** The part of a moment for which the thread has the processor; NaN where Node can't tell, undefined where the thread does not. */
async function cpuShare(worker: Worker): Promise<number | undefined> {
  if (typeof worker.cpuUsage !== 'function') return Number.NaN;
  const start = performance.now();
  const first = await cpuTime(worker);
  if (first === undefined) return undefined;
  await new Promise((resolve) => setTimeout(resolve, LOOK).unref());
  const second = await cpuTime(worker);
  return second === undefined ? undefined : (second - first) / (performance.now() - start);
}

/** Milliseconds. */
async function cpuTime(worker: Worker): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, CPU_TIMEOUT, undefined).unref();
  });
  const used = worker.cpuUsage().then(
    ({ user, system }) => (user + system) / 1_000,
    () => undefined,
  );
  const first = await Promise.race([used, late]);
  clearTimeout(timer);
  return first;
}

const percent = (part: number): string => `${Math.round(part * 100)}%`;

function describe(cpu: number | undefined): string {
  if (cpu === undefined) return 'in a native call that does not return';
  if (Number.isNaN(cpu)) return 'in a loop or a wait';
  return cpu >= RUNS ? `in a loop that takes ${percent(cpu)} of a CPU` : `waiting, with ${percent(cpu)} of a CPU`;
}

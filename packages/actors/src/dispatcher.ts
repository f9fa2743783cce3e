/**
 * Runs the actors of a node: a queue of those that have something to do, served in turns that leave the event loop alive.
 *
 * A microtask first; after a slice of messages or time, an immediate, so that timers and I/O are served.
 * The clock is read once for many messages while these are quick, and once a message when they are slow:
 * so the log of slow messages is exact where it matters, and free where it does not.
 */

import { isTroupeError } from '@troupe/protocol';
import type { Question } from './ask/question.ts';
import type { Recorder } from './causal/recorder.ts';
import { ASK, type Cell, Flag, HELD, KIND_MASK, MARKS, type Origin } from './cell.ts';
import { Context } from './context.ts';
import type { Held } from './held.ts';
import type { Host, Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { MessageQueue, Taken } from './message-queue.ts';
import { readable } from './plain-error.ts';
import { scope } from './scope.ts';
import { Stat } from './stats.ts';
import { isAsyncIterable, streamAsked } from './stream/opening.ts';

/** Who asked gets no answer when the handler ends. */
const UNANSWERED = Flag.Stash | Flag.Deferred;
/** Messages of one actor before the next actor's turn, and between two looks at the clock. */
const BATCH_MAX = 64;
/** Who has sent so many messages to this node's actors lets them have their turn: quick messages in a row are no quick batch then. */
const SENT_MAX = 512;
/** Messages, and milliseconds, before the event loop is let go on. */
const SLICE_MESSAGES = 8_192;
const SLICE_MS = 1.5;
/** Looks at the clock become rarer while a batch takes less than this. Milliseconds. */
const QUICK_MS = 0.1;

/** A growing ring of cells. */
class RunQueue {
  private cells: (Cell | undefined)[] = new Array(256).fill(undefined);
  private mask = 255;
  private head = 0;
  size = 0;

  push(cell: Cell): void {
    if (this.size > this.mask) this.grow();
    this.cells[(this.head + this.size++) & this.mask] = cell;
  }

  shift(): Cell {
    const cell = this.cells[this.head] as Cell;
    this.cells[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    this.size--;
    return cell;
  }

  private grow(): void {
    const cells = new Array(this.cells.length * 2).fill(undefined);
    for (let i = 0; i < this.size; i++) cells[i] = this.cells[(this.head + i) & this.mask];
    this.cells = cells;
    this.mask = cells.length - 1;
    this.head = 0;
  }
}

export class Dispatcher {
  private readonly kernel: Kernel;
  private readonly queue = new RunQueue();
  private readonly taken = new Taken();
  private isScheduled = false;
  /** `runNow` follows soon: what is scheduled until then needs no microtask. */
  private isExpected = false;
  /** Handlers are being called; at the end `afterTurn` publishes what they sent. */
  isServing = false;
  /** Messages served, and milliseconds spent on them, since the event loop last went on. */
  private sliceMessages = 0;
  private sliceSpent: Milliseconds = 0;
  /** Messages between two looks at the clock, and since the last. */
  private batch = 1;
  private sinceLook = 0;
  private lastLook: Milliseconds = 0;
  /** A time that was read just now, for the turn that is being scheduled; 0: none. */
  private stamp: Milliseconds = 0;
  private readonly drainBound = () => this.runNow();
  /** Who waits for the next slice, while the event loop is let go on. */
  private yielding: (() => void)[] | undefined = undefined;
  private readonly nextSlice = () => {
    const { yielding } = this;
    this.yielding = undefined;
    this.sliceMessages = 0;
    this.sliceSpent = 0;
    this.stamp = this.kernel.host.clock.now();
    this.drain();
    if (yielding !== undefined) for (const resume of yielding) resume();
  };

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    const { witness } = kernel.host;
    if (witness !== undefined) this.handle = this.witnessed(witness, this.handle);
    const recorder = kernel.causality?.recorder;
    if (recorder !== undefined) this.handle = this.recorded(recorder, this.handle);
  }

  get isIdle(): boolean {
    return this.queue.size === 0;
  }

  /** Whoever reads the clock and then sends lends the time to the turn that this may schedule; `unstamp` ends the loan. */
  stampTurn(now: Milliseconds): Milliseconds {
    if (!this.isScheduled) this.stamp = now;
    return now;
  }

  /** When the batch that is being served began. */
  get batchTime(): Milliseconds {
    return this.lastLook;
  }

  unstamp(): void {
    if (!this.isScheduled) this.stamp = 0;
  }

  /** Queues an actor; its Scheduled flag is set by the caller. */
  schedule(cell: Cell): void {
    this.queue.push(cell);
    if (this.isScheduled) return;
    this.isScheduled = true;
    if (this.sliceMessages >= SLICE_MESSAGES || this.sliceSpent >= SLICE_MS) return this.yield();
    if (this.stamp === 0) this.stamp = this.kernel.host.clock.now();
    if (!this.isExpected) this.kernel.host.turns.soon(this.drainBound);
  }

  /** A task of the host's own begins, and ends with `runNow`. `now` is the time if it is known, else 0. */
  expectRun(now: Milliseconds): void {
    this.isExpected = true;
    if (!this.isScheduled) this.stamp = now;
  }

  /** Serves what is scheduled at once, from a task of the host's own; not where the slice is over. */
  runNow(): void {
    this.isExpected = false;
    if (this.isScheduled && this.yielding === undefined) this.drain();
    this.unstamp();
  }

  private drain(): void {
    const { stats, host } = this.kernel;
    (stats[Stat.Turns] as number)++;
    // A program that said much to many, or a host that decoded it, took time that is not theirs.
    this.lastLook = this.queue.size > 1 ? host.clock.now() : this.stamp;
    this.stamp = 0;
    this.sinceLook = 0;
    this.isServing = true;
    let isOver = false;
    let cell: Cell | undefined;
    while (this.queue.size > 0 && !isOver) {
      cell = this.queue.shift();
      const done = this.run(cell);
      this.sliceMessages += done;
      this.sinceLook += done;
      if (this.sinceLook >= this.batch) isOver = this.look(cell);
    }
    scope.question = undefined;
    this.isServing = false;
    // What was sent goes out before the look at the clock: others wait for it.
    this.kernel.afterTurn();
    if (this.sinceLook > 0) this.look(cell as Cell);
    this.isScheduled = false;
    if (this.queue.size > 0 && !this.isScheduled) {
      this.isScheduled = true;
      this.stamp = this.lastLook;
      if (isOver) this.yield();
      else host.turns.soon(this.drainBound);
    }
  }

  private yield(): void {
    this.yielding = [];
    this.kernel.host.turns.later(this.nextSlice);
  }

  /**
   * At once, or where the slice is over with the next one. A program that makes work in a loop of microtasks waits here:
   * otherwise the event loop, and with it that next slice, would not come before its loop ends.
   */
  afterYield<T>(value: T): Promise<T> {
    const { yielding } = this;
    return yielding === undefined
      ? Promise.resolve(value)
      : new Promise((resolve) => yielding.push(() => resolve(value)));
  }

  /** Reads the clock. @returns whether the slice is over */
  private look(cell: Cell): boolean {
    const now = this.kernel.host.clock.now();
    const took = now - this.lastLook;
    if (took > this.kernel.options.slowMessage)
      this.kernel.observers.slow(cell, took, this.sinceLook, 'busy', kindName(cell, this.taken.kind));
    if (took >= QUICK_MS) this.batch = 1;
    else if (this.sinceLook >= this.batch) this.batch = Math.min(this.batch * 2, BATCH_MAX);
    this.sliceSpent += took;
    this.lastLook = now;
    this.sinceLook = 0;
    return this.sliceSpent >= SLICE_MS || this.sliceMessages >= SLICE_MESSAGES;
  }

  /** Serves one actor. @returns how many messages it took */
  private run(cell: Cell): number {
    const taken = this.taken;
    const { stats } = this.kernel;
    const enough = (stats[Stat.Enqueued] as number) + SENT_MAX;
    let done = 0;
    if (cell.isRunnable || this.becomesRunnable(cell)) {
      scope.cell = cell;
      try {
        while (done < this.batch && cell.take(taken)) {
          done++;
          this.handle(cell, taken.kind, taken.payload, taken.origin);
          if ((cell.flags & ~(Flag.Scheduled | Flag.Urgent)) !== 0) break;
          if ((stats[Stat.Enqueued] as number) > enough) {
            this.sinceLook = this.batch;
            break;
          }
        }
      } catch (error) {
        // No handler's: those are caught where they are called. The others of this node are served all the same.
        scope.cell = undefined;
        this.kernel.lifecycle.broken(cell, error);
      }
      scope.cell = undefined;
      taken.payload = undefined;
      taken.origin = undefined;
      if (cell.more !== undefined) this.kernel.overflow.release(cell);
    }
    if (cell.isRunnable && (cell.depth > 0 || (cell.flags & Flag.Urgent) !== 0)) this.queue.push(cell);
    else cell.flags &= ~Flag.Scheduled;
    return done;
  }

  /** A snapshot that is being taken has not recorded it yet: it does now, before the next segment. */
  private becomesRunnable(cell: Cell): boolean {
    if ((cell.flags & MARKS) === 0) return false;
    cell.record();
    return cell.isRunnable;
  }

  private witnessed(witness: NonNullable<Host['witness']>, handle: Dispatcher['handle']): Dispatcher['handle'] {
    return (cell, kind, payload, origin) => {
      if (kind < HELD) witness(cell, kind & KIND_MASK);
      handle.call(this, cell, kind, payload, origin);
    };
  }

  private recorded(recorder: Recorder, handle: Dispatcher['handle']): Dispatcher['handle'] {
    return (cell, kind, payload, origin) => {
      // One that is held comes again without that; nobody waits for one that is settled.
      if (kind >= HELD || (kind >= ASK && (origin as Question).settled))
        return handle.call(this, cell, kind, payload, origin);
      const mark = this.kernel.causality?.markOf(cell, kind >= ASK ? (origin as Question) : undefined);
      recorder.handler('begin', cell, kind, mark);
      handle.call(this, cell, kind, payload, origin);
      if ((cell.flags & Flag.Suspended) === 0) recorder.handler('end', cell, kind, mark);
      else (cell.extra.idle ??= []).push(() => recorder.handler('end', cell, kind, mark));
    };
  }

  private handle(cell: Cell, kind: number, payload: unknown, origin: Origin): void {
    const stats = this.kernel.stats;
    const ctx = cell.ctx ?? (cell.ctx = new Context(cell));
    let question: Question | undefined;
    if (kind >= ASK) {
      if (kind >= HELD) return this.handleHeld(cell, ctx, kind, payload, origin as Held);
      question = origin as Question;
      // Timed out or cancelled while it waited.
      if (question.settled) {
        (stats[Stat.Begun] as number)++;
        (stats[Stat.Ended] as number)++;
        return;
      }
    }
    (stats[Stat.Begun] as number)++;
    scope.question = question;
    ctx.begin(origin, question);
    let result: unknown;
    try {
      result = (cell.handlers[kind & KIND_MASK] as (state: unknown, payload: unknown, ctx: unknown) => unknown)(
        cell.state,
        payload,
        ctx,
      );
      if (typeof result === 'object' && result !== null) {
        if (typeof (result as PromiseLike<unknown>).then === 'function') {
          this.suspend(cell, ctx, kind, payload, origin, question, result as PromiseLike<unknown>);
          return;
        }
        if (cell.type.streams[kind & KIND_MASK] === true)
          result = this.kernel.streams.open(cell, ctx, question, result as AsyncGenerator<unknown>);
      }
      if (question !== undefined && (cell.flags & UNANSWERED) === 0) question.reply(result);
    } catch (error) {
      (stats[Stat.Ended] as number)++;
      this.thrown(cell, kind, error, question, result);
      return;
    }
    (stats[Stat.Ended] as number)++;
    if ((cell.flags & ~(Flag.Scheduled | Flag.Urgent)) !== 0) this.afterSegment(cell, kind, payload, origin);
  }

  /** Tells whoever keeps the message's memory when its handler begins, and when it has ended. */
  private handleHeld(cell: Cell, ctx: Context, kind: number, payload: unknown, held: Held): void {
    held.begin();
    ctx.held = held;
    this.handle(cell, kind & ~HELD, payload, held.origin);
    if ((cell.flags & Flag.Suspended) === 0) ctx.letGo();
  }

  private suspend(
    cell: Cell,
    ctx: Context,
    kind: number,
    payload: unknown,
    origin: Origin,
    question: Question | undefined,
    result: PromiseLike<unknown>,
  ): void {
    cell.flags |= Flag.Suspended;
    ctx.suspended = { kind, payload };
    if (question !== undefined) question.serving = ctx;
    const startedAt = this.kernel.host.clock.now();
    const settle = (failed: boolean, value: unknown): void => {
      if (ctx.revoked) {
        (this.kernel.stats[Stat.Revoked] as number)++;
        return;
      }
      (this.kernel.stats[Stat.Ended] as number)++;
      const took = this.kernel.host.clock.now() - startedAt;
      if (took > this.kernel.options.slowHandler)
        this.kernel.observers.slow(cell, took, 1, 'elapsed', kindName(cell, kind));
      cell.flags &= ~Flag.Suspended;
      ctx.suspended = undefined;
      try {
        this.settled(cell, ctx, kind, payload, origin, question, failed, value);
      } catch (error) {
        this.kernel.lifecycle.broken(cell, error);
      }
      ctx.letGo();
      cell.wake();
    };
    // A thenable of another make may throw, or settle twice.
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value) => settle(false, value),
      (error) => settle(true, error),
    );
  }

  private settled(
    cell: Cell,
    ctx: Context,
    kind: number,
    payload: unknown,
    origin: Origin,
    question: Question | undefined,
    failed: boolean,
    value: unknown,
  ): void {
    if (question !== undefined) question.serving = undefined;
    let error = value;
    if (!failed) {
      try {
        if (question !== undefined && (cell.flags & UNANSWERED) === 0) question.reply(value);
        ctx.end();
        this.afterSegment(cell, kind, payload, origin);
        return;
      } catch (refused) {
        error = refused;
      }
    }
    this.thrown(cell, kind, error, question, failed ? undefined : value);
    ctx.end();
  }

  private thrown(cell: Cell, kind: number, thrown: unknown, question: Question | undefined, result: unknown): void {
    cell.flags &= ~UNANSWERED;
    // No answer: the asker is at fault, and not the handler.
    if (question !== undefined && isAsyncIterable(result)) {
      question.fail(streamAsked(cell, kind & KIND_MASK, result));
      this.afterIdle(cell);
      return;
    }
    const error = readable(thrown);
    // Refusals (also another actor's, let through), and handlers that end because nobody waits for their answer any more, are no failures.
    if (isTroupeError(error, 'TROUPE_REFUSED') || (cell.ctx as Context).endedBy(error)) {
      question?.fail(error);
      this.afterIdle(cell);
      return;
    }
    this.kernel.lifecycle.failed(cell, error, kindName(cell, kind));
    question?.fail(error);
    this.afterIdle(cell);
  }

  /** What a handler asked for while it ran, done now that it has ended. */
  private afterSegment(cell: Cell, kind: number, payload: unknown, origin: Origin): void {
    cell.flags &= ~Flag.Deferred;
    if ((cell.flags & Flag.Stash) !== 0) {
      cell.flags &= ~Flag.Stash;
      // A handler that puts all back after it put this one aside has no stash any more.
      const stash = (cell.extra.stash ??= new MessageQueue());
      const held = cell.ctx?.held;
      if (held === undefined) stash.push(kind, payload, origin);
      else {
        stash.push(kind | HELD, payload, held);
        (cell.ctx as Context).held = undefined;
      }
      (this.kernel.stats[Stat.Stashed] as number)++;
    }
    this.afterIdle(cell);
  }

  private afterIdle(cell: Cell): void {
    const { more } = cell;
    const idle = more?.idle;
    if (idle === undefined && (cell.flags & Flag.Leaving) === 0) return;
    const outer = scope.cell;
    scope.cell = undefined;
    if (more !== undefined && idle !== undefined) {
      more.idle = undefined;
      for (const run of idle) run();
    }
    if ((cell.flags & Flag.Leaving) !== 0) this.kernel.lifecycle.leave(cell);
    scope.cell = outer;
  }
}

const kindName = (cell: Cell, kind: number): string => cell.type.interface.kinds[kind & KIND_MASK] ?? 'signal';

/**
 * How an incarnation ends: timers and signal, then the running handler (cooperatively, within `shutdown`; after that the
 * incarnation is revoked), then the children, last started first, then the `stopped` hook, then its streams.
 */

import { cancelTimers } from './actor-timers.ts';
import { Cell, Flag } from './cell.ts';
import { Context } from './context.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { Taken } from './message-queue.ts';
import { KILLED, SHUTDOWN, type StopReason } from './reason.ts';
import { scope } from './scope.ts';
import { Stat } from './stats.ts';
import { Steps } from './supervision/steps.ts';
import { discardAll } from './supervision/supervisor.ts';

export class Ending {
  private readonly kernel: Kernel;
  private readonly steps = new Steps();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Ends the incarnation: afterwards the cell is Failed, to be revived or finished. */
  end(cell: Cell, reason: StopReason, done: () => void): void {
    cell.record();
    cell.flags |= Flag.Stopping | Flag.Failed;
    const more = cell.extra;
    more.ending = [done];
    more.supervisor?.over();
    cancelTimers(cell);
    cell.ctx?.abortToStop();
    this.whenIdle(cell, () =>
      this.steps.run(() =>
        discardAll(more.children?.toArray() ?? [], SHUTDOWN, this.steps, () => {
          this.stoppedHook(cell, reason, () => this.endStreams(cell, () => this.over(cell, reason)));
        }),
      ),
    );
  }

  /** Nothing of the incarnation runs any more. */
  private over(cell: Cell, reason: StopReason): void {
    const more = cell.extra;
    cell.flags &= ~Flag.Stopping;
    this.dropSignals(cell);
    // Those that its last handler, or the hook, has set.
    cancelTimers(cell);
    // What it left running, not awaited, no longer speaks for the actor.
    cell.ctx?.over();
    cell.state = undefined;
    this.kernel.monitors.incarnationEnded(cell);
    this.kernel.links.incarnationEnded(cell, endOf(cell, reason));
    const waiting = more.ending ?? [];
    more.ending = undefined;
    for (const resume of waiting) resume();
  }

  /** Runs when no handler does; a handler that does not end in time loses its incarnation. */
  whenIdle(cell: Cell, run: () => void): void {
    if (scope.cell !== cell && (cell.flags & Flag.Suspended) === 0) return run();
    const { kernel } = this;
    const { shutdown } = cell.policy;
    let isOver = false;
    const once = (): void => {
      if (isOver) return;
      isOver = true;
      if (timer !== undefined) kernel.timers.cancel(timer);
      run();
    };
    // Also for a handler that is in its synchronous part: it may await what never comes, such as this very end.
    const timer =
      shutdown === 'infinity'
        ? undefined
        : kernel.timers.after(shutdown === 'kill' ? 0 : shutdown, () => this.revoke(cell));
    (cell.extra.idle ??= []).push(once);
  }

  private revoke(cell: Cell): void {
    const { kernel } = this;
    kernel.host.log.warn({ actor: cell.toString() }, 'an actor did not stop in time; its incarnation is revoked');
    kernel.observers.tell({ type: 'revoked', actor: cell.ref });
    // Its message counts as ended: nobody waits for a handler that may never settle.
    (kernel.stats[Stat.Ended] as number)++;
    if (cell.ctx !== undefined) {
      cell.ctx.revoked = true;
      cell.ctx.killed = true;
      // What it asked for after it was told to stop, too.
      cell.ctx.abortToStop();
      cell.ctx.letGo();
      cell.ctx.question?.fail(
        actorError(
          'TROUPE_ASK_LOST',
          `Expected an answer from ${cell}, got none: it was stopped, and its handler did not end in time.`,
        ),
      );
    }
    cell.flags &= ~Flag.Suspended;
    const idle = cell.more?.idle ?? [];
    if (cell.more !== undefined) cell.more.idle = undefined;
    for (const run of idle) run();
  }

  private stoppedHook(cell: Cell, reason: StopReason, done: () => void): void {
    const hook = cell.type.spec.hooks?.stopped;
    // As in OTP, what is killed does not get to clean up: its handler may still be at work on the state.
    if (hook === undefined || endOf(cell, reason) === KILLED) return done();
    const { kernel } = this;
    const ctx = (cell.ctx ??= new Context(cell));
    const failed = (error: unknown): void =>
      kernel.host.log.error({ actor: cell.toString(), err: error }, 'the stopped hook failed');
    let result: unknown;
    try {
      result = kernel.current.as(cell, () => ctx.carry(() => hook(cell.state, reason, ctx)));
    } catch (error) {
      failed(error);
    }
    if (typeof (result as PromiseLike<void> | undefined)?.then !== 'function') return done();
    this.inTime(cell, (result as Promise<void>).then(undefined, failed), done);
  }

  /** The end of one that has nothing to wait for, and nobody to tell: most actors, when there are many. */
  finishPlain(cell: Cell, reason: StopReason): void {
    cell.record();
    const end = endOf(cell, reason);
    cell.ctx?.abortToStop();
    cell.ctx?.over();
    cell.state = undefined;
    this.finish(cell, end);
  }

  /** Goes on when the last work of an incarnation has ended, or has had its time. */
  private inTime(cell: Cell, work: Promise<unknown>, done: () => void): void {
    const { timers } = this.kernel;
    const { shutdown } = cell.policy;
    let isOver = false;
    const once = (): void => {
      if (isOver) return;
      isOver = true;
      if (timer !== undefined) timers.cancel(timer);
      done();
    };
    const timer = shutdown === 'infinity' ? undefined : timers.after(shutdown === 'kill' ? 0 : shutdown, once);
    work.then(once, once);
  }

  /** The last of an actor: its mailbox goes to the dead letters, and whoever watches it is told. */
  finish(cell: Cell, reason: StopReason): void {
    if ((cell.flags & Flag.Stopped) !== 0) return;
    cell.record();
    const { kernel } = this;
    cell.flags = (cell.flags & Flag.Scheduled) | Flag.Stopped;
    (kernel.stats[Stat.Stopped] as number)++;
    this.emptyMailbox(cell);
    kernel.overflow.release(cell);
    const { parent } = cell;
    if (parent instanceof Cell) parent.more?.children?.remove(cell);
    else if (parent !== undefined) {
      kernel.guests.delete(cell);
      parent.childGone(cell, reason);
    }
    kernel.forget(cell);
    if (!kernel.observers.isEmpty) kernel.observers.tell({ type: 'stopped', actor: cell.ref, reason });
    kernel.monitors.incarnationEnded(cell);
    kernel.links.incarnationEnded(cell, reason);
    kernel.monitors.stopped(cell, reason);
    const ends = cell.more?.ends;
    cell.ctx = undefined;
    cell.more = undefined;
    if (parent === undefined) kernel.root.ended(reason);
    if (ends !== undefined) for (const run of ends) run();
  }

  private endStreams(cell: Cell, done: () => void): void {
    const streams = [...(cell.more?.streams ?? [])];
    if (streams.length === 0) return done();
    const ended = Promise.all(streams.map((stream) => stream.actorEnded()));
    if (cell.ctx?.killed) done();
    else this.inTime(cell, ended, done);
  }

  /** Signals are for the incarnation that they found: the next is not started twice, nor told of links that it never made. */
  private dropSignals(cell: Cell): void {
    const urgent = cell.more?.urgent;
    if (urgent === undefined) return;
    const { stats } = this.kernel;
    for (; urgent.size > 0; urgent.shift()) {
      (stats[Stat.Begun] as number)++;
      (stats[Stat.Ended] as number)++;
      (stats[Stat.Signals] as number)--;
    }
    cell.flags &= ~Flag.Urgent;
  }

  private emptyMailbox(cell: Cell): void {
    if (cell.depth === 0 && cell.more === undefined) return;
    const taken = new Taken();
    const stash = cell.more?.stash;
    if (stash !== undefined) cell.putBack(stash);
    while (cell.take(taken)) {
      (this.kernel.stats[Stat.Begun] as number)++;
      (this.kernel.stats[Stat.Ended] as number)++;
      if ((taken.kind & 0xffff) >= cell.type.signals) (this.kernel.stats[Stat.Signals] as number)--;
      else this.kernel.overflow.refuse(cell, taken.kind, taken.payload, taken.origin, 'stopped');
    }
  }
}

/** An actor that was not given the time to stop, or did not take it, was killed. */
export const endOf = (cell: Cell, reason: StopReason): StopReason =>
  cell.ctx?.killed || (reason.kind === 'shutdown' && cell.policy.shutdown === 'kill') ? KILLED : reason;

/** Idle, and with no children, timers, links, monitors, streams or hooks to its end. */
export function isPlain(cell: Cell): boolean {
  const isIdle =
    (cell.flags & (Flag.Suspended | Flag.Stopping | Flag.Failed | Flag.Blocked)) === 0 && scope.cell !== cell;
  return cell.more === undefined && isIdle && cell.type.spec.hooks?.stopped === undefined;
}

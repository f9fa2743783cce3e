/**
 * One life of an actor, from its start to its failure or stop: which message it handles, for whom, and what ends with it.
 *
 * A later incarnation of the same actor is another one: what an earlier one left running can do nothing in its name.
 */

import { isTroupeError } from '@troupe/protocol';
import type { Question } from './ask/question.ts';
import { type Cell, Flag, type Origin } from './cell.ts';
import { actorError } from './errors.ts';
import type { Held } from './held.ts';
import { scope } from './scope.ts';
import { revoked } from './send.ts';
import { type Subscription, type SubscriptionOptions, subscription } from './subscription.ts';

export class Incarnation {
  /** @internal */ readonly cell: Cell;
  /** @internal */ question: Question | undefined = undefined;
  /** @internal This incarnation has ended, or did not stop in time: nothing that it does counts any more. */
  revoked = false;
  /** @internal It was revoked because it did not stop in time. */
  killed = false;
  /** @internal What keeps the memory of the message being handled. */
  held: Held | undefined = undefined;
  /** @internal While an async handler awaits: the message that it handles. */
  suspended: { readonly kind: number; readonly payload: unknown } | undefined = undefined;
  /** @internal */ origin: Origin = undefined;
  private controller: AbortController | undefined = undefined;
  /** What ends with the incarnation. */
  private ends: Set<() => void> | undefined = undefined;
  /** What its handlers wait for besides asks: ends when it is told to stop. */
  private waits: Set<(reason: Error) => void> | undefined = undefined;

  /** @internal */
  constructor(cell: Cell) {
    this.cell = cell;
  }

  /** @internal The incarnation has ended. */
  over(): void {
    this.revoked = true;
    const { ends } = this;
    this.ends = undefined;
    for (const end of ends ?? []) end();
    if (this.waits !== undefined) this.endWaits(revoked());
  }

  /** @internal Calls back when the incarnation has ended. @returns a function that takes it back */
  whenOver(end: () => void): () => void {
    if (this.revoked) {
      end();
      return () => {};
    }
    const { ends = new Set() } = this;
    this.ends = ends;
    ends.add(end);
    return () => ends.delete(end);
  }

  /** @internal Calls back when the incarnation is told to stop while a handler runs, or has ended. @returns a function that takes it back */
  whenStopping(end: (reason: Error) => void): () => void {
    if (this.revoked) {
      end(revoked());
      return () => {};
    }
    const { waits = new Set() } = this;
    this.waits = waits;
    waits.add(end);
    return () => waits.delete(end);
  }

  private endWaits(reason: Error): void {
    const { waits } = this;
    this.waits = undefined;
    for (const end of waits ?? []) end(reason);
  }

  /** @internal A message begins. */
  begin(origin: Origin, question: Question | undefined): void {
    this.origin = origin;
    this.question = question;
    if (this.controller !== undefined) this.controller = undefined;
  }

  /** @internal A step of a stream begins. Its signal is that of the steps before, if they used one. */
  beginStep(stream: Question, controller: AbortController | undefined): void {
    this.question = stream;
    scope.question = stream;
    this.controller = controller;
  }

  /** @internal A step has ended, or a stream was opened. @returns the signal's controller, for the next step */
  endStep(): AbortController | undefined {
    this.question = undefined;
    return this.controller;
  }

  /** @internal A message that was awaited has ended. */
  end(): void {
    this.origin = undefined;
    this.question = undefined;
  }

  /** @internal The message being handled is not needed again. */
  letGo(): void {
    if (this.held === undefined) return;
    this.held.end();
    this.held = undefined;
  }

  /** @internal The answer that is being worked on is no longer waited for, and so is what it waits for itself. */
  abort(reason: unknown): void {
    const { cell, question } = this;
    this.controller?.abort(reason);
    if (question !== undefined) cell.kernel.probes.cancelBehind(cell, question);
  }

  /**
   * @internal The actor is told to stop. What the handler under way waits for ends, so that it can: what it asks for from now on
   * has the time to shut down. An error costs a stack, so none is made for nobody.
   */
  abortToStop(): void {
    const { cell, controller } = this;
    if ((cell.flags & Flag.Suspended) === 0) return controller?.abort(stopping(cell));
    const reason = stopping(cell);
    controller?.abort(reason);
    cell.kernel.probes.cancelStopping(cell, this.question, reason);
    this.endWaits(reason);
  }

  /** @internal Is this what a handler throws because the ask that it answers was cancelled, or has timed out? */
  endedBy(error: unknown): boolean {
    if (this.question === undefined) return false;
    const signal = this.controller?.signal;
    if (signal?.aborted && (error === signal.reason || (error as Error | undefined)?.cause === signal.reason))
      return true;
    // A nested ask that ended only because the one being answered was cancelled, or because its deadline was due.
    if (!isTroupeError(error) || error.data['isInherited'] !== true) return false;
    return error.code === 'TROUPE_ASK_TIMEOUT'
      ? this.question.deadline !== 0
      : error.code === 'TROUPE_ASK_CANCELLED' && this.question.settled;
  }

  /** @internal Runs an async handler so that what it does after an await is known to be its own. */
  carry<R>(body: () => R): R {
    const { kernel } = this.cell;
    kernel.asyncHandlers++;
    let result: R;
    try {
      result = kernel.host.scope.run(this, body);
    } catch (error) {
      kernel.asyncHandlers--;
      throw error;
    }
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') kernel.asyncHandlers--;
    else {
      const done = (): void => {
        kernel.asyncHandlers--;
      };
      (result as unknown as PromiseLike<unknown>).then(done, done);
    }
    return result;
  }

  /**
   * The time, by the system's clock (`createSystem({ clock })`), of an event of this node that happens now. Undefined in a system
   * that has none.
   */
  timestamp<Stamp = unknown>(): Stamp | undefined {
    return this.cell.kernel.causality?.timestamp() as Stamp | undefined;
  }

  /** The time at which the message being handled was sent, by its sender's clock; undefined where nobody sent it, or no clock is on. */
  messageTimestamp<Stamp = unknown>(): Stamp | undefined {
    return this.cell.kernel.causality?.markOf(this.cell, this.question)?.stamp as Stamp | undefined;
  }

  /** Aborts when the ask being answered is cancelled or times out, or the stream is read no longer, and when this actor is told to stop. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.question?.settled) this.controller.abort(cancelled(this.cell));
    else if (this.revoked || (this.cell.flags & Flag.Stopping) !== 0) this.controller.abort(stopping(this.cell));
    return this.controller.signal;
  }

  /** Begins what ends with the incarnation, or before. */
  protected until(begin: () => () => void, options?: SubscriptionOptions): Subscription {
    let takeBack: (() => void) | undefined;
    const lasting = subscription(() => {
      const end = begin();
      return () => {
        takeBack?.();
        end();
      };
    }, options);
    if (!options?.signal?.aborted) takeBack = this.whenOver(lasting);
    return lasting;
  }

  /** @throws TROUPE_REVOKED where the incarnation is over: what a later one is must not be changed by an earlier one. */
  protected get live(): Cell {
    if (this.revoked) throw revoked();
    return this.cell;
  }
}

const cancelled = (cell: Cell): Error =>
  actorError('TROUPE_ASK_CANCELLED', `What ${cell} was answering is no longer waited for.`);
const stopping = (cell: Cell): Error => actorError('TROUPE_STOPPED', `${cell} is stopping.`);

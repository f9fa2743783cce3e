/**
 * An ask from this node: the asker's promise, and for an actor on this node also the question that it answers.
 */

import { isTroupeError } from '@troupe/protocol';
import type { Cell } from '../cell.ts';
import type { Context } from '../context.ts';
import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import { optionInvalid } from '../overflow.ts';
import type { ActorRef } from '../ref.ts';
import { fromRoot } from '../refused-path.ts';
import type { Timer } from '../timers.ts';
import { type Address, FrameType } from '../wire.ts';
import { withBothSides } from './both-sides.ts';
import type { Question } from './question.ts';
import { describeWait } from './wait-description.ts';

export class PendingAsk implements Question {
  readonly kernel: Kernel;
  readonly target: ActorRef;
  readonly kind: number;
  readonly asker: Cell | undefined;
  /** The ask that the asker is answering. */
  readonly parent: Question | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  deadline: Milliseconds = 0;
  settled = false;
  serving: Context | undefined = undefined;
  /** 0 where the target is on this node. */
  correlation = 0;
  /** In the list of asks of one timeout; see `Deadlines`. */
  previous: PendingAsk | undefined = undefined;
  next: PendingAsk | undefined = undefined;
  /** For a deadline that is not of that list. */
  timer: Timer | undefined = undefined;
  private unlisten: (() => void) | undefined = undefined;

  constructor(
    kernel: Kernel,
    target: ActorRef,
    kind: number,
    asker: Cell | undefined,
    parent: Question | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.kernel = kernel;
    this.target = target;
    this.kind = kind;
    this.asker = asker;
    this.parent = parent;
    this.resolve = resolve;
    this.reject = reject;
  }

  get local(): PendingAsk {
    return this;
  }

  get chain(): readonly Address[] {
    return [];
  }

  get kindName(): string {
    return this.target.interface.kinds[this.kind] ?? 'signal';
  }

  reply(value: unknown): void {
    if (this.settled) return;
    // The copy may be refused: then the ask is still open, and fails with the handler.
    const answer = typeof value === 'number' || value === undefined ? value : this.kernel.copy(value, 'reply');
    this.settle();
    this.resolve(answer);
  }

  /** The reply came from another node: it is this node's own already. */
  arrived(value: unknown): void {
    if (this.settled) return;
    this.settle();
    this.resolve(value);
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.settle();
    this.reject(withBothSides(error, this));
  }

  /** The deadline has passed: it fails with what is known of the other side. */
  timeOut(): void {
    if (this.settled) return;
    const { target, kindName } = this;
    // It fell due only because the ask that its asker is answering did.
    const isInherited = this.deadline !== 0 && this.parent?.deadline === this.deadline;
    describeWait(this.kernel, target, ({ text, data }) => {
      if (this.settled) return;
      const advice = isInherited
        ? 'The ask that its asker was answering fell due, and this one with it.'
        : 'Allow more by { timeout }, or look at what keeps it.';
      const message = `Expected an answer to '${kindName}' from ${target} in time, got none: ${text}. ${advice}`;
      this.abandon(
        actorError('TROUPE_ASK_TIMEOUT', message, { target: target.toString(), kind: kindName, isInherited, ...data }),
      );
    });
  }

  cancel(reason: unknown): void {
    if (this.settled) return;
    this.abandon(
      actorError(
        'TROUPE_ASK_CANCELLED',
        `The ask '${this.kindName}' of ${this.target} was cancelled by its signal.`,
        { target: this.target.toString(), kind: this.kindName },
        reason,
      ),
    );
  }

  /** The ask that its asker is answering was cancelled. One that falls due together with it says more by timing out. */
  cancelNested(): void {
    const isDue = this.deadline !== 0 && this.deadline <= this.kernel.timers.now();
    if (this.settled || isDue) return;
    const message = `The ask '${this.kindName}' of ${this.target} was cancelled with the one that ${this.asker} was answering.`;
    this.abandon(
      actorError('TROUPE_ASK_CANCELLED', message, {
        target: this.target.toString(),
        kind: this.kindName,
        isInherited: true,
      }),
    );
  }

  /** Its asker is told to stop. */
  cancelStopping(reason: Error): void {
    if (this.settled) return;
    const message = `The ask '${this.kindName}' of ${this.target} was cancelled: ${this.asker}, which asked, is stopping.`;
    this.abandon(
      actorError('TROUPE_ASK_CANCELLED', message, { target: this.target.toString(), kind: this.kindName }, reason),
    );
  }

  /** @throws TROUPE_OPTION_INVALID */
  listen(signal: AbortSignal): void {
    if (!(signal instanceof AbortSignal)) throw optionInvalid('signal', 'an AbortSignal', signal);
    const onAbort = (): void => this.cancel(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.unlisten = () => signal.removeEventListener('abort', onAbort);
  }

  /** Ends the ask on the asker's side, and tells the handler's signal. */
  private abandon(error: Error): void {
    const { serving, correlation } = this;
    this.fail(error);
    serving?.abort(error);
    if (correlation !== 0 && this.kernel.isUp(this.target.nodeIndex)) {
      this.kernel.departures.control(this.target.nodeIndex, { op: 'ask-cancel', correlation });
    }
  }

  private settle(): void {
    this.settled = true;
    this.kernel.deadlines.remove(this);
    if (this.correlation !== 0) this.kernel.departures.pending.delete(this.correlation);
    this.unlisten?.();
  }
}

/** An ask from another node. */
export class RemoteQuestion implements Question {
  private readonly kernel: Kernel;
  readonly node: number;
  readonly correlation: number;
  readonly deadline: Milliseconds;
  readonly chain: readonly Address[];
  settled = false;
  serving: Context | undefined = undefined;

  constructor(kernel: Kernel, node: number, correlation: number, deadline: Milliseconds, chain: readonly Address[]) {
    this.kernel = kernel;
    this.node = node;
    this.correlation = correlation;
    this.deadline = deadline;
    this.chain = chain;
  }

  get local(): undefined {
    return undefined;
  }

  reply(value: unknown): void {
    if (this.settled) return;
    try {
      this.kernel.host.transport.send(this.node, FrameType.Reply, 0, 0, 0, this.correlation, 0, value, undefined);
    } catch (refused) {
      if (isTroupeError(refused, 'TROUPE_NODE_BUSY')) this.kernel.departures.drop(this.node, 'reply', refused, false);
      else throw fromRoot(refused, 'value', 'reply');
    }
    this.done();
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.done();
    this.kernel.departures.failure(this.node, this.correlation, error);
  }

  cancel(reason: unknown): void {
    if (this.settled) return;
    this.done();
    this.serving?.abort(reason);
  }

  private done(): void {
    this.settled = true;
    this.kernel.arrivals.answered(this);
  }
}

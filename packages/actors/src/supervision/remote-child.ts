/**
 * Supervision across nodes: the supervisor's side of a child that lives elsewhere, and the child's side of such a supervisor.
 *
 * After its node has ended, a child is started again on the restarted node under its old id, so that refs to it work again.
 */

import { isTroupeError } from '@troupe/protocol';
import type { Cell } from '../cell.ts';
import type { ControlMessage } from '../control.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import type { StopReason } from '../reason.ts';
import type { ActorRef } from '../ref.ts';
import type { Child, Failure } from './family.ts';
import type { ChildPolicy } from './policy.ts';

/** How much longer than its own shutdown time a stop on another node may take. */
const STOP_GRACE: Milliseconds = 5_000;

export class RemoteChild implements Child {
  private readonly kernel: Kernel;
  readonly parent: Cell;
  readonly ref: ActorRef;
  readonly policy: ChildPolicy;
  private readonly order: ControlMessage & { readonly op: 'spawn' };
  attempts = 0;
  startedAt: Milliseconds = 0;
  previous: Child | undefined = undefined;
  next: Child | undefined = undefined;
  hasEnded = false;
  /** Its node ended: a restart is a new start there. Set by `RemoteChildren`, which counts them. */
  isLost = false;
  /** It was stopped for good, for this reason. */
  private discarded: StopReason | undefined = undefined;
  private isReviving = false;
  /** The next incarnation ended before the news of its start had come: 1. it starts, 2. fails, 3. its end is told, 4. its start. */
  private endedEarly: StopReason | undefined = undefined;

  constructor(parent: Cell, ref: ActorRef, order: ControlMessage & { readonly op: 'spawn' }) {
    this.kernel = parent.kernel;
    this.parent = parent;
    this.ref = ref;
    this.policy = order.policy;
    this.order = order;
  }

  halt(reason: StopReason, done: () => void): void {
    if (this.hasEnded) return done();
    this.hasEnded = true;
    this.request({ op: 'child-halt', id: this.ref.id, reason }, done);
  }

  discard(reason: StopReason, done: () => void): void {
    this.discarded ??= reason;
    this.kernel.remoteChildren.forget(this);
    if (this.isLost) {
      this.kernel.monitors.refIsDead(this.ref, reason);
      if (this.order.name !== undefined) this.kernel.names.releaseStale(this.order.name);
      return done();
    }
    const { shutdown } = this.policy;
    if (shutdown === 'infinity') return this.request({ op: 'child-discard', id: this.ref.id, reason }, done);
    // A node that hangs answers nothing: whoever stops its actors does not wait for that for ever.
    let isOver = false;
    const once = (): void => {
      if (isOver) return;
      isOver = true;
      this.kernel.timers.cancel(timer);
      done();
    };
    const timer = this.kernel.timers.after((shutdown === 'kill' ? 0 : shutdown) + STOP_GRACE, () => {
      this.kernel.host.log.warn({ actor: this.ref.toString() }, 'an actor on another node did not stop in time');
      once();
    });
    this.request({ op: 'child-discard', id: this.ref.id, reason }, once);
  }

  revive(reason: StopReason, done: (failure?: Failure) => void): void {
    if (!this.hasEnded || this.discarded !== undefined) return done();
    const { kernel } = this;
    const node = this.ref.nodeIndex;
    let life = 0;
    this.isReviving = true;
    this.endedEarly = undefined;
    kernel.nodes
      .whenUp(node)
      .then(async () => {
        if (this.discarded !== undefined) return done();
        life = kernel.nodes.life(node);
        const message: ControlMessage = this.isLost
          ? { ...this.order, id: this.ref.id }
          : { op: 'child-revive', id: this.ref.id, reason };
        await kernel.control.call(node, message);
        // The answer may be its node's last word.
        if (life !== kernel.nodes.life(node)) throw kernel.control.nodeDown(node);
        // On a restarted node it has started: only its supervisor knows that it has not for the first time.
        if (this.isLost) kernel.observers.tell({ type: 'restarted', actor: this.ref, reason });
        kernel.remoteChildren.found(this);
        // Stopped while it started.
        if (this.discarded === undefined) this.hasEnded = false;
        else kernel.departures.control(node, { op: 'child-discard', id: this.ref.id, reason: this.discarded });
        this.isReviving = false;
        done();
        const reasonAgain = this.endedEarly;
        if (reasonAgain !== undefined && this.ended(reasonAgain))
          kernel.supervisorOf(this.parent).onEnd(this, reasonAgain);
      })
      .catch((error) => {
        this.isReviving = false;
        if (this.discarded !== undefined) return done();
        // No supervisor can do anything about either: it goes on without this child.
        if (kernel.nodes.isGone(node)) return this.giveUp('its node stays down', error, () => done());
        if (this.isLost && isTroupeError(error, 'TROUPE_NAME_TAKEN'))
          return this.giveUp('another has taken its name while its node was down', error, () => done());
        // The node ended once more before it had answered: its next restart brings the next try.
        if (!kernel.isUp(node) || life !== kernel.nodes.life(node)) this.revive(reason, done);
        else done({ error });
      });
  }

  private giveUp(why: string, error: unknown, done: () => void): void {
    this.kernel.host.log.error({ actor: this.ref.toString(), err: error }, `an actor is given up: ${why}`);
    this.discard({ kind: 'killed', error }, done);
  }

  /** @returns whether its supervisor is to be told now */
  ended(reason: StopReason): boolean {
    if (this.isReviving) this.endedEarly = reason;
    if (this.hasEnded) return false;
    this.hasEnded = true;
    return true;
  }

  private request(message: ControlMessage, done: () => void): void {
    this.kernel.control.call(this.ref.nodeIndex, message).then(done, (error) => {
      this.kernel.host.log.warn(
        { actor: this.ref.toString(), err: error, op: message.op },
        'a child on another node did not answer',
      );
      done();
    });
  }
}

/** A supervisor on another node, as its child's node sees it. */
export class RemoteParent {
  private readonly kernel: Kernel;
  readonly node: number;
  readonly id: number;

  constructor(kernel: Kernel, node: number, id: number) {
    this.kernel = kernel;
    this.node = node;
    this.id = id;
  }

  childEnded(child: Cell, reason: StopReason): void {
    this.kernel.departures.control(this.node, { op: 'child-ended', parent: this.id, id: child.ref.id, reason });
  }

  childGone(child: Cell, reason: StopReason): void {
    if (this.kernel.isUp(this.node))
      this.kernel.departures.control(this.node, { op: 'child-gone', parent: this.id, id: child.ref.id, reason });
  }
}

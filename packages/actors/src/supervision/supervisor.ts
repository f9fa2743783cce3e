/**
 * Carries out a supervisor's decisions: stops in reverse start order, starts in start order, one plan after the other.
 *
 * Decisions are made by the pure core beside it; children may live on other nodes.
 */

import type { Cell } from '../cell.ts';
import { Flag } from '../cell.ts';
import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { isAbnormal, KILLED, SHUTDOWN, type StopReason } from '../reason.ts';
import type { Child } from './family.ts';
import type { SupervisionPolicy } from './policy.ts';
import type { Steps } from './steps.ts';
import { mustRestart, onChildEnd, type Plan, supervisorState } from './supervisor-core.ts';

/** What has its turn calls back when it is done. */
type Turn = (done: () => void) => void;

export class Supervisor {
  private readonly kernel: Kernel;
  private readonly cell: Cell;
  readonly state: ReturnType<typeof supervisorState>;
  /** What becomes of one child concerns others: one thing is done at a time, be it a plan or a start, as in OTP. */
  private readonly takesTurns: boolean;
  private waiting: Turn[] = [];
  private isBusy = false;

  constructor(cell: Cell, policy: SupervisionPolicy = cell.type.supervision) {
    this.cell = cell;
    this.kernel = cell.kernel;
    this.state = supervisorState(policy);
    this.takesTurns = policy.strategy !== 'one-for-one' || policy.autoShutdown !== 'never';
  }

  /** A child's incarnation has ended, and not by this supervisor's order. */
  onEnd(child: Child, reason: StopReason): void {
    if (!this.takesTurns) this.decide(child, reason, () => {});
    else this.inTurn((done) => this.decide(child, reason, done));
  }

  /** A node has ended, and with it these children: one event, however many they are; the node's own supervisor counts it. */
  onNodeEnd(ended: readonly Child[], reason: StopReason): void {
    const { strategy } = this.state.policy;
    for (const child of ended) if (!mustRestart(child.policy, reason)) this.onEnd(child, reason);
    const restarted = ended.filter((child) => mustRestart(child.policy, reason));
    const first = restarted[0];
    if (first === undefined) return;
    if (strategy !== 'one-for-one') this.onEnd(first, reason);
    else
      for (const child of restarted) {
        if (!this.takesTurns) this.startNext([child], 0, child, reason, () => {});
        else this.inTurn((done) => this.startNext([child], 0, child, reason, done));
      }
  }

  /** A start must wait: something is under way that concerns all children. */
  get mustWait(): boolean {
    return this.isBusy;
  }

  /**
   * The turn of a start: 1. a child's spawn is under way; 2. its elder ends, and all are restarted, but for this one, which
   * nobody knows yet; 3. it starts, and works on with an elder that is younger.
   *
   * @returns what gives the turn back
   */
  turn(): Promise<() => void> {
    if (!this.takesTurns) return Promise.resolve(() => {});
    return new Promise((resolve) => this.inTurn(resolve));
  }

  /** The incarnation ends: there is nothing left to decide, and starts that wait find that out. */
  over(): void {
    const waiting = this.waiting.splice(0);
    for (const act of waiting) act(() => {});
  }

  private get isOver(): boolean {
    return (this.cell.flags & (Flag.Stopping | Flag.Failed | Flag.Stopped)) !== 0;
  }

  private inTurn(act: Turn): void {
    this.waiting.push(act);
    this.next();
  }

  /** In a loop: of thousands of ends that wait, each may be dealt with at once. */
  private next(): void {
    while (!this.isBusy) {
      const act = this.waiting.shift();
      if (act === undefined) return;
      this.isBusy = true;
      let isSynchronous = true;
      act(() => {
        this.isBusy = false;
        if (!isSynchronous) this.next();
      });
      isSynchronous = false;
    }
  }

  private decide(child: Child, reason: StopReason, done: () => void): void {
    // A plan that touched all siblings may have revived it already, and an order may have stopped it for good.
    if (this.isOver) child.discard(reason, () => {});
    else if (child.hasEnded && this.cell.more?.children?.has(child)) return this.plan(child, reason, done);
    done();
  }

  private plan(child: Child, reason: StopReason, done: () => void): void {
    const { clock, choose } = this.kernel.host;
    const children = this.takesTurns ? (this.cell.more?.children?.toArray() ?? []) : [child];
    const plan = onChildEnd(this.state, children, child, reason, clock.now(), choose);
    if (plan.do === 'restart') return this.restart(plan, child, reason, done);
    if (plan.do === 'escalate') this.escalate(plan.restarts, child, reason);
    else {
      child.discard(reason, () => {});
      if (plan.do === 'shutdown') this.kernel.lifecycle.stopItself(this.cell, SHUTDOWN);
    }
    done();
  }

  private restart(
    { stop, forget, start, delay }: Plan<Child> & { readonly do: 'restart' },
    child: Child,
    reason: StopReason,
    done: () => void,
  ): void {
    haltAll(stop, 0, () => {
      for (const forgotten of forget) forgotten.discard(SHUTDOWN, () => {});
      if (delay > 0) this.kernel.timers.after(delay, () => this.startNext(start, 0, child, reason, done));
      else this.startNext(start, 0, child, reason, done);
    });
  }

  /** `failed` is the one that ended by itself, for this reason. */
  private startNext(
    children: readonly Child[],
    from: number,
    failed: Child,
    reason: StopReason,
    done: () => void,
  ): void {
    for (let at = from; at < children.length; at++) {
      if (this.isOver) break;
      const child = children[at] as Child;
      if (!child.hasEnded) continue;
      child.startedAt = this.kernel.host.clock.now();
      let isDone = false;
      let isSynchronous = true;
      child.revive(child === failed ? reason : SHUTDOWN, (failure) => {
        if (failure !== undefined) return this.startFailed(child, failure.error, done);
        isDone = true;
        if (!isSynchronous) this.startNext(children, at + 1, failed, reason, done);
      });
      isSynchronous = false;
      if (!isDone) return;
    }
    done();
  }

  /**
   * A start that fails is one more end of that child, in the same turn. Only the next turn of the event loop deals with it:
   * one that fails again and again, as often as the intensity allows, does not keep its node from all else.
   */
  private startFailed(child: Child, error: unknown, done: () => void): void {
    this.kernel.host.turns.later(() => {
      // The supervisor may have been restarted meanwhile: the child went with its last incarnation.
      if (this.cell.more?.supervisor === this) this.decide(child, { kind: 'error', error }, done);
    });
  }

  private escalate(restarts: number, child: Child, reason: StopReason): void {
    const { intensity, period } = this.state.policy;
    const error = actorError(
      'TROUPE_RESTART_INTENSITY',
      `Expected at most ${intensity} restarts in ${period} ms under ${this.cell}, got ${restarts}; the last child to end was ${child.ref} (${reason.kind}). Mend the cause, or allow more by supervision: { intensity, period }.`,
      { supervisor: this.cell.toString(), child: child.ref.toString(), restarts, intensity, period },
      reason.error,
    );
    child.discard(isAbnormal(reason) ? reason : KILLED, () => {});
    this.kernel.lifecycle.failed(this.cell, error, 'supervision');
  }
}

/** Stops children one after the other, in the order given. */
function haltAll(children: readonly Child[], from: number, done: () => void): void {
  for (let at = from; at < children.length; at++) {
    const child = children[at] as Child;
    if (child.hasEnded) continue;
    let isDone = false;
    let isSynchronous = true;
    child.halt(SHUTDOWN, () => {
      isDone = true;
      if (!isSynchronous) haltAll(children, at + 1, done);
    });
    isSynchronous = false;
    if (!isDone) return;
  }
  done();
}

/** Stops all children for good, the last started first. */
export function discardAll(children: readonly Child[], reason: StopReason, steps: Steps, done: () => void): void {
  discardFrom(children, children.length - 1, reason, steps, done);
}

function discardFrom(
  children: readonly Child[],
  from: number,
  reason: StopReason,
  steps: Steps,
  done: () => void,
): void {
  for (let at = from; at >= 0; at--) {
    const child = children[at] as Child;
    let isDone = false;
    let isSynchronous = true;
    child.discard(reason, () => {
      isDone = true;
      if (!isSynchronous) steps.run(() => discardFrom(children, at - 1, reason, steps, done));
    });
    isSynchronous = false;
    if (!isDone) return;
  }
  done();
}

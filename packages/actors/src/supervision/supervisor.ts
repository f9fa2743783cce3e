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

interface End {
  readonly child: Child;
  readonly reason: StopReason;
}

export class Supervisor {
  private readonly kernel: Kernel;
  private readonly cell: Cell;
  readonly state: ReturnType<typeof supervisorState>;
  /** Ends that wait for the plan under way; only strategies that touch siblings need to wait. */
  private readonly waiting: End[] = [];
  private isBusy = false;

  constructor(cell: Cell, policy: SupervisionPolicy = cell.type.supervision) {
    this.cell = cell;
    this.kernel = cell.kernel;
    this.state = supervisorState(policy);
  }

  /** A child's incarnation has ended, and not by this supervisor's order. */
  onEnd(child: Child, reason: StopReason): void {
    if ((this.cell.flags & (Flag.Stopping | Flag.Failed | Flag.Stopped)) !== 0) return child.discard(reason, () => {});
    if (this.isBusy) {
      this.waiting.push({ child, reason });
      return;
    }
    const { strategy, autoShutdown } = this.state.policy;
    const { clock, choose } = this.kernel.host;
    const children = strategy === 'one-for-one' && autoShutdown === 'never' ? [child] : this.children();
    this.carryOut(onChildEnd(this.state, children, child, reason, clock.now(), choose), child, reason);
  }

  /** A node has ended, and with it these children: one event, however many they are; the node's own supervisor counts it. */
  onNodeEnd(ended: readonly Child[], reason: StopReason): void {
    const { strategy } = this.state.policy;
    for (const child of ended) if (!mustRestart(child.policy, reason)) this.onEnd(child, reason);
    const restarted = ended.filter((child) => mustRestart(child.policy, reason));
    const first = restarted[0];
    if (first === undefined) return;
    if (strategy !== 'one-for-one') this.onEnd(first, reason);
    else for (const child of restarted) this.start([child], reason, 0);
  }

  private children(): Child[] {
    return this.cell.more?.children?.toArray() ?? [];
  }

  private carryOut(plan: Plan<Child>, child: Child, reason: StopReason): void {
    switch (plan.do) {
      case 'forget':
        return child.discard(reason, () => {});
      case 'restart':
        return this.restart(plan, child, reason);
      case 'escalate':
        return this.escalate(plan.restarts, child, reason);
      case 'shutdown':
        child.discard(reason, () => {});
        return this.kernel.lifecycle.stopItself(this.cell, SHUTDOWN);
      default:
        return plan satisfies never;
    }
  }

  private restart(plan: Plan<Child> & { readonly do: 'restart' }, child: Child, reason: StopReason): void {
    if (plan.stop.length === 0) return this.start(plan.start, reason, plan.delay);
    this.isBusy = true;
    haltAll(plan.stop, 0, () => {
      for (const forgotten of plan.forget) forgotten.discard(SHUTDOWN, () => {});
      this.start(plan.start, reason, plan.delay, child);
    });
  }

  private start(children: readonly Child[], reason: StopReason, delay: number, failed?: Child): void {
    if (delay > 0) this.kernel.timers.after(delay, () => this.startNext(children, 0, reason, failed));
    else this.startNext(children, 0, reason, failed);
  }

  private startNext(children: readonly Child[], from: number, reason: StopReason, failed: Child | undefined): void {
    for (let at = from; at < children.length; at++) {
      if ((this.cell.flags & (Flag.Stopping | Flag.Failed | Flag.Stopped)) !== 0) break;
      const child = children[at] as Child;
      if (!child.hasEnded) continue;
      child.startedAt = this.kernel.host.clock.now();
      let isDone = false;
      let isSynchronous = true;
      child.revive(failed === undefined || child === failed ? reason : SHUTDOWN, (failure) => {
        if (failure !== undefined) return this.startFailed(child, failure.error);
        isDone = true;
        if (!isSynchronous) this.startNext(children, at + 1, reason, failed);
      });
      isSynchronous = false;
      if (!isDone) return;
    }
    this.finished();
  }

  /**
   * A start that fails is one more end of that child; those after it wait for that plan. Only the next turn of the event loop
   * deals with it: one that fails again and again, as often as the intensity allows, does not keep its node from all else.
   */
  private startFailed(child: Child, error: unknown): void {
    this.isBusy = true;
    this.kernel.host.turns.later(() => {
      // The supervisor may have been restarted meanwhile: the child went with its last incarnation.
      if (this.cell.more?.supervisor !== this) return;
      this.isBusy = false;
      this.onEnd(child, { kind: 'error', error });
      if (!this.isBusy) this.finished();
    });
  }

  private finished(): void {
    this.isBusy = false;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      // A plan that touched all siblings may have revived it already.
      if (!next.child.hasEnded) continue;
      this.onEnd(next.child, next.reason);
      // Whoever finishes that plan goes on with those that wait.
      if (this.isBusy) return;
    }
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

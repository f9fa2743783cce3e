/**
 * Links. One ties two incarnations: when the first of them ends, the other is told, or ends too.
 *
 * After OTP: when a node ends, whoever is linked to an actor there is told at once, whether or not it will be restarted.
 */

import { isTroupeError } from '@troupe/protocol';
import { Signal } from './actor-type.ts';
import { type Cell, Flag } from './cell.ts';
import { CellsByRef } from './cells-by-ref.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { NodeQuota } from './node-quota.ts';
import { KILLED, SHUTDOWN, type StopReason } from './reason.ts';
import type { ActorRef } from './ref.ts';

export class Links {
  private readonly kernel: Kernel;
  /** By actors elsewhere: this node's that are linked to them. */
  private readonly abroad = new CellsByRef();
  private readonly quota: NodeQuota;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.quota = new NodeQuota(kernel, 'links');
  }

  link(cell: Cell, other: ActorRef): void {
    if (other === cell.ref) return;
    (cell.extra.links ??= new Set()).add(other);
    if (other.isAbsent)
      this.kernel.recovery.whenSettled(other.id, () => {
        if (cell.more?.links?.has(other) !== true) return;
        if (other.cell === undefined) this.exit(cell, other, KILLED);
        else this.link(cell, other);
      });
    else if (other.cell === undefined) {
      if (this.abroad.add(other, cell)) this.quota.add(other.nodeIndex);
      if (!this.kernel.isUp(other.nodeIndex)) this.exit(cell, other, this.kernel.nodes.endOf(other.nodeIndex));
      else {
        this.kernel.refs.exportId(cell);
        this.kernel.departures.control(other.nodeIndex, { op: 'link', from: cell.ref, id: other.id });
      }
    } else if ((other.cell.flags & Flag.Stopped) !== 0) this.exit(cell, other, KILLED);
    else {
      other.cell.record();
      (other.cell.extra.links ??= new Set()).add(cell.ref);
    }
  }

  /** As it was in a snapshot: the other side is restored likewise. */
  restored(cell: Cell, other: ActorRef): void {
    (cell.extra.links ??= new Set()).add(other);
    if (other.cell === undefined && this.abroad.add(other, cell)) this.quota.add(other.nodeIndex);
  }

  unlink(cell: Cell, other: ActorRef): void {
    cell.more?.links?.delete(other);
    if (other.cell === undefined) {
      this.unlinkAbroad(other, cell);
      if (!other.isAbsent && this.kernel.isUp(other.nodeIndex))
        this.kernel.departures.control(other.nodeIndex, { op: 'unlink', from: cell.ref, id: other.id });
    } else {
      other.cell.record();
      other.cell.more?.links?.delete(cell.ref);
    }
  }

  linkFrom(from: ActorRef, id: number): void {
    const cell = this.kernel.exported(id);
    if (cell === undefined && this.kernel.recovery.expects(id))
      return this.kernel.recovery.later(`link ${from.nodeIndex}/${from.id}/${id}`, id, () => this.linkFrom(from, id));
    if (!this.kernel.isUp(from.nodeIndex)) return;
    if (cell === undefined)
      return this.kernel.departures.control(from.nodeIndex, {
        op: 'exit',
        from: this.kernel.deadRef(id),
        id: from.id,
        reason: KILLED,
      });
    if (!this.abroad.has(from, cell)) {
      try {
        this.quota.take(from.nodeIndex);
      } catch (error) {
        const reason: StopReason = { kind: 'killed', error };
        return this.kernel.departures.control(from.nodeIndex, { op: 'exit', from: cell.ref, id: from.id, reason });
      }
    }
    cell.record();
    (cell.extra.links ??= new Set()).add(from);
    this.abroad.add(from, cell);
  }

  unlinkFrom(from: ActorRef, id: number): void {
    this.kernel.recovery.takeBack(`link ${from.nodeIndex}/${from.id}/${id}`);
    const cell = this.kernel.exported(id);
    cell?.record();
    cell?.more?.links?.delete(from);
    if (cell !== undefined) this.unlinkAbroad(from, cell);
  }

  exitFrom(from: ActorRef, id: number, reason: StopReason): void {
    const cell = this.kernel.exported(id);
    if (cell === undefined) return;
    this.unlinkAbroad(from, cell);
    this.exit(cell, from, reason);
  }

  /** A failed or stopped incarnation: its links break, and the linked are told. */
  incarnationEnded(cell: Cell, reason: StopReason): void {
    const links = cell.more?.links;
    if (links === undefined || cell.more === undefined) return;
    cell.more.links = undefined;
    for (const other of links) {
      if (other.cell !== undefined) this.exit(other.cell, cell.ref, reason);
      else {
        this.unlinkAbroad(other, cell);
        if (this.kernel.isUp(other.nodeIndex))
          this.kernel.departures.control(other.nodeIndex, { op: 'exit', from: cell.ref, id: other.id, reason });
      }
    }
  }

  onNodeDown(node: number): void {
    this.quota.clear(node);
    const reason = this.kernel.nodes.endOf(node);
    for (const ref of this.abroad.of(node)) for (const cell of this.abroad.take(ref)) this.exit(cell, ref, reason);
  }

  private unlinkAbroad(other: ActorRef, cell: Cell): void {
    if (this.abroad.remove(other, cell)) this.quota.give(other.nodeIndex);
  }

  private exit(cell: Cell, from: ActorRef, reason: StopReason): void {
    cell.record();
    if ((cell.flags & Flag.Stopped) !== 0 || cell.more?.links?.delete(from) !== true) return;
    if (cell.type.spec.signals?.exit !== undefined) cell.signal(Signal.Exit, { ref: from, reason });
    else if (reason.kind === 'shutdown') this.kernel.lifecycle.stopItself(cell, SHUTDOWN);
    else if (reason.kind !== 'normal') {
      // The cause is what ended the first of them: chains of links as long as they may be make no chain of causes.
      const cause = isTroupeError(reason.error, 'TROUPE_LINKED_EXIT') ? reason.error.cause : reason.error;
      const error = actorError(
        'TROUPE_LINKED_EXIT',
        `${cell} is linked to ${from}, which ended (${reason.kind}). Give it a signals.exit handler if it should go on.`,
        { from: from.toString() },
        cause,
      );
      this.kernel.lifecycle.failed(cell, error, 'link');
    }
  }
}

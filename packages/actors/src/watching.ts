/**
 * Links and monitors. A link ties incarnations: when one ends, the other is told, or ends too. A monitor waits for the stop
 * of its target, and ends with the incarnation that set it.
 *
 * After OTP: when a node ends, whoever watched an actor there is told at once, whether or not it will be restarted.
 */

import { isTroupeError } from '@troupe/protocol';
import { Signal } from './actor-type.ts';
import { type Cell, Flag } from './cell.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { NodeQuota } from './node-quota.ts';
import { optionInvalid } from './overflow.ts';
import { KILLED, NORMAL, SHUTDOWN, type StopReason } from './reason.ts';
import { type ActorRef, isRef } from './ref.ts';
import { NOBODY } from './wire.ts';

export class Watching {
  private readonly kernel: Kernel;
  /** What each of this node's actors monitors. */
  private readonly monitored = new Map<Cell, Set<ActorRef>>();
  /** Monitors of this node's actors on actors elsewhere: target → watchers. */
  private readonly abroad = new Map<ActorRef, Set<Cell>>();
  /** Links of this node's actors to actors elsewhere. */
  private readonly linksAbroad = new Map<ActorRef, Set<Cell>>();
  private readonly monitorQuota: NodeQuota;
  private readonly linkQuota: NodeQuota;
  /** What others want of actors of an earlier life of this node. */
  private readonly waiting = new Set<string>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.monitorQuota = new NodeQuota(kernel, 'monitors');
    this.linkQuota = new NodeQuota(kernel, 'links');
  }

  /** @throws TROUPE_OPTION_INVALID */
  monitor(watcher: Cell, target: ActorRef): void {
    mustBeRef('ctx.monitor', target);
    const targets = this.monitored.get(watcher);
    if (targets === undefined) this.monitored.set(watcher, new Set([target]));
    else targets.add(target);
    if (this.isAbsent(target))
      this.whenKnown(target, () => {
        if (this.monitored.get(watcher)?.has(target) !== true) return;
        if (target.cell === undefined) this.tellDown(watcher, target, NORMAL);
        else this.monitor(watcher, target);
      });
    else if (target.cell === undefined) {
      add(this.abroad, target, watcher);
      if (!this.kernel.isUp(target.nodeIndex))
        this.tellDown(watcher, target, nodeReason(this.kernel, target.nodeIndex));
      else
        this.kernel.departures.control(target.nodeIndex, {
          op: 'monitor',
          watcher: this.kernel.refs.exportId(watcher),
          id: target.id,
        });
    } else if ((target.cell.flags & Flag.Stopped) !== 0) this.tellDown(watcher, target, NORMAL);
    else
      (target.cell.extra.watchers ??= new Map()).set(
        `${watcher.kernel.index}/${watcher.serial}`,
        (reason: StopReason) => this.tellDown(watcher, target, reason),
      );
  }

  demonitor(watcher: Cell, target: ActorRef): void {
    mustBeRef('ctx.demonitor', target);
    this.forgetMonitor(watcher, target);
    if (target.cell === undefined) {
      remove(this.abroad, target, watcher);
      if (!this.isAbsent(target) && this.kernel.isUp(target.nodeIndex))
        this.kernel.departures.control(target.nodeIndex, {
          op: 'demonitor',
          watcher: this.kernel.refs.exportId(watcher),
          id: target.id,
        });
    } else target.cell.more?.watchers?.delete(`${watcher.kernel.index}/${watcher.serial}`);
  }

  /** Another node's actor monitors one of this node. */
  monitorFrom(node: number, watcher: number, id: number): void {
    const cell = this.kernel.exported(id);
    let counts = false;
    if (cell === undefined && this.kernel.recovery.expects(id))
      return this.later(`monitor ${node}/${watcher}/${id}`, id, () => this.monitorFrom(node, watcher, id));
    const life = this.kernel.nodes.life(node);
    const down = (reason: StopReason): void => {
      if (this.kernel.nodes.life(node) !== life) return;
      if (counts) this.monitorQuota.give(node);
      if (this.kernel.isUp(node))
        this.kernel.departures.control(node, {
          op: 'down',
          watcher,
          ref: cell?.ref ?? this.kernel.deadRef(id),
          reason,
        });
    };
    if (cell === undefined) down(this.kernel.recovery.isLate(id) ? nodeReason(this.kernel, this.kernel.index) : NORMAL);
    else {
      const watchers = (cell.extra.watchers ??= new Map());
      const key = `${node}/x${watcher}`;
      try {
        if (!watchers.has(key)) this.monitorQuota.take(node);
        counts = true;
        watchers.set(key, down);
      } catch (error) {
        down({ kind: 'killed', error });
      }
    }
  }

  demonitorFrom(node: number, watcher: number, id: number): void {
    this.waiting.delete(`monitor ${node}/${watcher}/${id}`);
    if (this.kernel.exported(id)?.more?.watchers?.delete(`${node}/x${watcher}`)) this.monitorQuota.give(node);
  }

  /** The notice for `monitor`, from another node. */
  downFrom(watcher: number, target: ActorRef, reason: StopReason): void {
    if (watcher === NOBODY) return this.kernel.followed.onStopped(target);
    const cell = this.kernel.exported(watcher);
    if (cell !== undefined && remove(this.abroad, target, cell)) this.tellDown(cell, target, reason);
  }

  /** @throws TROUPE_OPTION_INVALID */
  link(cell: Cell, other: ActorRef): void {
    mustBeRef('ctx.link', other);
    if (other === cell.ref) return;
    (cell.extra.links ??= new Set()).add(other);
    if (this.isAbsent(other))
      this.whenKnown(other, () => {
        if (cell.more?.links?.has(other) !== true) return;
        if (other.cell === undefined) this.exit(cell, other, KILLED);
        else this.link(cell, other);
      });
    else if (other.cell === undefined) {
      if (add(this.linksAbroad, other, cell)) this.linkQuota.add(other.nodeIndex);
      if (!this.kernel.isUp(other.nodeIndex)) this.exit(cell, other, nodeReason(this.kernel, other.nodeIndex));
      else {
        this.kernel.refs.exportId(cell);
        this.kernel.departures.control(other.nodeIndex, { op: 'link', from: cell.ref, id: other.id });
      }
    } else if ((other.cell.flags & Flag.Stopped) !== 0) this.exit(cell, other, KILLED);
    else (other.cell.extra.links ??= new Set()).add(cell.ref);
  }

  unlink(cell: Cell, other: ActorRef): void {
    mustBeRef('ctx.unlink', other);
    cell.more?.links?.delete(other);
    if (other.cell === undefined) {
      this.unlinkAbroad(other, cell);
      if (!this.isAbsent(other) && this.kernel.isUp(other.nodeIndex))
        this.kernel.departures.control(other.nodeIndex, { op: 'unlink', from: cell.ref, id: other.id });
    } else other.cell.more?.links?.delete(cell.ref);
  }

  linkFrom(from: ActorRef, id: number): void {
    const cell = this.kernel.exported(id);
    if (cell === undefined && this.kernel.recovery.expects(id))
      return this.later(`link ${from.nodeIndex}/${from.id}/${id}`, id, () => this.linkFrom(from, id));
    if (!this.kernel.isUp(from.nodeIndex)) return;
    if (cell === undefined)
      return this.kernel.departures.control(from.nodeIndex, {
        op: 'exit',
        from: this.kernel.deadRef(id),
        id: from.id,
        reason: KILLED,
      });
    if (this.linksAbroad.get(from)?.has(cell) !== true) {
      try {
        this.linkQuota.take(from.nodeIndex);
      } catch (error) {
        const reason: StopReason = { kind: 'killed', error };
        return this.kernel.departures.control(from.nodeIndex, { op: 'exit', from: cell.ref, id: from.id, reason });
      }
    }
    (cell.extra.links ??= new Set()).add(from);
    add(this.linksAbroad, from, cell);
  }

  unlinkFrom(from: ActorRef, id: number): void {
    this.waiting.delete(`link ${from.nodeIndex}/${from.id}/${id}`);
    const cell = this.kernel.exported(id);
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
    for (const target of this.monitored.get(cell) ?? []) this.demonitor(cell, target);
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

  stopped(cell: Cell, reason: StopReason): void {
    this.incarnationEnded(cell, reason);
    const watchers = cell.more?.watchers;
    if (watchers !== undefined) for (const tellDown of watchers.values()) tellDown(reason);
  }

  /** A ref abroad that will not come back. */
  refIsDead(ref: ActorRef, reason: StopReason): void {
    const watchers = this.abroad.get(ref);
    this.abroad.delete(ref);
    for (const watcher of watchers ?? []) this.tellDown(watcher, ref, reason);
  }

  onNodeDown(node: number): void {
    const reason = nodeReason(this.kernel, node);
    this.monitorQuota.clear(node);
    this.linkQuota.clear(node);
    for (const ref of [...this.abroad.keys()]) if (ref.nodeIndex === node) this.refIsDead(ref, reason);
    for (const [ref, cells] of [...this.linksAbroad]) {
      if (ref.nodeIndex !== node) continue;
      this.linksAbroad.delete(ref);
      for (const cell of cells) this.exit(cell, ref, reason);
    }
  }

  private unlinkAbroad(other: ActorRef, cell: Cell): void {
    if (remove(this.linksAbroad, other, cell)) this.linkQuota.give(other.nodeIndex);
  }

  /** An actor of an earlier life of this node, whose supervisor elsewhere may start it again. */
  private isAbsent(ref: ActorRef): boolean {
    return ref.cell === undefined && ref.nodeIndex === this.kernel.index;
  }

  private whenKnown(ref: ActorRef, then: () => void): void {
    if (this.kernel.recovery.expects(ref.id)) this.kernel.recovery.whenKnown(ref.id, then);
    else then();
  }

  /** Once the actor is known, unless it was taken back. */
  private later(what: string, id: number, then: () => void): void {
    if (this.waiting.has(what)) return;
    this.waiting.add(what);
    this.kernel.recovery.whenKnown(id, () => {
      if (this.waiting.delete(what)) then();
    });
  }

  private exit(cell: Cell, from: ActorRef, reason: StopReason): void {
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

  private forgetMonitor(watcher: Cell, target: ActorRef): void {
    const targets = this.monitored.get(watcher);
    if (targets?.delete(target) && targets.size === 0) this.monitored.delete(watcher);
  }

  private tellDown(watcher: Cell, ref: ActorRef, reason: StopReason): void {
    this.forgetMonitor(watcher, ref);
    if (watcher.type.spec.signals?.down === undefined) {
      this.kernel.host.log.warn(
        { actor: watcher.toString(), of: ref.toString() },
        'a monitored actor stopped, and its monitor has no signals.down handler',
      );
      return;
    }
    watcher.signal(Signal.Down, { ref, reason });
  }
}

/** What is no ref would stand in the tables, and end the node when they are gone through. */
function mustBeRef(what: string, given: unknown): void {
  if (!isRef(given)) throw optionInvalid(`what ${what} is given`, 'a ref of an actor', given);
}

const nodeReason = (kernel: Kernel, node: number): StopReason => ({
  kind: 'killed',
  error: kernel.control.nodeDown(node),
});

/** @returns whether it is new */
function add(map: Map<ActorRef, Set<Cell>>, ref: ActorRef, cell: Cell): boolean {
  const cells = map.get(ref);
  if (cells?.has(cell)) return false;
  if (cells === undefined) map.set(ref, new Set([cell]));
  else cells.add(cell);
  return true;
}

function remove(map: Map<ActorRef, Set<Cell>>, ref: ActorRef, cell: Cell): boolean {
  const cells = map.get(ref);
  if (cells === undefined || !cells.delete(cell)) return false;
  if (cells.size === 0) map.delete(ref);
  return true;
}

/**
 * Monitors. One waits for the stop of its target, and ends with the incarnation that set it.
 *
 * After OTP: when a node ends, whoever monitors an actor there is told at once, whether or not it will be restarted.
 */

import { Signal } from './actor-type.ts';
import { type Cell, Flag } from './cell.ts';
import { CellsByRef } from './cells-by-ref.ts';
import type { Kernel } from './kernel.ts';
import { NodeQuota } from './node-quota.ts';
import { NORMAL, type StopReason } from './reason.ts';
import type { ActorRef } from './ref.ts';
import { NOBODY } from './wire.ts';

export class Monitors {
  private readonly kernel: Kernel;
  /** What each of this node's actors monitors. */
  private readonly monitored = new Map<Cell, Set<ActorRef>>();
  /** By their targets elsewhere: this node's actors that monitor them. */
  private readonly abroad = new CellsByRef();
  private readonly quota: NodeQuota;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.quota = new NodeQuota(kernel, 'monitors');
  }

  targetsOf(watcher: Cell): Iterable<ActorRef> {
    return this.monitored.get(watcher) ?? [];
  }

  monitor(watcher: Cell, target: ActorRef): void {
    const targets = this.monitored.get(watcher);
    if (targets === undefined) this.monitored.set(watcher, new Set([target]));
    else targets.add(target);
    if (target.isAbsent)
      this.kernel.recovery.whenSettled(target.id, () => {
        if (this.monitored.get(watcher)?.has(target) !== true) return;
        if (target.cell === undefined) this.tellDown(watcher, target, NORMAL);
        else this.monitor(watcher, target);
      });
    else if (target.cell === undefined) {
      this.abroad.add(target, watcher);
      if (!this.kernel.isUp(target.nodeIndex))
        this.tellDown(watcher, target, this.kernel.nodes.endOf(target.nodeIndex));
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
    this.forgetMonitor(watcher, target);
    if (target.cell === undefined) {
      this.abroad.remove(target, watcher);
      if (!target.isAbsent && this.kernel.isUp(target.nodeIndex))
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
      return this.kernel.recovery.later(`monitor ${node}/${watcher}/${id}`, id, () =>
        this.monitorFrom(node, watcher, id),
      );
    const life = this.kernel.nodes.life(node);
    const down = (reason: StopReason): void => {
      if (this.kernel.nodes.life(node) !== life) return;
      if (counts) this.quota.give(node);
      if (this.kernel.isUp(node))
        this.kernel.departures.control(node, {
          op: 'down',
          watcher,
          ref: cell?.ref ?? this.kernel.deadRef(id),
          reason,
        });
    };
    if (cell === undefined) down(this.kernel.recovery.isLate(id) ? this.kernel.nodes.endOf(this.kernel.index) : NORMAL);
    else {
      const watchers = (cell.extra.watchers ??= new Map());
      const key = `${node}/x${watcher}`;
      try {
        if (!watchers.has(key)) this.quota.take(node);
        counts = true;
        watchers.set(key, down);
      } catch (error) {
        down({ kind: 'killed', error });
      }
    }
  }

  demonitorFrom(node: number, watcher: number, id: number): void {
    this.kernel.recovery.takeBack(`monitor ${node}/${watcher}/${id}`);
    if (this.kernel.exported(id)?.more?.watchers?.delete(`${node}/x${watcher}`)) this.quota.give(node);
  }

  /** The notice for `monitor`, from another node. */
  downFrom(watcher: number, target: ActorRef, reason: StopReason): void {
    if (watcher === NOBODY) return this.kernel.followed.onStopped(target);
    const cell = this.kernel.exported(watcher);
    if (cell !== undefined && this.abroad.remove(target, cell)) this.tellDown(cell, target, reason);
  }

  /** What it monitored is let go of. */
  incarnationEnded(cell: Cell): void {
    for (const target of this.monitored.get(cell) ?? []) this.demonitor(cell, target);
  }

  stopped(cell: Cell, reason: StopReason): void {
    const watchers = cell.more?.watchers;
    if (watchers !== undefined) for (const tellDown of watchers.values()) tellDown(reason);
  }

  /** A ref abroad that will not come back. */
  refIsDead(ref: ActorRef, reason: StopReason): void {
    for (const watcher of this.abroad.take(ref)) this.tellDown(watcher, ref, reason);
  }

  onNodeDown(node: number): void {
    this.quota.clear(node);
    const reason = this.kernel.nodes.endOf(node);
    for (const ref of this.abroad.of(node)) this.refIsDead(ref, reason);
  }

  private forgetMonitor(watcher: Cell, target: ActorRef): void {
    const targets = this.monitored.get(watcher);
    if (targets?.delete(target) && targets.size === 0) this.monitored.delete(watcher);
  }

  private tellDown(watcher: Cell, ref: ActorRef, reason: StopReason): void {
    watcher.record();
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

/**
 * Which actors elsewhere have stopped, of those that this node was to follow: for routers, which are no actors and can't
 * monitor. Each is followed once, whoever wants it, until it has stopped or its node stays down.
 */

import type { Kernel } from './kernel.ts';
import type { ActorRef } from './ref.ts';
import { NOBODY } from './wire.ts';

export class Followed {
  private readonly kernel: Kernel;
  private readonly living = new Set<ActorRef>();
  private readonly stopped = new WeakSet<ActorRef>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  follow(ref: ActorRef): void {
    if (ref.cell !== undefined || ref.nodeIndex === this.kernel.index) return;
    if (this.living.has(ref) || this.stopped.has(ref)) return;
    this.living.add(ref);
    if (this.kernel.isUp(ref.nodeIndex)) this.watch(ref);
  }

  hasStopped(ref: ActorRef): boolean {
    return this.stopped.has(ref);
  }

  /** Its node says so. */
  onStopped(ref: ActorRef): void {
    if (this.living.delete(ref)) this.stopped.add(ref);
  }

  /** A node that was started again knows nothing of who follows; its actors come back, or will be said to have stopped. */
  onNodeUp(node: number): void {
    for (const ref of this.living) if (ref.nodeIndex === node) this.watch(ref);
  }

  onNodeGone(node: number): void {
    for (const ref of this.living) if (ref.nodeIndex === node) this.living.delete(ref);
  }

  private watch(ref: ActorRef): void {
    this.kernel.sendControl(ref.nodeIndex, { op: 'monitor', watcher: NOBODY, id: ref.id });
  }
}

/**
 * The first moments of a restarted node: frames for actors of its earlier life wait until their supervisors elsewhere have
 * started them again, under their old ids, or have said that they are done.
 */

import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';

/** Supervisors that have not finished by then are no longer waited for. */
const GRACE: Milliseconds = 5_000;

export class Recovery {
  private readonly kernel: Kernel;
  private readonly firstId: number;
  /** Nodes that have not said that their children here are started again. */
  private readonly awaited: Set<number>;
  private waiting: { readonly id: number; readonly resume: () => void }[] = [];

  constructor(kernel: Kernel, firstId: number, nodes: readonly number[]) {
    this.kernel = kernel;
    this.firstId = firstId;
    this.awaited = new Set(nodes);
    if (this.awaited.size > 0) kernel.timers.after(GRACE, () => this.close());
  }

  /** May an actor of this id be started again soon? */
  expects(id: number): boolean {
    return this.awaited.size > 0 && id < this.firstId;
  }

  whenKnown(id: number, resume: () => void): void {
    this.waiting.push({ id, resume });
  }

  started(id: number): void {
    if (this.waiting.length === 0) return;
    const known = this.waiting.filter((waiter) => waiter.id === id);
    this.waiting = this.waiting.filter((waiter) => waiter.id !== id);
    for (const { resume } of known) resume();
  }

  /** A node has started its children here again, or has ended. */
  done(node: number): void {
    if (this.awaited.delete(node) && this.awaited.size === 0) this.close();
  }

  private close(): void {
    this.awaited.clear();
    if (this.waiting.length > 0)
      this.kernel.host.log.debug({ frames: this.waiting.length }, 'frames were for actors that were not started again');
    for (const { resume } of this.waiting.splice(0)) resume();
  }
}

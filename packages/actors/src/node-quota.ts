/**
 * How much of another node stands in this node's tables: names, offers, watches, monitors and links that it set there. What a
 * node sets by fault, without end, is refused, so that it fills nobody's memory but its own.
 */

import { nodeBusy } from './errors.ts';
import type { Kernel } from './kernel.ts';

/** Of each sort, and of each other node. */
export const QUOTA = 262_144;

export class NodeQuota {
  private readonly kernel: Kernel;
  private readonly what: string;
  private readonly max: number;
  /** By node. */
  private readonly counts: number[] = [];

  constructor(kernel: Kernel, what: string, max: number = QUOTA) {
    this.kernel = kernel;
    this.what = what;
    this.max = max;
  }

  /** This node's own are not counted. @throws TROUPE_NODE_BUSY */
  take(node: number): void {
    const { kernel, what, max } = this;
    if (node === kernel.index) return;
    const count = this.counts[node] ?? 0;
    if (count >= max) throw nodeBusy(kernel.name, `at most ${max} ${what} of ${kernel.nodeName(node)}`);
    this.counts[node] = count + 1;
  }

  /** What this node's own actors set there is theirs to give back too, and has no bound. */
  add(node: number): void {
    this.counts[node] = (this.counts[node] ?? 0) + 1;
  }

  give(node: number): void {
    const count = this.counts[node] ?? 0;
    if (count > 0) this.counts[node] = count - 1;
  }

  /** The node has ended, and all that it set with it. */
  clear(node: number): void {
    this.counts[node] = 0;
  }
}

/** What each node of a system does, as rates: the difference of two readings of its counters. */

import type { Counters, System, SystemEvent } from '@troupe/actors';

export interface NodeReading {
  readonly node: string;
  readonly isUp: boolean;
  /** Handled since the last reading. */
  readonly messagesPerSecond: number;
  /** Messages that wait in mailboxes. */
  readonly depth: number;
  /** Of the node's thread, since the meter was made. */
  readonly restarts: number;
}

/** What a meter needs of a system. */
export interface Metered extends Pick<System, 'nodes' | 'counters'> {
  onEvent(listener: (event: SystemEvent) => void): () => void;
}

export class NodeMeter implements Disposable {
  private readonly system: Metered;
  private readonly now: () => number;
  private readonly unsubscribe: () => void;
  private readonly restarts = new Map<string, number>();
  /** Messages that were in mailboxes of threads that ended: they were enqueued, and will never begin. */
  private readonly lost = new Map<string, number>();
  private last: ReadonlyMap<string, Counters>;
  private lastAt: number;

  /** @param now milliseconds, on a clock that does not go back */
  constructor(system: Metered, now: () => number = () => performance.now()) {
    this.system = system;
    this.now = now;
    this.last = system.counters();
    this.lastAt = now();
    this.unsubscribe = system.onEvent(({ type, node }) => {
      if (type === 'node-up') this.restarts.set(node, (this.restarts.get(node) ?? 0) + 1);
      if (type === 'node-down') this.lost.set(node, waiting(system.counters().get(node)));
    });
  }

  read(): NodeReading[] {
    const at = this.now();
    const seconds = Math.max(at - this.lastAt, 1) / 1_000;
    const up = new Set(this.system.nodes);
    const counters = this.system.counters();
    const readings = [...counters].map(([node, counted]) => ({
      node,
      isUp: up.has(node),
      messagesPerSecond: Math.max(0, counted.ended - (this.last.get(node)?.ended ?? 0)) / seconds,
      // Another thread writes them one after the other: for a moment they may disagree.
      depth: Math.max(0, waiting(counted) - (this.lost.get(node) ?? 0)),
      restarts: this.restarts.get(node) ?? 0,
    }));
    this.last = counters;
    this.lastAt = at;
    return readings;
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }
}

function waiting(counters: Counters | undefined): number {
  return counters === undefined ? 0 : counters.enqueued - counters.begun;
}

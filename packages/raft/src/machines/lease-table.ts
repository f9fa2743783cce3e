/** Leases by log time, and the keys that go with them. */
import type { Ticks } from '@troupe/protocol';

export interface Lease {
  readonly id: number;
  readonly ticks: Ticks;
  expiresAt: Ticks;
  readonly keys: Set<string>;
}

const NONE: readonly Lease[] = [];

export class LeaseTable {
  private readonly leases = new Map<number, Lease>();
  /** Given out so far: the last one's id. */
  granted: number;
  /** None ends before: exact after a look at all of them, and too early after a renewal. */
  private nextEnd = Number.POSITIVE_INFINITY;

  constructor(granted = 0) {
    this.granted = granted;
  }

  get size(): number {
    return this.leases.size;
  }

  get(id: number): Lease | undefined {
    return this.leases.get(id);
  }

  /** By id. */
  all(): readonly Lease[] {
    return [...this.leases.values()].sort((a, b) => a.id - b.id);
  }

  /** @returns its id */
  grant(ticks: Ticks, expiresAt: Ticks): number {
    this.add(++this.granted, ticks, expiresAt);
    return this.granted;
  }

  add(id: number, ticks: Ticks, expiresAt: Ticks): void {
    this.leases.set(id, { id, ticks, expiresAt, keys: new Set() });
    this.nextEnd = Math.min(this.nextEnd, expiresAt);
  }

  delete(id: number): void {
    this.leases.delete(id);
  }

  /** Those that have ended before `time`, in the order of their ends. They stay until they are deleted. */
  endedBefore(time: Ticks): readonly Lease[] {
    if (time <= this.nextEnd) return NONE;
    const ended: Lease[] = [];
    this.nextEnd = Number.POSITIVE_INFINITY;
    for (const lease of this.leases.values()) {
      if (lease.expiresAt < time) ended.push(lease);
      else this.nextEnd = Math.min(this.nextEnd, lease.expiresAt);
    }
    return ended.sort((a, b) => a.expiresAt - b.expiresAt || a.id - b.id);
  }
}

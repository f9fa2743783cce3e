/**
 * Defects of the simulated host, to show that the checks of what it carries find them. Test material: a simulation without
 * them runs on a host that keeps its promises.
 */
import type { Delivery } from './lane.ts';

export interface HostDefect {
  /** A message between nodes may be delivered later, twice, or not, instead of at once. */
  readonly deliver?: (delivery: Delivery, deliver: (delivery: Delivery) => void) => void;
  /** Timers ring so much too late. Ticks. */
  readonly lateTimers?: number;
}

/** Now and then, the next message of a pair of nodes overtakes one. */
export function reordering(every: number): HostDefect {
  const held = new Map<string, Delivery>();
  let count = 0;
  return {
    deliver: (delivery, deliver) => {
      const pair = `${delivery.from}→${delivery.to}`;
      const before = held.get(pair);
      if (before !== undefined) {
        held.delete(pair);
        deliver(delivery);
        deliver(before);
      } else if (++count % every === 0) held.set(pair, delivery);
      else deliver(delivery);
    },
  };
}

/** Now and then, a message arrives twice. */
export function duplicating(every: number): HostDefect {
  let count = 0;
  return {
    deliver: (delivery, deliver) => {
      deliver(delivery);
      if (++count % every === 0) deliver(delivery);
    },
  };
}

/** Now and then, a message gets lost and nobody counts it. */
export function losing(every: number): HostDefect {
  let count = 0;
  return {
    deliver: (delivery, deliver) => {
      if (++count % every !== 0) deliver(delivery);
    },
  };
}

/** What is to happen, by time and then by order of being planned: a binary heap. */
import type { Occasion, Origin } from '../choices/chooser.ts';

export abstract class WorldEvent implements Occasion {
  /** Virtual ticks, and the order among events of one tick; the agenda's to write. */
  at = 0;
  order = 0;
  /** The span that it was planned in; the world's to write. */
  cause = 0;
  /** It is no longer to happen: it is taken out unseen. */
  isCancelled = false;
  /** It has come as late as the system model allows: the world's to write. */
  mustHappen = false;

  /** Whether the model's word on how late things may be is about this: messages, timers, disks; not a computation. */
  get mayBeLate(): boolean {
    return false;
  }

  /** Machinery of the simulation, that no strategy and no trace is to see. */
  get isInternal(): boolean {
    return false;
  }

  abstract readonly origin: Origin;
  abstract label(): string;
  abstract happen(): void;

  /** True where it can't happen now, and was put aside by whoever will let it happen (`World.happen`). */
  defer(): boolean {
    return false;
  }

  /** True where it has to come after another that is late, and is so late itself. */
  isBehindLate(): boolean {
    return false;
  }

  /** A strategy leaves it out, or it is behind one that is late. False: it is under way for ever. */
  leaveOut(until: number): boolean {
    return Number.isFinite(until);
  }
}

/** What is planned, and what of it comes next. */
export interface Plan {
  readonly first: WorldEvent | undefined;
  add(at: number, event: WorldEvent): void;
  /** Takes out the first. */
  take(): WorldEvent | undefined;
}

export class Agenda implements Plan {
  readonly #heap: WorldEvent[] = [];
  #order = 0;

  get first(): WorldEvent | undefined {
    return this.#heap[0];
  }

  get size(): number {
    return this.#heap.length;
  }

  add(at: number, event: WorldEvent): void {
    const heap = this.#heap;
    event.at = at;
    event.order = this.#order++;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as WorldEvent;
      // The newest of a tick comes last: it never rises above one of its own time.
      if (above.at <= at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  take(): WorldEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    const half = heap.length >> 1;
    let index = 0;
    while (index < half) {
      let child = 2 * index + 1;
      let least = heap[child] as WorldEvent;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, least)) {
        least = right;
        child++;
      }
      if (!isBefore(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: WorldEvent, b: WorldEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

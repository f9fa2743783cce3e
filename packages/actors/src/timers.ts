/** A kernel's timers: a binary heap over one alarm of the host. Equal times fire in the order in which they were set. */

import type { Alarm, Clock, Host, Milliseconds } from './host.ts';
import { optionInvalid } from './overflow.ts';

export class Timer {
  at: Milliseconds;
  sequence: number;
  fire: () => void;
  /** Its place in the heap, -1 when it has fired or was cancelled. */
  index = -1;

  constructor(at: Milliseconds, sequence: number, fire: () => void) {
    this.at = at;
    this.sequence = sequence;
    this.fire = fire;
  }
}

export class Timers {
  private readonly heap: Timer[] = [];
  private readonly alarm: Alarm;
  private readonly clock: Clock;
  private sequence = 0;
  private alarmAt = Number.POSITIVE_INFINITY;
  private isClosed = false;

  constructor(host: Pick<Host, 'alarm' | 'clock'>) {
    this.clock = host.clock;
    this.alarm = host.alarm(() => this.ring());
  }

  get size(): number {
    return this.heap.length;
  }

  now(): Milliseconds {
    return this.clock.now();
  }

  /** @throws TROUPE_OPTION_INVALID: what can't be compared would stand at the top for ever, and nothing below it would fire */
  set(at: Milliseconds, fire: () => void): Timer {
    if (typeof at !== 'number' || Number.isNaN(at)) throw optionInvalid('the time of a timer', 'milliseconds', at);
    const timer = new Timer(at, this.sequence++, fire);
    if (this.isClosed) return timer;
    timer.index = this.heap.length;
    this.heap.push(timer);
    this.up(timer);
    this.aim();
    return timer;
  }

  after(delay: Milliseconds, fire: () => void): Timer {
    return this.set(this.clock.now() + delay, fire);
  }

  cancel(timer: Timer): void {
    if (timer.index < 0) return;
    this.remove(timer);
    this.aim();
  }

  /**
   * Sets a timer that has not fired anew, as `cancel` and `set` would. One that is put off leaves the alarm as it is: it rings
   * for nothing once in a while, which is cheaper than to set it each time.
   *
   * @returns whether it had not fired
   */
  move(timer: Timer, at: Milliseconds, fire: () => void): boolean {
    if (timer.index < 0) return false;
    timer.at = at;
    timer.sequence = this.sequence++;
    timer.fire = fire;
    this.up(timer);
    this.down(timer);
    if ((this.heap[0] as Timer).at < this.alarmAt) this.aim();
    return true;
  }

  /** None that is set from now on ever fires, or keeps a process alive. */
  close(): void {
    this.clear();
    this.isClosed = true;
  }

  clear(): void {
    for (const timer of this.heap) timer.index = -1;
    this.heap.length = 0;
    this.alarmAt = Number.POSITIVE_INFINITY;
    this.alarm.clear();
  }

  private ring(): void {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    for (let next = this.heap[0]; next !== undefined && next.at <= now; next = this.heap[0]) {
      this.remove(next);
      try {
        next.fire();
      } finally {
        // Whatever a timer does, those after it fire too.
        this.aim();
      }
    }
    this.aim();
  }

  private aim(): void {
    const next = this.heap[0];
    if (next === undefined) {
      if (this.alarmAt !== Number.POSITIVE_INFINITY) this.alarm.clear();
      this.alarmAt = Number.POSITIVE_INFINITY;
    } else if (next.at !== this.alarmAt) {
      this.alarmAt = next.at;
      this.alarm.set(next.at);
    }
  }

  private remove(timer: Timer): void {
    const last = this.heap.pop() as Timer;
    const index = timer.index;
    timer.index = -1;
    if (last === timer) return;
    last.index = index;
    this.heap[index] = last;
    this.up(last);
    this.down(last);
  }

  private up(timer: Timer): void {
    const heap = this.heap;
    while (timer.index > 0) {
      const parent = heap[(timer.index - 1) >> 1] as Timer;
      if (!before(timer, parent)) return;
      this.swap(timer, parent);
    }
  }

  private down(timer: Timer): void {
    const heap = this.heap;
    for (;;) {
      const left = heap[timer.index * 2 + 1];
      const right = heap[timer.index * 2 + 2];
      if (left === undefined) return;
      const least = right !== undefined && before(right, left) ? right : left;
      if (!before(least, timer)) return;
      this.swap(least, timer);
    }
  }

  private swap(a: Timer, b: Timer): void {
    const index = a.index;
    a.index = b.index;
    b.index = index;
    this.heap[a.index] = a;
    this.heap[b.index] = b;
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);

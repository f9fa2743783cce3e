/**
 * Deadlines of asks. Those with the same timeout fall due in the order in which they were made,
 * so each timeout has a list, and only its head a timer: an ask that is answered in time costs no timer at all.
 */

import type { Milliseconds } from '../host.ts';
import { optionInvalid } from '../overflow.ts';
import type { Timer, Timers } from '../timers.ts';
import type { PendingAsk } from './pending-ask.ts';

interface List {
  readonly timeout: Milliseconds;
  first: PendingAsk | undefined;
  last: PendingAsk | undefined;
  timer: Timer | undefined;
}

/** Distinct timeouts that get a list; asks with others get timers of their own. */
const LISTS_MAX = 64;

export class Deadlines {
  private readonly timers: Timers;
  private readonly lists = new Map<Milliseconds, List>();
  private latest: List | undefined = undefined;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  /** `now + timeout`, but never after `limit` (0: none). @throws TROUPE_OPTION_INVALID */
  add(ask: PendingAsk, now: Milliseconds, timeout: Milliseconds, limit: Milliseconds): void {
    if (limit !== 0 && limit < now + timeout) {
      ask.deadline = limit;
      ask.timer = this.timers.set(limit, () => ask.timeOut());
      return;
    }
    if (timeout === Number.POSITIVE_INFINITY) return;
    ask.deadline = now + timeout;
    const list = this.latest?.timeout === timeout ? this.latest : this.list(timeout);
    if (list === undefined) {
      ask.timer = this.timers.set(ask.deadline, () => ask.timeOut());
      return;
    }
    ask.previous = list.last;
    if (list.last === undefined) list.first = ask;
    else list.last.next = ask;
    list.last = ask;
    if (list.timer === undefined) list.timer = this.timers.set(ask.deadline, () => this.expire(list));
  }

  remove(ask: PendingAsk): void {
    if (ask.timer !== undefined) {
      this.timers.cancel(ask.timer);
      ask.timer = undefined;
      return;
    }
    const { previous, next } = ask;
    const list = this.latest;
    if (previous !== undefined) previous.next = next;
    if (next !== undefined) next.previous = previous;
    if (previous === undefined || next === undefined) this.unlinkEnd(ask, list);
    ask.previous = undefined;
    ask.next = undefined;
  }

  private unlinkEnd(ask: PendingAsk, latest: List | undefined): void {
    if (latest !== undefined && (latest.first === ask || latest.last === ask)) return unlink(latest, ask);
    for (const list of this.lists.values()) {
      if (list.first === ask || list.last === ask) return unlink(list, ask);
    }
  }

  private list(timeout: Milliseconds): List | undefined {
    let list = this.lists.get(timeout);
    if (list === undefined) {
      if (typeof timeout !== 'number' || !(timeout >= 0))
        throw optionInvalid('timeout', '0 ms or more, or Infinity', timeout);
      if (this.lists.size >= LISTS_MAX) return undefined;
      list = { timeout, first: undefined, last: undefined, timer: undefined };
      this.lists.set(timeout, list);
    }
    this.latest = list;
    return list;
  }

  /** The list's timer stands for its head of the time when it was set, which may be gone since. */
  private expire(list: List): void {
    list.timer = undefined;
    const now = this.timers.now();
    for (let due = list.first; due !== undefined && due.deadline <= now; due = list.first) {
      this.remove(due);
      due.timeOut();
    }
    if (list.first !== undefined) list.timer = this.timers.set(list.first.deadline, () => this.expire(list));
    else this.lists.delete(list.timeout);
    if (this.latest === list && list.first === undefined) this.latest = undefined;
  }
}

function unlink(list: List, ask: PendingAsk): void {
  if (list.first === ask) list.first = ask.next;
  if (list.last === ask) list.last = ask.previous;
}

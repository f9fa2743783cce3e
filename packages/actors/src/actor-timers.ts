/** An actor's own timers: by name, cancelled with the incarnation that set them; what fires is a message to the actor like any other. */

import type { Cell } from './cell.ts';
import type { Milliseconds } from './host.ts';
import { optionInvalid } from './overflow.ts';
import { kindIndex } from './send.ts';
import type { Timer } from './timers.ts';

export interface TimerOptions {
  /** Setting another timer of this name cancels the first. */
  readonly name?: string;
}

export interface TimerOrder {
  readonly name: string;
  readonly delay: Milliseconds;
  /** Undefined: it fires once. */
  readonly period: Milliseconds | undefined;
  readonly kind: string;
  readonly payload: unknown;
}

/** One that is set: what is to be known of it besides when it fires. */
export interface ActorTimer {
  readonly timer: Timer;
  readonly period: Milliseconds | undefined;
  readonly kind: number;
  readonly payload: unknown;
}

/** @throws TROUPE_OPTION_INVALID, TROUPE_UNKNOWN_HANDLER, TROUPE_VALUE_REFUSED */
export function setTimer(cell: Cell, { name, delay, period, kind, payload }: TimerOrder): void {
  if (period !== undefined && !(typeof period === 'number' && period > 0))
    throw optionInvalid('the period of a timer', 'a number of milliseconds above 0', period);
  if (typeof delay !== 'number' || !(delay >= 0)) throw optionInvalid('the delay of a timer', '0 ms or more', delay);
  const index = kindIndex(cell.ref, 'tell', kind);
  const value = cell.kernel.copy(payload, 'payload');
  cancelTimer(cell, name);
  armTimer(cell, name, cell.kernel.timers.now() + delay, period, index, value);
}

/** The payload is the timer's own. */
export function armTimer(
  cell: Cell,
  name: string,
  at: Milliseconds,
  period: Milliseconds | undefined,
  kind: number,
  payload: unknown,
): void {
  const { kernel } = cell;
  const timers = (cell.extra.timers ??= new Map());
  const timer = kernel.timers.set(at, () => {
    cell.record();
    kernel.causality?.recorder?.timer(cell, cell.type.interface.kinds[kind] as string);
    if (period === undefined) timers.delete(name);
    else armTimer(cell, name, nextBeat(at, period, kernel.timers.now()), period, kind, payload);
    // Nobody waits for a beat, so nothing else would bound them; what was set once is bounded by who set it.
    if (period !== undefined && cell.depth >= cell.mailbox.capacity && cell.mailbox.rules[kind] === 'block')
      kernel.deadLetters.add(cell.ref, kind, kernel.copy(payload, 'payload'), 'overflow', cell);
    else kernel.current.as(cell, () => kernel.tellAgain(cell.ref, kind, payload));
  });
  timers.set(name, { timer, period, kind, payload });
}

/** @returns whether there was such a timer */
export function cancelTimer(cell: Cell, name: string): boolean {
  const timers = cell.more?.timers;
  const timer = timers?.get(name);
  if (timer === undefined) return false;
  timers?.delete(name);
  cell.kernel.timers.cancel(timer.timer);
  return true;
}

export function cancelTimers(cell: Cell): void {
  const timers = cell.more?.timers;
  if (timers === undefined) return;
  for (const { timer } of timers.values()) cell.kernel.timers.cancel(timer);
  timers.clear();
}

/** The first beat of the period after now, counted from `at`: periods that were missed are skipped. */
const nextBeat = (at: Milliseconds, period: Milliseconds, now: Milliseconds): Milliseconds =>
  at + (Math.floor((now - at) / period) + 1) * period;

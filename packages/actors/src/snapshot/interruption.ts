/** What the `resume` of a definition is told: what its handler was at when a snapshot was taken. */

import type { AnyRef } from '../ref.ts';
import type { Body } from './restore-plan.ts';
import type { MessageSnapshot, SignalSnapshot } from './system-snapshot.ts';

export interface Interruption {
  /** The kind of the message that it handled; or `started`, `down` or `exit`. Nobody waits for its answer any more. */
  readonly kind: string;
  readonly payload: unknown;
  /** What it had asked and was not told, in the order of its asks. */
  readonly asks: readonly InterruptedAsk[];
}

export interface InterruptedAsk {
  readonly target: AnyRef;
  readonly kind: string;
  /**
   * - `not begun`: it was taken back, and may be asked again. - `begun`: it is handled, or was, or failed; its answer is lost.
   * - `answered`: the answer was on its way.
   */
  readonly progress: 'answered' | 'begun' | 'not begun';
  readonly answer: unknown;
}

/** One whose `resume` was interrupted is told the same again. */
export function interruptionOf({ serving, asks }: NonNullable<Body['interrupted']>): Interruption {
  const own = asks as unknown as readonly InterruptedAsk[];
  if (isSignal(serving) && serving.signal === 'resume') {
    const before = serving.payload as Interruption;
    return { ...before, asks: [...before.asks, ...own] };
  }
  return { kind: isSignal(serving) ? serving.signal : serving.kind, payload: serving.payload, asks: own };
}

const isSignal = (serving: MessageSnapshot | SignalSnapshot): serving is SignalSnapshot => 'signal' in serving;

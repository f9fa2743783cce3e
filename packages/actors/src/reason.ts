/** Why actors end, as OTP has it: normal, shutdown, or an error; and what linked and monitoring actors are told. */

import type { Ref } from './ref.ts';

/**
 * - `normal`: it stopped itself. - `shutdown`: it was told to stop, in order.
 * - `error`: it failed; `error` says with what. - `killed`: it did not stop in time, or its node ended.
 */
export interface StopReason {
  readonly kind: 'normal' | 'shutdown' | 'error' | 'killed';
  readonly error?: unknown;
}

export const NORMAL: StopReason = { kind: 'normal' };
export const SHUTDOWN: StopReason = { kind: 'shutdown' };
export const KILLED: StopReason = { kind: 'killed' };

export const isAbnormal = (reason: StopReason): boolean => reason.kind === 'error' || reason.kind === 'killed';

/** A monitored actor has stopped for good. */
export interface Down {
  readonly ref: Ref<unknown>;
  readonly reason: StopReason;
}

/** A linked actor's incarnation has ended, by failure or by stop. */
export interface Exit {
  readonly ref: Ref<unknown>;
  readonly reason: StopReason;
}

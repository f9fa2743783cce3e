/**
 * A supervisor's decisions, as a pure core: given its children in start order and the end of one, what stops and what starts.
 *
 * After OTP's `supervisor` (`restart/2`, `add_restart/1`). It knows no actors and no clock; whoever drives it carries
 * its plans out, in order, and reports a start that failed as one more end of that child.
 */

import type { Choose, Milliseconds } from '../host.ts';
import { isAbnormal, type StopReason } from '../reason.ts';
import type { Backoff, ChildPolicy, SupervisionPolicy } from './policy.ts';

/** A child as the core sees it. The driver owns the list and keeps it in start order. */
export interface SupervisedChild {
  readonly policy: ChildPolicy;
  /** Restarts in a row, for the backoff. */
  attempts: number;
  /** When it was last started. */
  startedAt: Milliseconds;
}

export type Plan<C> =
  /** The child is forgotten; nothing else happens. */
  | { readonly do: 'forget' }
  /** Stop `stop` in the order given, forget `forget`, then after `delay` start `start` in the order given. */
  | {
      readonly do: 'restart';
      readonly stop: readonly C[];
      readonly forget: readonly C[];
      readonly start: readonly C[];
      readonly delay: Milliseconds;
    }
  /** Stop all, then end with this reason: the intensity is exceeded. */
  | { readonly do: 'escalate'; readonly restarts: number }
  /** Stop all, then end in order: a significant child has ended by itself. */
  | { readonly do: 'shutdown' };

export interface SupervisorState {
  readonly policy: SupervisionPolicy;
  /** Times of the restarts within the period, oldest first; at most intensity + 1. */
  restarts: Milliseconds[];
}

export const supervisorState = (policy: SupervisionPolicy): SupervisorState => ({ policy, restarts: [] });

/** Decides what a child's end means. `children` is in start order and holds the child. */
export function onChildEnd<C extends SupervisedChild>(
  state: SupervisorState,
  children: readonly C[],
  child: C,
  reason: StopReason,
  now: Milliseconds,
  choose: Choose,
): Plan<C> {
  if (!mustRestart(child.policy, reason)) return onEndOfItsOwn(state, children, child);
  if (!addRestart(state, now)) return { do: 'escalate', restarts: state.restarts.length };
  child.attempts = now - child.startedAt > state.policy.period ? 1 : child.attempts + 1;
  const delay = backoffDelay(child.policy.backoff, child.attempts, choose);
  const others = affected(state.policy.strategy, children, child);
  return {
    do: 'restart',
    stop: others.filter((other) => other !== child).reverse(),
    // OTP: a temporary child is never restarted, not even when a sibling's end stops it.
    forget: others.filter((other) => other !== child && other.policy.restart === 'temporary'),
    start: others.filter((other) => other === child || other.policy.restart !== 'temporary'),
    delay,
  };
}

export function mustRestart(policy: ChildPolicy, reason: StopReason): boolean {
  return policy.restart === 'permanent' || (policy.restart === 'transient' && isAbnormal(reason));
}

function onEndOfItsOwn<C extends SupervisedChild>(state: SupervisorState, children: readonly C[], child: C): Plan<C> {
  const { autoShutdown } = state.policy;
  if (!child.policy.significant || autoShutdown === 'never') return { do: 'forget' };
  if (autoShutdown === 'any-significant') return { do: 'shutdown' };
  return children.some((other) => other !== child && other.policy.significant) ? { do: 'forget' } : { do: 'shutdown' };
}

function affected<C>(strategy: SupervisionPolicy['strategy'], children: readonly C[], child: C): readonly C[] {
  if (strategy === 'one-for-one') return [child];
  return strategy === 'one-for-all' ? children : children.slice(children.indexOf(child));
}

/** Counts a restart. False when that makes more than `intensity` within `period`. */
export function addRestart(state: SupervisorState, now: Milliseconds): boolean {
  const { intensity, period } = state.policy;
  state.restarts = state.restarts.filter((at) => now - at <= period);
  state.restarts.push(now);
  return state.restarts.length <= intensity;
}

/** Resolution of the random part of a delay. */
const JITTER_STEPS = 1_000;

/** Exponential, with jitter that only shortens: `max` is a true bound. `attempt` counts from 1. */
export function backoffDelay(backoff: Backoff, attempt: number, choose: Choose): Milliseconds {
  const full = Math.min(backoff.max, backoff.min * backoff.factor ** (attempt - 1));
  if (full === 0 || backoff.jitter === 0) return full;
  return full * (1 - (backoff.jitter * choose('backoff', JITTER_STEPS)) / JITTER_STEPS);
}

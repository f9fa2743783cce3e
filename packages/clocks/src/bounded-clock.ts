/**
 * A clock that knows how wrong it may be: `now` is an interval that contains the true time. Since the last synchronisation the
 * uncertainty grows by the greatest drift. Who waits until an interval is past its stamp (commit wait) has an order that
 * agrees with real time, without a message.
 *
 * @paper Corbett et al.: Spanner, Google's globally distributed database (OSDI 2012), §3, §4.2; Marzullo: Maintaining the
 *   time in a distributed system (1984)
 */
import { assertOption, type NodeId, type Ticks } from '@troupe/protocol';
import { type Clock, isNodeId, MALFORMED, type Order } from './clock.ts';

/** The true time is within, both ends included. @units ticks */
export interface Interval {
  readonly earliest: number;
  readonly latest: number;
}

export interface BoundedOptions {
  /** The most that this node's clock gains or loses on true time. @units parts per million */
  readonly driftPerMillionMax: number;
  /** How far it is off at first: what is known of it before it is synchronised. @units ticks */
  readonly uncertaintyTicks: Ticks;
}

/** As Spanner assumes: 200 parts in a million. */
export const BOUNDED_DEFAULTS: BoundedOptions = { driftPerMillionMax: 200, uncertaintyTicks: 7 as Ticks };

export interface BoundedState {
  readonly self: NodeId;
  readonly driftPerMillionMax: number;
  /** What the local clock showed when it was last synchronised; undefined before its first reading. */
  syncedAt: number | undefined;
  /** The middle of the interval of then, less what the local clock showed. */
  correction: number;
  uncertainty: number;
}

export interface BoundedStamp extends Interval {
  readonly node: NodeId;
}

export function boundedClock(options: Partial<BoundedOptions> = {}): Clock<BoundedState, BoundedStamp> {
  const { driftPerMillionMax, uncertaintyTicks } = { ...BOUNDED_DEFAULTS, ...options };
  assertOption(
    driftPerMillionMax >= 0 && driftPerMillionMax < 1e6,
    'driftPerMillionMax from 0 up to but without 1000000',
    driftPerMillionMax,
  );
  assertOption(uncertaintyTicks >= 0, 'uncertaintyTicks from 0 up', uncertaintyTicks);
  return {
    name: 'bounded-clock',
    init: (self) => ({ self, driftPerMillionMax, syncedAt: undefined, correction: 0, uncertainty: uncertaintyTicks }),
    tick: (state, now) => ({ ...intervalAt(state, now), node: state.self }),
    refusal(_state, stamp) {
      const { earliest, latest, node } = (stamp ?? {}) as Partial<BoundedStamp>;
      const isInterval = Number.isFinite(earliest) && Number.isFinite(latest) && Number(earliest) <= Number(latest);
      return isInterval && isNodeId(node) ? undefined : MALFORMED;
    },
    receive: (state, _stamp, now) => ({ ...intervalAt(state, now), node: state.self }),
    compare: compareIntervals,
  };
}

/** TT.now(): what the true time may be while the local clock shows `now`. */
export function intervalAt(state: BoundedState, now: number): Interval {
  state.syncedAt ??= now;
  const error = state.uncertainty + (Math.abs(now - state.syncedAt) * state.driftPerMillionMax) / 1e6;
  const middle = now + state.correction;
  return { earliest: middle - error, latest: middle + error };
}

/** A time server was asked, and the true time is within this interval while the local clock shows `now`. */
export function synchronise(state: BoundedState, now: number, reference: Interval): void {
  assertOption(reference.earliest <= reference.latest, 'an interval whose ends are in order', reference);
  state.syncedAt = now;
  state.correction = (reference.earliest + reference.latest) / 2 - now;
  state.uncertainty = (reference.latest - reference.earliest) / 2;
}

/** TT.after(t): t is surely past. */
export const isAfter = (state: BoundedState, t: number, now: number): boolean => intervalAt(state, now).earliest > t;

/** TT.before(t): t is surely yet to come. */
export const isBefore = (state: BoundedState, t: number, now: number): boolean => intervalAt(state, now).latest < t;

/**
 * How long to wait, by the local clock, until the stamp is surely past: what is shown to anyone only then has a stamp that
 * is before every stamp taken afterwards, anywhere.
 */
export function commitWait(state: BoundedState, stamp: Interval, now: number): number {
  const { earliest } = intervalAt(state, now);
  if (earliest > stamp.latest) return 0;
  // While it waits, its uncertainty grows with the drift.
  return Math.floor((stamp.latest - earliest) / (1 - state.driftPerMillionMax / 1e6)) + 1;
}

/** What the intervals prove; where they overlap, nothing. */
export function compareIntervals(a: BoundedStamp, b: BoundedStamp): Order {
  if (a.latest < b.earliest) return 'before';
  if (b.latest < a.earliest) return 'after';
  const isSame = a.node === b.node && a.earliest === b.earliest && a.latest === b.latest;
  return isSame ? 'equal' : 'concurrent';
}

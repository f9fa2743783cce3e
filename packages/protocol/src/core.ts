/**
 * A protocol as a pure, synchronous state machine. What it does depends only on `(state, event, choices)`; it knows no
 * clock, no randomness, no transport and no disk. So it runs unchanged on worker threads, under simulation, and over a
 * network; it can be cloned, fingerprinted, snapshotted and replayed.
 */
import type { Effects } from './effects.ts';
import type { Event } from './event.ts';
import type { CoreShape } from './shape.ts';

export interface Core<S extends CoreShape> {
  /** For traces, errors and counters; by habit the protocol's name in the literature, in kebab case. */
  readonly name: string;
  /**
   * The state of a new incarnation. `durable` is what `fold` made of the surviving records, or undefined where there
   * are none. It emits nothing: the `start` event comes next, and there timers are set and messages sent.
   *
   * @throws TROUPE_CORE_OPTIONS where an option is out of range
   */
  init(options: S['Options'], durable: S['Durable'] | undefined): S['State'];
  /**
   * Takes one event. It may mutate the state, never the event.
   *
   * @throws TROUPE_INVARIANT alone; bad input from a peer is ignored for a counted reason
   */
  step(state: S['State'], event: Event<S>, out: Effects<S>): void;
  /** Adds one record to the durable state. A core that never persists has none. It may mutate `durable`, but nothing that came in a record: the core may still read that. */
  fold?(durable: S['Durable'] | undefined, record: S['Record']): S['Durable'];
}

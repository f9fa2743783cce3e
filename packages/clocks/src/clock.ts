/**
 * What a clock is to a protocol: it stamps what a node sends and takes in the stamps of others. A clock is a record of
 * functions over a state that is plain data, so it can be cloned and shown with the core that it belongs to; stamps are
 * plain data too, and share nothing with the state.
 */
import type { NodeId, Ticks } from '@troupe/protocol';

/** How two events stand to one another, as far as their stamps tell. */
export type Order = 'before' | 'after' | 'equal' | 'concurrent';

export interface Clock<State, Stamp> {
  readonly name: string;
  init(self: NodeId): State;
  /** An event of this node, a send among them. `now` is its own physical clock, in ticks; it may jump. */
  tick(state: State, now: Ticks): Stamp;
  /**
   * Why what a peer sent can't be taken in, in constant text; undefined where it can. It comes from elsewhere: it may be
   * anything.
   */
  refusal(state: State, stamp: unknown, now: Ticks): string | undefined;
  /** The receipt of a message with this stamp, which was not refused. */
  receive(state: State, stamp: Stamp, now: Ticks): Stamp;
  /** What the clock's order says. Only that of a vector, or of more, is the happened-before relation itself. */
  compare(a: Stamp, b: Stamp): Order;
}

/** Counters above are refused from others, so that no stamp can bring a node near the end of its numbers. */
export const COUNTER_MAX = 2 ** 52;

export function isCounter(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= COUNTER_MAX;
}

/** One more event. What has come to the end of its numbers stays there: it orders no more, but nobody refuses it. */
export const nextCount = (count: number): number => Math.min(count + 1, COUNTER_MAX);

export function isNodeId(value: unknown): value is NodeId {
  return typeof value === 'string' && value.length > 0 && value.length <= NODE_ID_LENGTH_MAX;
}

/** Characters of a node's id in a stamp. */
export const NODE_ID_LENGTH_MAX = 256;

export const orderOf = (difference: number): Order => (difference < 0 ? 'before' : difference > 0 ? 'after' : 'equal');

export const MALFORMED = 'a malformed stamp';

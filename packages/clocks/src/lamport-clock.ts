/**
 * Lamport's logical clock: if e happened before f, then L(e) < L(f); not the other way round. With the node's id it is a
 * total order of all events.
 *
 * @paper Lamport: Time, clocks, and the ordering of events in a distributed system (CACM 1978)
 */
import { compareIds, type NodeId } from '@troupe/protocol';
import { type Clock, isCounter, isNodeId, MALFORMED, nextCount, type Order, orderOf } from './clock.ts';

export interface LamportState {
  readonly self: NodeId;
  time: number;
}

export interface LamportStamp {
  readonly time: number;
  readonly node: NodeId;
}

export const lamportClock: Clock<LamportState, LamportStamp> = {
  name: 'lamport-clock',
  init: (self) => ({ self, time: 0 }),
  tick: (state) => ({ time: (state.time = nextCount(state.time)), node: state.self }),
  refusal(_state, stamp) {
    const { time, node } = (stamp ?? {}) as Partial<LamportStamp>;
    return isCounter(time) && isNodeId(node) ? undefined : MALFORMED;
  },
  receive(state, { time }) {
    state.time = nextCount(Math.max(state.time, time));
    return { time: state.time, node: state.self };
  },
  compare: compareLamport,
};

/** The total order: by time, then by the id of the node. */
export function compareLamport(a: LamportStamp, b: LamportStamp): Order {
  return orderOf(a.time - b.time || compareIds(a.node, b.node));
}

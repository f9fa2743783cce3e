/**
 * Total-order broadcast by a fixed sequencer (Défago, Schiper, Urbán, "Total order broadcast and multicast algorithms",
 * §4.1, the variant "unicast–broadcast"): the first node of the sorted group gives every message its place, and tells it
 * to all. Over best-effort broadcast that is n + 1 messages in two hops, the least that a total order can cost.
 *
 * No fail-over: order holds whoever crashes, and once the sequencer has crashed nothing new is delivered. How far nodes
 * agree on the last messages before is the layer's below: best-effort, reliable or uniform. Where the group must go on,
 * use `totalOrderBroadcast`. Over FIFO links the order is FIFO as well.
 */
import type { Core, Effects, NodeId, Shape } from '@troupe/protocol';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type GroupOptions,
  isSequence,
  sortedGroup,
} from './group.ts';
import { AHEAD_MAX } from './sequence-set.ts';

/** A message in its place. */
export interface Placed<M> {
  readonly position: number;
  readonly origin: NodeId;
  readonly message: M;
}

interface SequencerState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** What came before its turn. */
  readonly early: Map<number, Placed<unknown>>;
  /** The next position to be given out, at the sequencer. */
  nextPosition: number;
  /** The next position to be delivered. */
  nextDelivery: number;
}

export type FixedSequencerBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: SequencerState;
  /** To the sequencer. */
  Message: { readonly message: M };
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: BroadcastRequest<Placed<M>>;
  LowerIndication: BroadcastIndication<Placed<M>>;
}>;

export function fixedSequencerBroadcast<M = unknown>(): Core<FixedSequencerBroadcast<M>> {
  return core as Core<FixedSequencerBroadcast<M>>;
}

type Out = Effects<FixedSequencerBroadcast<unknown>>;

const core: Core<FixedSequencerBroadcast<unknown>> = {
  name: 'fixed-sequencer-broadcast',
  init: (options) => ({
    self: options.self,
    nodes: sortedGroup(options),
    early: new Map(),
    nextPosition: 0,
    nextDelivery: 0,
  }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request':
        out.send(state.nodes[0] as NodeId, { message: event.request.message });
        break;
      case 'message':
        if (typeof event.message !== 'object' || event.message === null || !state.nodes.includes(event.from)) {
          out.ignore('a malformed message, or one from outside the group');
        } else if (state.self !== state.nodes[0]) {
          out.ignore('a message to be placed by another');
        } else {
          const placed = { position: state.nextPosition++, origin: event.from, message: event.message.message };
          out.request({ kind: 'broadcast', message: placed });
        }
        break;
      case 'indication':
        onPlaced(state, event.indication, out);
        break;
    }
  },
};

function onPlaced(state: SequencerState, { from, message }: BroadcastIndication<Placed<unknown>>, out: Out): void {
  const valid = isSequence(message?.position) && state.nodes.includes(message.origin) && from === state.nodes[0];
  if (!valid || message.position - state.nextDelivery > AHEAD_MAX) {
    out.ignore('a place that is malformed, too far ahead, or not the sequencer’s');
    return;
  }
  if (message.position < state.nextDelivery) return;
  state.early.set(message.position, message);
  for (let next = state.early.get(state.nextDelivery); next !== undefined; next = state.early.get(state.nextDelivery)) {
    state.early.delete(state.nextDelivery++);
    out.indicate({ kind: 'deliver', from: next.origin, message: next.message });
  }
}

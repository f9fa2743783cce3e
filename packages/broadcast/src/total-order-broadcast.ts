/**
 * Total-order broadcast by a fixed sequencer (TOB5; the problem in Cachin, Guerraoui, Rodrigues, §6.1; the algorithm in
 * Défago, Schiper, Urbán, "Total order broadcast and multicast algorithms", §4.1): all nodes deliver in one order, that
 * in which the first node of the sorted group met the messages.
 *
 * Failure model: order always holds, whoever crashes. Liveness holds while the sequencer is correct: there is no
 * fail-over, and once it has crashed nothing new is delivered. Where that is not enough, use a consensus (Raft).
 * Stands on a reliable broadcast, and agrees as that one does. The order within one sender is the one of arrival at
 * the sequencer: over FIFO or causal broadcast it is FIFO or causal as well.
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

export type TotalOrderMessage<M> =
  | { readonly kind: 'content'; readonly sequence: number; readonly message: M }
  | { readonly kind: 'order'; readonly position: number; readonly origin: NodeId; readonly sequence: number };

interface Sender {
  /** Content that has no place yet, or whose turn has not come. */
  readonly content: Map<number, unknown>;
}

interface TotalOrderState {
  readonly self: NodeId;
  readonly sequencer: NodeId;
  readonly senders: Map<NodeId, Sender>;
  /** Position to what stands there. */
  readonly places: Map<number, { readonly origin: NodeId; readonly sequence: number }>;
  nextSequence: number;
  /** The next position to be given out, at the sequencer. */
  nextPosition: number;
  /** The next position to be delivered. */
  nextDelivery: number;
}

export type TotalOrderBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: TotalOrderState;
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: BroadcastRequest<TotalOrderMessage<M>>;
  LowerIndication: BroadcastIndication<TotalOrderMessage<M>>;
}>;

export function totalOrderBroadcast<M = unknown>(): Core<TotalOrderBroadcast<M>> {
  return core as Core<TotalOrderBroadcast<M>>;
}

type Out = Effects<TotalOrderBroadcast<unknown>>;

const core: Core<TotalOrderBroadcast<unknown>> = {
  name: 'total-order-broadcast',
  init(options) {
    const nodes = sortedGroup(options);
    const senders = new Map(nodes.map((id) => [id, { content: new Map() }]));
    const sequencer = nodes[0] as NodeId;
    return {
      self: options.self,
      sequencer,
      senders,
      places: new Map(),
      nextSequence: 0,
      nextPosition: 0,
      nextDelivery: 0,
    };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request': {
        const { message } = event.request;
        out.request({ kind: 'broadcast', message: { kind: 'content', sequence: state.nextSequence++, message } });
        break;
      }
      case 'indication':
        onIndication(state, event.indication, out);
        break;
    }
  },
};

function onIndication(
  state: TotalOrderState,
  { from, message }: BroadcastIndication<TotalOrderMessage<unknown>>,
  out: Out,
): void {
  const sender = state.senders.get(from);
  if (sender === undefined || !isSequence(message?.sequence)) {
    out.ignore('a malformed message, or one from outside the group');
    return;
  }
  switch (message.kind) {
    case 'content':
      onContent(state, sender, from, message.sequence, message.message, out);
      break;
    case 'order':
      onOrder(state, from, message, out);
      break;
    default:
      message satisfies never;
      out.ignore('a message of an unknown kind');
  }
}

function onContent(
  state: TotalOrderState,
  sender: Sender,
  from: NodeId,
  sequence: number,
  message: unknown,
  out: Out,
): void {
  if (sender.content.size >= AHEAD_MAX) {
    out.ignore('content beyond what may wait for its place');
    return;
  }
  sender.content.set(sequence, message);
  if (state.self === state.sequencer) {
    const position = state.nextPosition++;
    out.request({ kind: 'broadcast', message: { kind: 'order', position, origin: from, sequence } });
  }
  deliverInOrder(state, out);
}

function onOrder(
  state: TotalOrderState,
  from: NodeId,
  { position, origin, sequence }: TotalOrderMessage<unknown> & { kind: 'order' },
  out: Out,
): void {
  const valid = isSequence(position) && position >= state.nextDelivery && position - state.nextDelivery <= AHEAD_MAX;
  if (from !== state.sequencer || !valid || !state.senders.has(origin)) {
    out.ignore('an order that is malformed, or not the sequencer’s');
    return;
  }
  state.places.set(position, { origin, sequence });
  deliverInOrder(state, out);
}

function deliverInOrder(state: TotalOrderState, out: Out): void {
  for (;;) {
    const place = state.places.get(state.nextDelivery);
    const content = place && state.senders.get(place.origin)?.content;
    if (place === undefined || content?.has(place.sequence) !== true) return;
    const message = content.get(place.sequence);
    content.delete(place.sequence);
    state.places.delete(state.nextDelivery++);
    out.indicate({ kind: 'deliver', from: place.origin, message });
  }
}

/**
 * Total-order broadcast by consensus (TOB1–TOB5, uniform; Cachin, Guerraoui, Rodrigues, §6.1, Algorithm 6.1): all nodes
 * deliver the same messages in one order, that of the decisions. In each round a node proposes what it has got and not
 * delivered; what is decided is delivered, and the next round begins. Tolerates what the consensus does.
 *
 * Stands on a reliable broadcast beside one uniform consensus a round, whatever that is: decisions hold the messages
 * themselves, so agreement is the consensus's. Deviations: a batch is bounded by `BATCH_MAX`, and delivered in the order in
 * which its proposer met it, not sorted: so over FIFO or causal broadcast the order is FIFO or causal as well.
 */
import type { Core, Effects, KeyedReply, KeyedRequest, NodeId, Shape } from '@troupe/protocol';
import type { ConsensusIndication, ConsensusRequest } from './consensus.ts';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type Envelope,
  type GroupOptions,
  isEnvelope,
  isSequence,
  sortedGroup,
} from './group.ts';
import { AHEAD_MAX, addSequence, createSequenceSet, hasSequence, type SequenceSet } from './sequence-set.ts';

/** Messages in one proposal. The others wait for the next round. */
export const BATCH_MAX = 1_024;
/** Messages that wait for a place. Beyond it, more are ignored and counted. */
export const UNORDERED_MAX = 65_536;

export type Batch<M> = readonly Envelope<M>[];

interface TotalOrderState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly delivered: Map<NodeId, SequenceSet>;
  unordered: Envelope<unknown>[];
  round: number;
  /** `wait`: this round has this node's proposal. */
  proposed: boolean;
  /** Of rounds whose turn has not come. */
  readonly decisions: Map<number, Batch<unknown>>;
  nextSequence: number;
}

export type TotalOrderBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: TotalOrderState;
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest:
    | { readonly side: 'left'; readonly request: BroadcastRequest<Envelope<M>> }
    | { readonly side: 'right'; readonly request: KeyedRequest<ConsensusRequest<Batch<M>>> };
  LowerReply: KeyedReply<never>;
  LowerIndication:
    | { readonly side: 'left'; readonly indication: BroadcastIndication<Envelope<M>> }
    | {
        readonly side: 'right';
        readonly indication: { readonly key: string; readonly indication: ConsensusIndication<Batch<M>> };
      };
}>;

export function totalOrderBroadcast<M = unknown>(): Core<TotalOrderBroadcast<M>> {
  return core as Core<TotalOrderBroadcast<M>>;
}

type Out = Effects<TotalOrderBroadcast<unknown>>;

const core: Core<TotalOrderBroadcast<unknown>> = {
  name: 'total-order-broadcast',
  init(options) {
    const nodes = sortedGroup(options);
    const delivered = new Map(nodes.map((id) => [id, createSequenceSet()]));
    const decisions = new Map<number, Batch<unknown>>();
    return {
      self: options.self,
      nodes,
      delivered,
      unordered: [],
      round: 0,
      proposed: false,
      decisions,
      nextSequence: 0,
    };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request': {
        const { message } = event.request;
        const envelope = { origin: state.self, sequence: state.nextSequence++, message };
        out.request({ side: 'left', request: { kind: 'broadcast', message: envelope } });
        break;
      }
      case 'indication':
        if (event.indication.side === 'left') onDeliver(state, event.indication.indication, out);
        else
          onDecide(state, Number(event.indication.indication.key), event.indication.indication.indication.value, out);
        break;
      case 'replied':
        // It asks with no token, so nothing is answered.
        break;
    }
    propose(state, out);
  },
};

function onDeliver(
  state: TotalOrderState,
  { from, message: envelope }: BroadcastIndication<Envelope<unknown>>,
  out: Out,
): void {
  const delivered = isEnvelope(envelope, state.nodes) ? state.delivered.get(envelope.origin) : undefined;
  if (delivered === undefined || envelope.origin !== from || envelope.sequence - delivered.floor > AHEAD_MAX) {
    out.ignore('a malformed message, or one too far ahead');
  } else if (state.unordered.length >= UNORDERED_MAX) {
    out.ignore('a message beyond those that may wait for a place');
  } else if (!hasSequence(delivered, envelope.sequence)) {
    state.unordered.push(envelope);
  }
}

function propose(state: TotalOrderState, out: Out): void {
  if (state.proposed || state.unordered.length === 0) return;
  state.proposed = true;
  const value = state.unordered.slice(0, BATCH_MAX);
  out.request({
    side: 'right',
    request: { kind: 'request', key: String(state.round), request: { kind: 'propose', value } },
  });
}

function onDecide(state: TotalOrderState, round: number, batch: Batch<unknown>, out: Out): void {
  if (!isSequence(round) || round < state.round || round - state.round > AHEAD_MAX || !Array.isArray(batch)) {
    out.ignore('a decision that is malformed, or of a round that is over');
    return;
  }
  state.decisions.set(round, batch);
  const first = state.round;
  for (let next = state.decisions.get(first); next !== undefined; next = state.decisions.get(state.round)) {
    state.decisions.delete(state.round++);
    deliverBatch(state, next, out);
  }
  if (state.round === first) return;
  state.proposed = false;
  state.unordered = state.unordered.filter(({ origin, sequence }) => {
    const delivered = state.delivered.get(origin);
    return delivered !== undefined && !hasSequence(delivered, sequence);
  });
  out.request({ side: 'right', request: { kind: 'retire', below: state.round } });
}

function deliverBatch(state: TotalOrderState, batch: Batch<unknown>, out: Out): void {
  for (const envelope of batch) {
    const delivered = isEnvelope(envelope, state.nodes) ? state.delivered.get(envelope.origin) : undefined;
    if (delivered === undefined) out.ignore('a malformed message within a decision');
    // No two rounds decide the same message, as whoever proposes has delivered all rounds before: this is a guard.
    else if (addSequence(delivered, envelope.sequence)) {
      out.indicate({ kind: 'deliver', from: envelope.origin, message: envelope.message });
    }
  }
}

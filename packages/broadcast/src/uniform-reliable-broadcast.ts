/**
 * Uniform reliable broadcast by majority acknowledgement (URB1–URB4; Cachin, Guerraoui, Rodrigues, §3.4, Algorithms 3.4
 * and 3.5): if any node delivers a message, even one that crashes right after, all correct nodes do. Holds in an
 * asynchronous system where a majority is correct, without a failure detector. Without a majority nothing is delivered.
 *
 * Stands on best-effort broadcast. Deviation: what is pending is bounded, `PENDING_MAX` messages a sender.
 */
import type { Core, Effects, NodeId, Shape } from '@troupe/protocol';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type Envelope,
  type GroupOptions,
  isEnvelope,
  sortedGroup,
} from './group.ts';
import { addSequence, createSequenceSet, hasSequence, type SequenceSet } from './sequence-set.ts';

/** Messages of one sender that await their majority. Beyond it, more are ignored and counted. */
export const PENDING_MAX = 16_384;

interface Sender {
  readonly delivered: SequenceSet;
  /** Sequence number to the nodes that have relayed it. */
  readonly acknowledgements: Map<number, Set<NodeId>>;
}

interface UniformState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly senders: Map<NodeId, Sender>;
  nextSequence: number;
}

export type UniformReliableBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: UniformState;
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: BroadcastRequest<Envelope<M>>;
  LowerIndication: BroadcastIndication<Envelope<M>>;
}>;

export function uniformReliableBroadcast<M = unknown>(): Core<UniformReliableBroadcast<M>> {
  return core as Core<UniformReliableBroadcast<M>>;
}

const core: Core<UniformReliableBroadcast<unknown>> = {
  name: 'uniform-reliable-broadcast',
  init(options) {
    const nodes = sortedGroup(options);
    const senders = new Map(nodes.map((id) => [id, { delivered: createSequenceSet(), acknowledgements: new Map() }]));
    return { self: options.self, nodes, senders, nextSequence: 0 };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request': {
        const { message } = event.request;
        out.request({ kind: 'broadcast', message: { origin: state.self, sequence: state.nextSequence++, message } });
        break;
      }
      case 'indication':
        onRelayed(state, event.indication, out);
        break;
    }
  },
};

/** A message came from a node: its origin, or one that relays, and thereby acknowledges, it. */
function onRelayed(
  state: UniformState,
  { from, message: envelope }: BroadcastIndication<Envelope<unknown>>,
  out: Effects<UniformReliableBroadcast<unknown>>,
): void {
  const sender = isEnvelope(envelope, state.nodes) ? state.senders.get(envelope.origin) : undefined;
  if (sender === undefined) {
    out.ignore('a malformed envelope');
    return;
  }
  const { origin, sequence } = envelope;
  if (hasSequence(sender.delivered, sequence)) return;
  let acknowledged = sender.acknowledgements.get(sequence);
  if (acknowledged === undefined) {
    if (sender.acknowledgements.size >= PENDING_MAX) {
      out.ignore('a message beyond those that may await their majority');
      return;
    }
    acknowledged = new Set();
    sender.acknowledgements.set(sequence, acknowledged);
    if (origin !== state.self) out.request({ kind: 'broadcast', message: envelope });
  }
  acknowledged.add(from);
  // More than half, so that any two such sets meet: some correct node has relayed what anyone delivers.
  if (2 * acknowledged.size <= state.nodes.length || !addSequence(sender.delivered, sequence)) return;
  sender.acknowledgements.delete(sequence);
  out.indicate({ kind: 'deliver', from: origin, message: envelope.message });
}

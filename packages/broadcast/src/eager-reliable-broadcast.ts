/**
 * Reliable broadcast, eager (RB1–RB4; Cachin, Guerraoui, Rodrigues, §3.3, Algorithm 3.3): if one correct node delivers
 * a message, all correct nodes do, even where its sender crashed midway. Holds in an asynchronous system with any
 * number of crash-stop failures, without a failure detector, for n² messages a broadcast.
 *
 * Stands on best-effort broadcast. Deviation: what was delivered is kept as sequence numbers per origin, bounded.
 */
import type { Core, NodeId, Shape } from '@troupe/protocol';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type Envelope,
  type GroupOptions,
  isEnvelope,
  sortedGroup,
} from './group.ts';
import { addSequence, createSequenceSet, type SequenceSet } from './sequence-set.ts';

export type EagerReliableBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: {
    readonly self: NodeId;
    readonly nodes: readonly NodeId[];
    readonly delivered: Map<NodeId, SequenceSet>;
    nextSequence: number;
  };
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: BroadcastRequest<Envelope<M>>;
  LowerIndication: BroadcastIndication<Envelope<M>>;
}>;

export function eagerReliableBroadcast<M = unknown>(): Core<EagerReliableBroadcast<M>> {
  return core as Core<EagerReliableBroadcast<M>>;
}

const core: Core<EagerReliableBroadcast<unknown>> = {
  name: 'eager-reliable-broadcast',
  init(options) {
    const nodes = sortedGroup(options);
    const delivered = new Map(nodes.map((id) => [id, createSequenceSet()]));
    return { self: options.self, nodes, delivered, nextSequence: 0 };
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
      case 'indication': {
        const envelope = event.indication.message;
        if (!isEnvelope(envelope, state.nodes)) {
          out.ignore('a malformed envelope');
          break;
        }
        const delivered = state.delivered.get(envelope.origin);
        if (delivered === undefined || !addSequence(delivered, envelope.sequence)) break;
        // The relay leaves in the same step as the delivery: a node that delivered and stays correct has relayed.
        if (envelope.origin !== state.self) out.request({ kind: 'broadcast', message: envelope });
        out.indicate({ kind: 'deliver', from: envelope.origin, message: envelope.message });
        break;
      }
    }
  },
};

/**
 * FIFO-order broadcast (FRB5; Cachin, Guerraoui, Rodrigues, §3.9, Algorithm 3.12): messages of one node are delivered
 * everywhere in the order in which it broadcast them, without a gap.
 *
 * Stands on a reliable broadcast, and agrees as that one does (uniformly over a uniform one).
 */
import type { Core, NodeId, Shape } from '@troupe/protocol';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type GroupOptions,
  isSequence,
  sortedGroup,
} from './group.ts';
import { AHEAD_MAX } from './sequence-set.ts';

export interface FifoEnvelope<M> {
  readonly sequence: number;
  readonly message: M;
}

interface Sender {
  next: number;
  readonly early: Map<number, unknown>;
}

export type FifoBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: { readonly senders: Map<NodeId, Sender>; nextSequence: number };
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: BroadcastRequest<FifoEnvelope<M>>;
  LowerIndication: BroadcastIndication<FifoEnvelope<M>>;
}>;

export function fifoBroadcast<M = unknown>(): Core<FifoBroadcast<M>> {
  return core as Core<FifoBroadcast<M>>;
}

const core: Core<FifoBroadcast<unknown>> = {
  name: 'fifo-broadcast',
  init: (options) => ({
    senders: new Map(sortedGroup(options).map((id) => [id, { next: 0, early: new Map() }])),
    nextSequence: 0,
  }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request': {
        const { message } = event.request;
        out.request({ kind: 'broadcast', message: { sequence: state.nextSequence++, message } });
        break;
      }
      case 'indication': {
        const { from, message: envelope } = event.indication;
        const sender = state.senders.get(from);
        if (sender === undefined || !isSequence(envelope?.sequence) || envelope.sequence - sender.next > AHEAD_MAX) {
          out.ignore('a malformed message, or one too far ahead');
          break;
        }
        if (envelope.sequence < sender.next) break;
        sender.early.set(envelope.sequence, envelope.message);
        while (sender.early.has(sender.next)) {
          const message = sender.early.get(sender.next);
          sender.early.delete(sender.next++);
          out.indicate({ kind: 'deliver', from, message });
        }
        break;
      }
    }
  },
};

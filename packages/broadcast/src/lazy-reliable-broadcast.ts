/**
 * Reliable broadcast, lazy (RB1–RB4; Cachin, Guerraoui, Rodrigues, §3.3, Algorithm 3.2): as the eager one, but a
 * message is relayed only once its sender is known to have crashed: n messages a broadcast where nobody does.
 *
 * Stands on best-effort broadcast beside a perfect failure detector, and holds where that one does (a synchronous
 * system). Deviation: what is kept to be relayed is bounded: `RETAINED_MAX` messages a sender, the newest; agreement
 * holds where a crash is detected before that many more were delivered.
 */
import type { Core, Effects, NodeId, Shape } from '@troupe/protocol';
import type { CrashIndication } from './failure-detector.ts';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type Envelope,
  type GroupOptions,
  isEnvelope,
  sortedGroup,
} from './group.ts';
import { addSequence, createSequenceSet, type SequenceSet } from './sequence-set.ts';

/** Messages of one sender that are kept in case it crashes; the oldest go first. */
export const RETAINED_MAX = 4_096;

interface Sender {
  crashed: boolean;
  readonly delivered: SequenceSet;
  readonly retained: Envelope<unknown>[];
}

interface LazyState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly senders: Map<NodeId, Sender>;
  nextSequence: number;
}

export type LazyReliableBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: LazyState;
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: { readonly side: 'left'; readonly request: BroadcastRequest<Envelope<M>> };
  LowerIndication:
    | { readonly side: 'left'; readonly indication: BroadcastIndication<Envelope<M>> }
    | { readonly side: 'right'; readonly indication: CrashIndication };
}>;

export function lazyReliableBroadcast<M = unknown>(): Core<LazyReliableBroadcast<M>> {
  return core as Core<LazyReliableBroadcast<M>>;
}

const core: Core<LazyReliableBroadcast<unknown>> = {
  name: 'lazy-reliable-broadcast',
  init(options) {
    const nodes = sortedGroup(options);
    const senders = new Map(
      nodes.map((id) => [id, { crashed: false, delivered: createSequenceSet(), retained: [] } satisfies Sender]),
    );
    return { self: options.self, nodes, senders, nextSequence: 0 };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request': {
        const { message } = event.request;
        relay({ origin: state.self, sequence: state.nextSequence++, message }, out);
        break;
      }
      case 'indication':
        if (event.indication.side === 'left') onDeliver(state, event.indication.indication.message, out);
        else onCrash(state, event.indication.indication.node, out);
        break;
    }
  },
};

function onDeliver(state: LazyState, envelope: Envelope<unknown>, out: Effects<LazyReliableBroadcast<unknown>>): void {
  const sender = isEnvelope(envelope, state.nodes) ? state.senders.get(envelope.origin) : undefined;
  if (sender === undefined) {
    out.ignore('a malformed envelope');
    return;
  }
  if (!addSequence(sender.delivered, envelope.sequence)) return;
  out.indicate({ kind: 'deliver', from: envelope.origin, message: envelope.message });
  if (sender.crashed) {
    relay(envelope, out);
  } else {
    sender.retained.push(envelope);
    if (sender.retained.length > RETAINED_MAX) sender.retained.shift();
  }
}

function onCrash(state: LazyState, node: NodeId, out: Effects<LazyReliableBroadcast<unknown>>): void {
  const sender = state.senders.get(node);
  if (sender === undefined) return;
  sender.crashed = true;
  for (const envelope of sender.retained.splice(0)) relay(envelope, out);
}

function relay(envelope: Envelope<unknown>, out: Effects<LazyReliableBroadcast<unknown>>): void {
  out.request({ side: 'left', request: { kind: 'broadcast', message: envelope } });
}

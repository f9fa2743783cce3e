/**
 * Causal-order broadcast, waiting (CRB5; Cachin, Guerraoui, Rodrigues, §3.9, Algorithm 3.15): what may have caused a
 * message is delivered before it, everywhere. Each message carries a vector of how many messages of each node its
 * sender had delivered; a receiver waits until it has delivered as many.
 *
 * Stands on a reliable broadcast, and agrees as that one does. Vectors are in the order of the sorted group.
 */
import type { Core, Effects, NodeId, Shape } from '@troupe/protocol';
import {
  type BroadcastIndication,
  type BroadcastRequest,
  type GroupOptions,
  isSequence,
  sortedGroup,
} from './group.ts';

/** Messages that wait for their causes. Beyond it, more are ignored and counted. */
export const CAUSAL_PENDING_MAX = 16_384;

export interface CausalEnvelope<M> {
  /** At the sender's place: its own broadcasts before this one; elsewhere: what it had delivered of that node. */
  readonly vector: readonly number[];
  readonly message: M;
}

interface Waiting {
  readonly rank: number;
  readonly vector: readonly number[];
  readonly message: unknown;
}

interface CausalState {
  readonly nodes: readonly NodeId[];
  readonly rank: number;
  /** How many messages of each node were delivered here. */
  readonly delivered: number[];
  waiting: Waiting[];
  nextSequence: number;
}

export type CausalBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: CausalState;
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
  LowerRequest: BroadcastRequest<CausalEnvelope<M>>;
  LowerIndication: BroadcastIndication<CausalEnvelope<M>>;
}>;

export function causalBroadcast<M = unknown>(): Core<CausalBroadcast<M>> {
  return core as Core<CausalBroadcast<M>>;
}

const core: Core<CausalBroadcast<unknown>> = {
  name: 'causal-broadcast',
  init(options) {
    const nodes = sortedGroup(options);
    const delivered = nodes.map(() => 0);
    return { nodes, rank: nodes.indexOf(options.self), delivered, waiting: [], nextSequence: 0 };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request': {
        const vector = [...state.delivered];
        // Its own earlier messages are causes too, delivered here or not.
        vector[state.rank] = state.nextSequence++;
        out.request({ kind: 'broadcast', message: { vector, message: event.request.message } });
        break;
      }
      case 'indication':
        onIndication(state, event.indication, out);
        break;
    }
  },
};

function onIndication(
  state: CausalState,
  { from, message: envelope }: BroadcastIndication<CausalEnvelope<unknown>>,
  out: Effects<CausalBroadcast<unknown>>,
): void {
  const rank = state.nodes.indexOf(from);
  if (rank < 0 || !isVector(envelope?.vector, state.nodes.length)) {
    out.ignore('a malformed message, or one from outside the group');
  } else if (state.waiting.length >= CAUSAL_PENDING_MAX) {
    out.ignore('a message beyond those that may wait for their causes');
  } else {
    state.waiting.push({ rank, vector: envelope.vector, message: envelope.message });
    deliverAllReady(state, out);
  }
}

function deliverAllReady(state: CausalState, out: Effects<CausalBroadcast<unknown>>): void {
  // One delivery may make others ready, earlier ones in the list too: until a pass finds none.
  for (let before = -1; before !== state.waiting.length; ) {
    before = state.waiting.length;
    state.waiting = state.waiting.filter(({ rank, vector, message }) => {
      if (!vector.every((count, index) => count <= (state.delivered[index] ?? 0))) return true;
      state.delivered[rank] = (state.delivered[rank] ?? 0) + 1;
      out.indicate({ kind: 'deliver', from: state.nodes[rank] as NodeId, message });
      return false;
    });
  }
}

function isVector(vector: unknown, length: number): boolean {
  return Array.isArray(vector) && vector.length === length && vector.every(isSequence);
}

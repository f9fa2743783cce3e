/**
 * Epoch-change, leader-based (EC1–EC3; Cachin, Guerraoui, Rodrigues, §5.3.1, Algorithm 5.5): starts epochs with growing
 * timestamps, each with a leader, the same everywhere; eventually every correct node starts one last epoch, and its leader
 * is correct. Holds in a fail-noisy system: stands on perfect links and an eventual leader detector.
 *
 * Deviations: a timestamp names its leader (modulo the size of the group), and epoch 0 is the first node's, started
 * without a word. An epoch of a leader that is not trusted yet waits until it is, and a refusal says which timestamp
 * stands in the way: so a new leader needs one more attempt, where the textbook's tries until all trust it.
 */
import type { Core, Effects, NodeId, Shape } from '@troupe/protocol';
import type { TrustIndication } from './failure-detector.ts';
import { type GroupOptions, isSequence, sortedGroup } from './group.ts';

/** Timestamps are below. A greater one from a peer is ignored: none may bring numbers to their end. */
export const EPOCHS_MAX = 2 ** 48;

export interface StartEpoch {
  readonly kind: 'start-epoch';
  readonly timestamp: number;
  readonly leader: NodeId;
}

export type EpochChangeMessage =
  | { readonly kind: 'new-epoch'; readonly timestamp: number }
  /** The epoch that its sender is in, which the leader's does not follow. */
  | { readonly kind: 'nack'; readonly timestamp: number };

interface EpochState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  trusted: NodeId;
  /** `lastts`: of the epoch started last. */
  lastTimestamp: number;
  /** `ts`: the last one that this node announced. */
  timestamp: number;
  /** The last timestamp that each node announced. */
  readonly announced: Map<NodeId, number>;
}

export type LeaderBasedEpochChange = Shape<{
  Options: GroupOptions;
  State: EpochState;
  Message: EpochChangeMessage;
  /** Which epoch is it? For those who were not there when it started. */
  Request: { readonly kind: 'epoch' };
  Reply: StartEpoch;
  Indication: StartEpoch;
  LowerIndication: TrustIndication;
}>;

type Out = Effects<LeaderBasedEpochChange>;

export const leaderBasedEpochChange: Core<LeaderBasedEpochChange> = {
  name: 'leader-based-epoch-change',
  init(options) {
    const nodes = sortedGroup(options);
    const trusted = nodes[0] as NodeId;
    return { self: options.self, nodes, trusted, lastTimestamp: 0, timestamp: 0, announced: new Map([[trusted, 0]]) };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request':
        out.reply(event.id, startEpoch(state));
        break;
      case 'indication':
        onTrust(state, event.indication.leader, out);
        break;
      case 'message': {
        const timestamp = event.message?.timestamp;
        if (!state.nodes.includes(event.from) || !isSequence(timestamp) || timestamp >= EPOCHS_MAX) {
          out.ignore('a malformed message, or one from outside the group');
        } else if (event.message.kind === 'new-epoch' && leaderOf(timestamp, state.nodes) === event.from) {
          state.announced.set(event.from, Math.max(timestamp, state.announced.get(event.from) ?? 0));
          if (event.from === state.trusted) follow(state, out);
        } else if (event.message.kind === 'nack') {
          if (state.trusted === state.self && timestamp > state.timestamp) announce(state, timestamp, out);
        } else {
          out.ignore('a message of an unknown kind, or an epoch of another leader');
        }
        break;
      }
    }
  },
};

/** The leader of an epoch, from its timestamp alone. */
export function leaderOf(timestamp: number, nodes: readonly NodeId[]): NodeId {
  return nodes[timestamp % nodes.length] as NodeId;
}

function onTrust(state: EpochState, leader: NodeId, out: Out): void {
  if (!state.nodes.includes(leader)) {
    out.ignore('a leader from outside the group');
    return;
  }
  // The first node is trusted from the start, in epoch 0.
  if (leader === state.trusted) return;
  state.trusted = leader;
  // Its last epoch may have been refused while it did not trust itself, and the refusal passed over: hence a new one.
  if (leader === state.self) announce(state, state.lastTimestamp, out);
  else follow(state, out);
}

/** A new epoch of this node's, above `floor` and all that it has announced. */
function announce(state: EpochState, floor: number, out: Out): void {
  const { self, nodes } = state;
  const above = Math.max(floor, state.timestamp, state.lastTimestamp) + 1;
  const rank = nodes.indexOf(self);
  state.timestamp = above + ((rank - (above % nodes.length) + nodes.length) % nodes.length);
  for (const to of nodes) out.send(to, { kind: 'new-epoch', timestamp: state.timestamp });
}

/** Starts the newest epoch of the leader that is trusted, or tells it why not. */
function follow(state: EpochState, out: Out): void {
  const { trusted, lastTimestamp, nodes } = state;
  const newest = state.announced.get(trusted) ?? 0;
  if (newest > lastTimestamp) {
    state.lastTimestamp = newest;
    out.indicate(startEpoch(state));
  } else if (leaderOf(lastTimestamp, nodes) !== trusted) {
    out.send(trusted, { kind: 'nack', timestamp: lastTimestamp });
  }
}

function startEpoch({ lastTimestamp, nodes }: EpochState): StartEpoch {
  return { kind: 'start-epoch', timestamp: lastTimestamp, leader: leaderOf(lastTimestamp, nodes) };
}

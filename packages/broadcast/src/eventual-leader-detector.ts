/**
 * Eventual leader detector (Ω), monarchical (ELD1–ELD2; Cachin, Guerraoui, Rodrigues, §2.6.5, Algorithm 2.8): after some
 * time all correct nodes trust the same correct node. Until then there may be several leaders, or crashed ones.
 *
 * Stands on an eventually perfect failure detector. Deviation: of those not suspected, the first in the order of ids
 * leads (the textbook takes the highest rank); a node never suspects itself, so there is always a leader.
 */
import type { Core, Effects, NodeId, Shape } from '@troupe/protocol';
import type { SuspicionIndication, TrustIndication } from './failure-detector.ts';
import { type GroupOptions, sortedGroup } from './group.ts';

interface LeaderState {
  readonly nodes: readonly NodeId[];
  readonly suspected: Set<NodeId>;
  leader: NodeId | null;
}

export type EventualLeaderDetector = Shape<{
  Options: GroupOptions;
  State: LeaderState;
  Indication: TrustIndication;
  LowerIndication: SuspicionIndication;
}>;

export const eventualLeaderDetector: Core<EventualLeaderDetector> = {
  name: 'eventual-leader-detector',
  init: (options) => ({ nodes: sortedGroup(options), suspected: new Set(), leader: null }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'indication':
        if (event.indication.kind === 'suspect') state.suspected.add(event.indication.node);
        else state.suspected.delete(event.indication.node);
        break;
    }
    trustFirst(state, out);
  },
};

function trustFirst(state: LeaderState, out: Effects<EventualLeaderDetector>): void {
  const leader = state.nodes.find((id) => !state.suspected.has(id));
  if (leader === undefined || leader === state.leader) return;
  state.leader = leader;
  out.indicate({ kind: 'trust', leader });
}

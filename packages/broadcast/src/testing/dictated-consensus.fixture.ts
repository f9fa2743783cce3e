/**
 * The smallest consensus that is one, where nobody crashes: the first node decides what it is asked for first. It shows
 * that the layer above takes any.
 */
import type { Core, NodeId, Shape } from '@troupe/protocol';
import type { ConsensusIndication, ConsensusRequest } from '../consensus.ts';
import { type GroupOptions, sortedGroup } from '../group.ts';

export type DictatedConsensus<V> = Shape<{
  Options: GroupOptions;
  State: { readonly self: NodeId; readonly nodes: readonly NodeId[]; decided: boolean };
  Message: { readonly kind: 'wish' | 'decree'; readonly value: V };
  Request: ConsensusRequest<V>;
  Indication: ConsensusIndication<V>;
}>;

export const dictatedConsensus = <V>(): Core<DictatedConsensus<V>> => ({
  name: 'dictated-consensus',
  init: (options) => ({ self: options.self, nodes: sortedGroup(options), decided: false }),
  step(state, event, out) {
    const { nodes } = state;
    if (event.kind === 'request') {
      out.send(nodes[0] as NodeId, { kind: 'wish', value: event.request.value });
    } else if (event.kind === 'message' && !state.decided) {
      state.decided = true;
      const { kind, value } = event.message;
      if (kind === 'wish') for (const to of nodes) if (to !== state.self) out.send(to, { kind: 'decree', value });
      out.indicate({ kind: 'decide', value });
    }
  },
});

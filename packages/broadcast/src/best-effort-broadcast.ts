/**
 * Best-effort broadcast (BEB1–BEB3; Cachin, Guerraoui, Rodrigues, §3.2, Algorithm 3.1): if the sender stays correct,
 * every correct node delivers, once, what it broadcast. If it crashes midway, some do and some don't.
 *
 * Stands on perfect links: the host's own where it loses nothing (threads), or `linked(…, perfectLink())`.
 */
import type { Core, NodeId, Shape } from '@troupe/protocol';
import { type BroadcastIndication, type BroadcastRequest, type GroupOptions, sortedGroup } from './group.ts';

export type BestEffortBroadcast<M> = Shape<{
  Options: GroupOptions;
  State: { readonly nodes: readonly NodeId[] };
  Message: { readonly message: M };
  Request: BroadcastRequest<M>;
  Indication: BroadcastIndication<M>;
}>;

export function bestEffortBroadcast<M = unknown>(): Core<BestEffortBroadcast<M>> {
  return core as Core<BestEffortBroadcast<M>>;
}

const core: Core<BestEffortBroadcast<unknown>> = {
  name: 'best-effort-broadcast',
  init: (options) => ({ nodes: sortedGroup(options) }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request':
        for (const to of state.nodes) out.send(to, { message: event.request.message });
        break;
      case 'message':
        if (typeof event.message !== 'object' || event.message === null || !state.nodes.includes(event.from)) {
          out.ignore('a malformed message, or one from outside the group');
        } else {
          out.indicate({ kind: 'deliver', from: event.from, message: event.message.message });
        }
        break;
    }
  },
};

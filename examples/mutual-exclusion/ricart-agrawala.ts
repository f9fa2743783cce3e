/**
 * Mutual exclusion by asking everybody (Ricart and Agrawala, "An optimal algorithm for mutual exclusion in computer
 * networks", 1981): who wants in stamps its request with its logical clock and enters once all the others have granted it;
 * who is inside, or wants in with an earlier request, defers its grant until it leaves. Of two requests, the one with the
 * lower stamp comes first; of equal stamps, the one of the lower id.
 *
 * Safe and live where links lose and repeat nothing and nobody crashes. Messages may overtake one another.
 */
import { type Core, type Effects, type NodeId, type RequestId, type Shape, sortedIds } from 'troupe/protocol';

/** A request in the total order that decides who comes first. */
export interface Stamp {
  readonly clock: number;
  readonly node: NodeId;
}

export interface MutexState {
  readonly self: NodeId;
  readonly others: readonly NodeId[];
  /** Lamport's clock. */
  clock: number;
  phase: 'outside' | 'wanting' | 'inside';
  /** Of the request that is under way, or that one is inside with. */
  stamp: Stamp | null;
  /** Whose grant is still missing. */
  missing: NodeId[];
  /** Who waits until this node leaves. */
  deferred: NodeId[];
  /** Who asked to enter here. */
  client: RequestId | null;
}

export type MutexMessage = { readonly kind: 'request'; readonly clock: number } | { readonly kind: 'grant' };

export type Mutex = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: MutexState;
  Message: MutexMessage;
  Request: { readonly kind: 'enter' } | { readonly kind: 'leave' };
  Reply: { readonly kind: 'entered' | 'left' | 'not inside' | 'one at a time' };
}>;

/** What the algorithm decides: all that its wrong versions get wrong. */
export interface Decisions {
  comesFirst(one: Stamp, other: Stamp): boolean;
  defers(state: MutexState, request: Stamp, comesFirst: Decisions['comesFirst']): boolean;
  /** Lamport's rule: the clock after a message that carries this one. */
  witness(clock: number, seen: number): number;
  /** Who is granted on leaving. */
  released(deferred: readonly NodeId[]): readonly NodeId[];
}

export const RICART_AGRAWALA: Decisions = {
  comesFirst: (one, other) => one.clock < other.clock || (one.clock === other.clock && one.node < other.node),
  defers: (state, request, comesFirst) =>
    state.phase === 'inside' || (state.phase === 'wanting' && state.stamp !== null && comesFirst(state.stamp, request)),
  witness: (clock, seen) => Math.max(clock, seen),
  released: (deferred) => deferred,
};

export function mutualExclusion(decisions: Decisions = RICART_AGRAWALA): Core<Mutex> {
  return {
    name: 'ricart-agrawala',
    init({ self, nodes }) {
      const others = sortedIds(nodes).filter((node) => node !== self);
      return { self, others, clock: 0, phase: 'outside', stamp: null, missing: [], deferred: [], client: null };
    },
    step(state, event, out) {
      switch (event.kind) {
        case 'start':
          break;
        case 'request':
          if (event.request.kind === 'enter') onEnter(state, event.id, out);
          else onLeave(state, event.id, decisions, out);
          break;
        case 'message':
          if (event.message.kind === 'grant') onGrant(state, event.from, out);
          else onRequest(state, { clock: event.message.clock, node: event.from }, decisions, out);
          break;
      }
    },
  };
}

function onEnter(state: MutexState, client: RequestId | null, out: Effects<Mutex>): void {
  if (state.phase !== 'outside') {
    out.reply(client, { kind: 'one at a time' });
    return;
  }
  state.clock++;
  state.phase = 'wanting';
  state.stamp = { clock: state.clock, node: state.self };
  state.client = client;
  state.missing = [...state.others];
  for (const other of state.others) out.send(other, { kind: 'request', clock: state.clock });
  enterIfGranted(state, out);
}

function onRequest(state: MutexState, request: Stamp, decisions: Decisions, out: Effects<Mutex>): void {
  state.clock = decisions.witness(state.clock, request.clock);
  if (decisions.defers(state, request, decisions.comesFirst)) state.deferred.push(request.node);
  else out.send(request.node, { kind: 'grant' });
}

function onGrant(state: MutexState, from: NodeId, out: Effects<Mutex>): void {
  if (!state.missing.includes(from)) {
    out.ignore('a grant that nobody waits for');
    return;
  }
  state.missing = state.missing.filter((node) => node !== from);
  enterIfGranted(state, out);
}

function enterIfGranted(state: MutexState, out: Effects<Mutex>): void {
  if (state.phase !== 'wanting' || state.missing.length > 0) return;
  state.phase = 'inside';
  out.reply(state.client, { kind: 'entered' });
}

function onLeave(state: MutexState, client: RequestId | null, decisions: Decisions, out: Effects<Mutex>): void {
  if (state.phase !== 'inside') {
    out.reply(client, { kind: 'not inside' });
    return;
  }
  state.phase = 'outside';
  state.stamp = null;
  state.client = null;
  for (const other of decisions.released(state.deferred)) out.send(other, { kind: 'grant' });
  state.deferred = [];
  out.reply(client, { kind: 'left' });
}

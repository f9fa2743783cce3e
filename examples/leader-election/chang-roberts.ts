/**
 * Leader election on a one-way ring (Chang and Roberts, "An improved algorithm for decentralized extrema-finding in
 * circular configurations of processes", 1979): whoever wants a leader sends its own id round. A node lets a greater id
 * pass, and swallows a smaller one, putting itself forward instead unless it already has; so only the greatest comes back
 * to where it started. That node leads, and says so once round the ring.
 *
 * Safe and live where links lose and repeat nothing and nobody crashes.
 */
import { type Core, type Effects, type NodeId, type RequestId, type Shape, unreachable } from 'troupe/protocol';

export interface ElectionState {
  readonly self: NodeId;
  readonly next: NodeId;
  /** It has put itself forward, or let a greater id pass, in the election that is under way. */
  isParticipant: boolean;
  leader: NodeId | null;
}

export type ElectionMessage =
  | { readonly kind: 'candidate'; readonly id: NodeId }
  | { readonly kind: 'elected'; readonly id: NodeId };

export type Election = Shape<{
  /** The ring in its own order, which has nothing to do with that of the ids. */
  Options: { readonly self: NodeId; readonly ring: readonly NodeId[] };
  State: ElectionState;
  Message: ElectionMessage;
  Request: { readonly kind: 'elect' };
  Reply: { readonly kind: 'called' };
  Indication: { readonly kind: 'leader'; readonly id: NodeId };
}>;

export type Verdict = 'elected' | 'pass on' | 'put forward' | 'swallow';

/** What the algorithm decides: all that its wrong versions get wrong. */
export interface Decisions {
  /** What becomes of a candidate that comes by. */
  judge(candidate: NodeId, state: ElectionState): Verdict;
  /** Whether the news of a leader goes on from here. */
  announces(leader: NodeId, state: ElectionState): boolean;
}

export const CHANG_ROBERTS: Decisions = {
  judge(candidate, { self, isParticipant }) {
    if (candidate === self) return 'elected';
    if (candidate > self) return 'pass on';
    return isParticipant ? 'swallow' : 'put forward';
  },
  announces: (leader, { self }) => leader !== self,
};

export function leaderElection(decisions: Decisions = CHANG_ROBERTS): Core<Election> {
  return {
    name: 'chang-roberts',
    init({ self, ring }) {
      const next = ring[(ring.indexOf(self) + 1) % ring.length] ?? self;
      return { self, next, isParticipant: false, leader: null };
    },
    step(state, event, out) {
      switch (event.kind) {
        case 'start':
          break;
        case 'request':
          onElect(state, event.id, out);
          break;
        case 'message':
          if (event.message.kind === 'candidate') onCandidate(state, event.message.id, decisions, out);
          else onElected(state, event.message.id, decisions, out);
          break;
      }
    },
  };
}

function onElect(state: ElectionState, client: RequestId | null, out: Effects<Election>): void {
  // Where an election is under way, its winner will do.
  if (!state.isParticipant) putForward(state, out);
  out.reply(client, { kind: 'called' });
}

function onCandidate(state: ElectionState, id: NodeId, decisions: Decisions, out: Effects<Election>): void {
  const verdict = decisions.judge(id, state);
  switch (verdict) {
    case 'elected':
      follow(state, id, out);
      out.send(state.next, { kind: 'elected', id });
      break;
    case 'pass on':
      state.isParticipant = true;
      out.send(state.next, { kind: 'candidate', id });
      break;
    case 'put forward':
      putForward(state, out);
      break;
    case 'swallow':
      out.ignore('a smaller candidate');
      break;
    default:
      unreachable(verdict);
  }
}

function onElected(state: ElectionState, id: NodeId, decisions: Decisions, out: Effects<Election>): void {
  // Its own news has come round.
  if (id === state.self) return;
  follow(state, id, out);
  if (decisions.announces(id, state)) out.send(state.next, { kind: 'elected', id });
}

function putForward(state: ElectionState, out: Effects<Election>): void {
  state.isParticipant = true;
  out.send(state.next, { kind: 'candidate', id: state.self });
}

function follow(state: ElectionState, leader: NodeId, out: Effects<Election>): void {
  state.isParticipant = false;
  state.leader = leader;
  out.indicate({ kind: 'leader', id: leader });
}

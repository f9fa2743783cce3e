/** What the initiator does: it begins, gathers the parts, and says when it is over. */
import { compareIds, type NodeId, type RequestId } from '@troupe/protocol';
import type { LocalSnapshot } from './global-snapshot.ts';
import { SNAPSHOT_VERSION } from './global-snapshot.ts';
import type { AbortReason } from './messages.ts';
import { giveUp, record } from './recording.ts';
import { ENDED_MAX, OWN, SNAPSHOTS_MAX, type SnapshotState, type Step, type Taking } from './state.ts';

export function take(step: Step, request: RequestId | null): void {
  const { state, out, rules } = step;
  const id = rules.nextId(state);
  const taking: Taking = { id, request, parts: new Map() };
  if (state.takings.size >= SNAPSHOTS_MAX) return refuse(step, taking, 'too many snapshots at once');
  state.takings.set(id, taking);
  out.setTimer({ scope: OWN, name: id }, state.snapshotTicks);
  record(step, id, state.self);
  // Where no way along channels leads, no marker comes: such a node begins by itself.
  for (const node of rules.toBeBegun(state)) out.send(node, { kind: 'begin', id, initiator: state.self });
}

export function onPart(step: Step, from: NodeId, id: string, part: LocalSnapshot, core: string): void {
  const { state, out, rules } = step;
  const taking = state.takings.get(id);
  if (taking === undefined || part.node !== from) return out.ignore('a part of no snapshot that is taken here');
  taking.parts.set(from, part);
  if (rules.expectedParts(state).some((node) => !taking.parts.has(node))) return;
  const parts = [...taking.parts.values()].sort((a, b) => compareIds(a.node, b.node));
  end(step, taking);
  const snapshot = { version: SNAPSHOT_VERSION, id, core, initiator: state.self, parts } as const;
  out.reply(taking.request, { kind: 'global-snapshot', snapshot });
}

/** To the initiator, from a node that can't go on with it. */
export function object({ state, out }: Step, id: string, initiator: NodeId, reason: AbortReason): void {
  remember(state, id);
  out.send(initiator, { kind: 'objection', id, reason });
}

export function abort(step: Step, id: string, reason: AbortReason): void {
  const taking = step.state.takings.get(id);
  if (taking === undefined) return step.out.ignore('an objection to no snapshot that is taken here');
  end(step, taking);
  refuse(step, taking, reason);
}

/** A node came back: what it had recorded is lost, and what it was sent meanwhile. */
export function onPeerRestarted(step: Step): void {
  const { state, rules } = step;
  if (!rules.minds('restart')) return;
  for (const id of [...state.takings.keys()]) abort(step, id, 'a node restarted');
  for (const { id, initiator } of [...state.recordings.values()]) {
    giveUp(state, id);
    object(step, id, initiator, 'a node restarted');
  }
}

export function onEnded({ state }: Step, id: string): void {
  giveUp(state, id);
  remember(state, id);
}

function end({ state, out }: Step, { id }: Taking): void {
  state.takings.delete(id);
  out.cancelTimer({ scope: OWN, name: id });
  for (const node of state.topology.nodes) if (node !== state.self) out.send(node, { kind: 'ended', id });
  giveUp(state, id);
  remember(state, id);
}

function refuse({ state, out }: Step, { id, request, parts }: Taking, reason: AbortReason): void {
  const missing = state.topology.nodes.filter((node) => !parts.has(node));
  out.reply(request, { kind: 'global-snapshot-aborted', id, reason, missing });
}

function remember({ ended }: SnapshotState, id: string): void {
  ended.delete(id);
  ended.add(id);
  if (ended.size <= ENDED_MAX) return;
  for (const oldest of ended) {
    ended.delete(oldest);
    return;
  }
}

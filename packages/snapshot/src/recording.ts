/**
 * What each node does: at its first sight of a snapshot it records its own state, and marks all its channels, at one
 * instant; then it keeps what still comes along each inbound channel until that channel's marker says that it is all.
 *
 * Over FIFO channels the marker itself divides what belongs to the cut from what does not. Over others it says how many
 * messages there are, and each message names the snapshots that its sender had recorded: one that names a snapshot unknown
 * here is no part of it, and is received after recording.
 *
 * @paper Chandy, Lamport: Distributed snapshots (TOCS 1985) §3.2; Lai, Yang: On distributed snapshots (IPL 1987)
 */
import { assertDefined, type NodeId } from '@troupe/protocol';
import type { CoreSnapshot, LocalSnapshot } from './global-snapshot.ts';
import { object } from './initiator.ts';
import { IN_FLIGHT_MAX, type Recording, SNAPSHOTS_MAX, type SnapshotState, type Step } from './state.ts';

export function onMarker(step: Step, from: NodeId, id: string, initiator: NodeId, sent: number): void {
  const { state, out, rules } = step;
  if (!state.topology.inbound.includes(from)) return out.ignore('a marker along no channel');
  const isFirst = !state.recordings.has(rules.keyOf(id));
  const recording = isFirst ? record(step, id, initiator) : state.recordings.get(rules.keyOf(id));
  const channel = recording?.channels.get(from);
  if (recording === undefined || channel === undefined) return;
  if (channel.expected !== null) return out.ignore('a second marker of one channel');
  if (isFirst && !rules.isFirstChannelClosed()) return;
  // Over FIFO channels all that was sent before it has come, whatever was lost with an earlier incarnation.
  channel.expected = state.order === 'fifo' ? channel.received : sent;
  finish(step, recording);
}

/**
 * Records this node, now. What it says next is after the cut, so the markers leave first: 1. n1 records, and sends 5 coins to
 * n2; 2. its marker leaves; 3. n2 receives the coins before the marker, and counts them in. They would be in both states.
 */
export function record(step: Step, id: string, initiator: NodeId): Recording | undefined {
  const { state, out, rules } = step;
  if (state.ended.has(id)) {
    out.ignore('a snapshot that is over');
    return undefined;
  }
  const refusal = reasonAgainst(state);
  if (refusal !== undefined) {
    object(step, id, initiator, refusal);
    return undefined;
  }
  const channels = new Map(
    state.topology.inbound
      .filter((from) => from !== state.self || rules.recordsItself())
      .map((from) => [from, { messages: [], received: state.received.get(from) ?? 0, expected: null }]),
  );
  const before = rules.recordsAgain(state) ? undefined : [...state.recordings.values()][0];
  const core = before?.core ?? photograph(step);
  const recording: Recording = { id, initiator, core, channels, inFlight: 0, isSent: false };
  state.recordings.set(rules.keyOf(id), recording);
  for (const to of state.topology.outbound)
    out.send(to, { kind: 'marker', id, initiator, sent: state.sent.get(to) ?? 0 });
  if (rules.isDoneAtOnce()) finish(step, recording);
  return recording;
}

/** A message of the core has come: it belongs to every cut whose channel is still open. */
export function onPayload(step: Step, from: NodeId, message: unknown, recorded: readonly string[]): void {
  const { state, out } = step;
  const received = (state.received.get(from) ?? 0) + 1;
  state.received.set(from, received);
  for (const recording of [...state.recordings.values()]) {
    const channel = recording.channels.get(from);
    if (channel === undefined || channel.received === channel.expected || recorded.includes(recording.id)) continue;
    channel.received++;
    if (recording.inFlight === IN_FLIGHT_MAX) {
      giveUp(state, recording.id);
      object(step, recording.id, recording.initiator, 'too many messages under way');
      out.ignore('a recording of more messages than a node keeps');
      continue;
    }
    recording.inFlight++;
    channel.messages.push(step.rules.copy(message));
    finish(step, recording);
  }
}

/** What this node's sends name, over channels that are not FIFO. */
export function coloursOf({ order, recordings }: SnapshotState): readonly string[] {
  return order === 'fifo' ? NONE : [...recordings.values()].map(({ id }) => id);
}

const NONE: readonly string[] = [];

/** Nothing of it is recorded any more, nor begun again by what comes late. */
export function giveUp(state: SnapshotState, id: string): void {
  for (const [key, recording] of state.recordings) if (recording.id === id) state.recordings.delete(key);
}

/** Its part is whole once all channels are. The recording stays until the end is announced: sends name it. */
function finish({ state, out }: Step, recording: Recording): void {
  if (recording.isSent) return;
  for (const { received, expected } of recording.channels.values()) if (received !== expected) return;
  recording.isSent = true;
  const channels = [...recording.channels].map(([from, { messages }]) => ({ from, messages }));
  const part: LocalSnapshot = { node: state.self, core: recording.core, channels };
  out.send(recording.initiator, { kind: 'part', id: recording.id, part });
}

function reasonAgainst(state: SnapshotState) {
  if (state.recordings.size >= SNAPSHOTS_MAX) return 'too many snapshots at once';
  return state.isRestarted && state.order === 'any' ? 'messages can’t be counted after a restart' : undefined;
}

/** All that this node knows, as copies. */
function photograph({ state, now, rules }: Step): CoreSnapshot<unknown, unknown> {
  const itself = rules.recordsItself();
  return {
    state: rules.copy(state.core),
    timers: itself
      ? [...state.timers.values()].map(({ timer, at }) => ({ timer, left: Math.max(0, at - now) as typeof at }))
      : [],
    durable: rules.copy(state.durable),
    persists: itself ? rules.copy([...state.persists]) : [],
    held: itself ? rules.copy(assertDefined(state.held, 'held sends')) : [],
  };
}

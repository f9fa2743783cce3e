/**
 * All snapshots that a node has a part in. A marker is the first that it hears of one: then it records itself, once what runs
 * in microtasks has come to rest, and until then takes nothing that lies behind the marker.
 *
 * 1. n2 answers an ask of n1, and then its marker comes. 2. n1 takes both in one turn, and records itself. 3. The handler that
 * awaits the answer goes on in a microtask. The answer would be in no channel and in no state: so 2 waits for 3.
 *
 * Markers and refusals are another thread's word: checked where they come in, bounded here, and counted where they mean nothing.
 */

import type { Arrivals } from '../arrivals.ts';
import { besideMark } from '../causal/postmark.ts';
import { type Cell, MARKS, MARKS_MAX, MARKS_SHIFT } from '../cell.ts';
import { wrongField } from '../control-check.ts';
import type { Kernel } from '../kernel.ts';
import { HOME } from '../names.ts';
import { opensStream } from '../stream/opening.ts';
import { FrameType, Verdict } from '../wire.ts';
import { Recording, type RecordingEnds, RecordingTools } from './recording.ts';
import { type AbortReason, ANSWERS, channelOf, DATA, type Marker, type SnapshotMessage } from './snapshot-control.ts';
import type { Taking } from './taking.ts';

/** Ids of snapshots that are over, kept so that what comes late begins nothing. */
const ENDED_MAX = 256;

/** A marker has come, and the instant is near. */
interface Due {
  readonly marker: Marker;
  readonly closed: Set<number>;
}

export class Snapshots {
  readonly takings = new Map<string, Taking>();
  private readonly kernel: Kernel;
  private readonly recordings = new Map<string, Recording>();
  private readonly due = new Map<string, Due>();
  private readonly ended = new Set<string>();
  /** Channels that a cut may have to do with, or that wait for an instant. */
  private readonly watched = new Set<number>();
  private number = 0;
  /** Of recordings that are over: as many as there were at once. */
  private readonly tools: RecordingTools[] = [];
  /** What goes on when an instant is over. */
  private held: (() => void)[] = [];
  private readonly ends: RecordingEnds;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.ends = {
      say: (message) => this.say(message),
      refuse: ({ id }, reason, of) => this.object(id, reason, of),
      done: ({ id }) => this.end(id),
    };
  }

  /** Of the snapshots that this node takes. */
  nextNumber(): number {
    return ++this.number;
  }

  /** The actor is about to change: whoever has marked it takes it as it is. It goes on, if that was what it waited for. */
  record(cell: Cell): void {
    for (const recording of [...this.recordings.values()])
      if ((cell.flags & recording.bit) !== 0) recording.record(cell);
    cell.flags &= ~MARKS;
    cell.wake();
  }

  /** A marker, or the initiator's own wish to begin. */
  onMarker(from: number, lane: number, marker: Marker): void {
    const { id } = marker;
    const channel = channelOf(from, lane);
    const recording = this.recordings.get(id);
    if (recording !== undefined) {
      if (!recording.close(channel)) this.refuse(from, 'a second marker of one channel');
      return this.watch();
    }
    if (this.ended.has(id)) return;
    const due = this.due.get(id) ?? this.prepare(marker);
    if (from !== this.kernel.index) due?.closed.add(channel);
    this.watch();
  }

  /** A marker that came among messages. */
  onDataMarker(from: number, payload: unknown): void {
    const marker = payload as Marker | null;
    const isMarker = typeof payload === 'object' && marker?.op === 'snapshot-marker';
    if (isMarker && wrongField(marker as never, from) === undefined) this.onMarker(from, DATA, marker as Marker);
    else this.refuse(from, 'what is told to a node and is no marker');
  }

  onPart(from: number, part: Extract<SnapshotMessage, { op: 'snapshot-part' }>): void {
    const taking = this.takings.get(part.id);
    if (taking === undefined) return this.unknown(from, part.id);
    taking.onPart(from, part);
  }

  onDone(from: number, { id, lastId }: Extract<SnapshotMessage, { op: 'snapshot-done' }>): void {
    const taking = this.takings.get(id);
    if (taking === undefined) return this.unknown(from, id);
    taking.onDone(from, lastId);
  }

  onRefused(from: number, { id, why, of }: Extract<SnapshotMessage, { op: 'snapshot-refused' }>): void {
    this.takings.get(id)?.abort(why, of, from);
  }

  /** It is given up, or is none. */
  onOver(from: number, id: string): void {
    if (from === HOME) this.end(id);
    else this.refuse(from, 'an end of a snapshot by who did not begin it');
  }

  onNodeDown(node: number): void {
    for (const taking of [...this.takings.values()])
      taking.abort('a node ended', this.kernel.nodes.reason(node) ?? 'it has ended', node);
  }

  onNodeUp(node: number): void {
    for (const taking of [...this.takings.values()]) taking.abort('a node came up', this.kernel.nodeName(node), node);
  }

  close(): void {
    for (const taking of [...this.takings.values()]) taking.abort('the end of the system', '', this.kernel.index);
  }

  /** Frames of that node wait for an instant. */
  holdsUp(from: number): boolean {
    return this.isHeld(channelOf(from, DATA)) || this.isHeld(channelOf(from, ANSWERS));
  }

  whenBegun(resume: () => void): void {
    this.held.push(resume);
  }

  /** Of this node, or of one that the initiator knows: to have no part of it any more. */
  end(id: string): void {
    this.ended.delete(id);
    this.ended.add(id);
    if (this.ended.size > ENDED_MAX) this.ended.delete(this.ended.values().next().value as string);
    const recording = this.recordings.get(id);
    if (recording !== undefined) {
      recording.end();
      this.recordings.delete(id);
      this.tools.push(recording.tools);
    }
    if (this.due.delete(id)) this.release();
    this.watch();
  }

  private prepare(marker: Marker): Due | undefined {
    const { kernel } = this;
    const { id, nodes } = marker;
    const refusal = this.refusal(nodes);
    if (refusal !== undefined) {
      this.object(id, ...refusal);
      return undefined;
    }
    const due: Due = { marker, closed: new Set() };
    this.due.set(id, due);
    kernel.host.turns.later(() => {
      if (this.due.get(id) === due) this.begin(due);
    });
    return due;
  }

  private refusal(nodes: readonly number[]): readonly [reason: AbortReason, of: string] | undefined {
    const { kernel } = this;
    if (this.recordings.size + this.due.size >= MARKS_MAX)
      return ['more snapshots at once than a node takes', `${MARKS_MAX} on ${kernel.name}`];
    const up = [kernel.index, ...kernel.nodes.othersUp()];
    const unknown = nodes.find((node) => !up.includes(node));
    if (unknown !== undefined) return ['a node ended', kernel.nodeName(unknown)];
    const joined = up.find((node) => !nodes.includes(node));
    if (joined !== undefined) return ['a node came up', kernel.nodeName(joined)];
    return kernel.recovery.isDone
      ? undefined
      : ['a node came up', `${kernel.name}, whose actors are being started again`];
  }

  private begin({ marker, closed }: Due): void {
    const taken = [...this.recordings.values()].reduce((bits, { bit }) => bits | bit, 0);
    let bit = 1 << MARKS_SHIFT;
    while ((taken & bit) !== 0) bit <<= 1;
    const tools = this.tools.pop() ?? new RecordingTools(this.kernel);
    const recording = new Recording(this.kernel, marker, bit, tools, this.ends);
    this.recordings.set(marker.id, recording);
    this.due.delete(marker.id);
    recording.begin(closed);
    this.watch();
    this.release();
  }

  private release(): void {
    for (const resume of this.held.splice(0)) resume();
  }

  private isHeld(channel: number): boolean {
    for (const { closed } of this.due.values()) if (closed.has(channel)) return true;
    return false;
  }

  /** While something on its way may belong to a cut, or must not come before an instant, arrivals are looked at: only then. */
  private watch(): void {
    const { arrivals } = this.kernel;
    const { watched } = this;
    watched.clear();
    for (const { closed } of this.due.values()) for (const channel of closed) watched.add(channel);
    for (const recording of this.recordings.values()) for (const channel of recording.open) watched.add(channel);
    const { receive, receiveHeld } = this.taker;
    arrivals.receive = watched.size > 0 ? this.receive : receive;
    arrivals.receiveHeld = watched.size > 0 ? this.receiveHeld : receiveHeld;
  }

  /** How arrivals take what comes when no snapshot is taken. */
  private get taker(): Arrivals {
    return Object.getPrototypeOf(this.kernel.arrivals);
  }

  private readonly receive: Arrivals['receive'] = (
    from,
    type,
    kind,
    target,
    sender,
    correlation,
    deadline,
    payload,
    extra,
  ) => {
    const channel = channelOf(from, type <= FrameType.Ask ? DATA : ANSWERS);
    const { arrivals, departures } = this.kernel;
    const take = this.taker.receive;
    if (!this.watched.has(channel))
      return take.call(arrivals, from, type, kind, target, sender, correlation, deadline, payload, extra);
    if (this.isHeld(channel)) return Verdict.Leave;
    const isAnswer = type === FrameType.Reply || type === FrameType.Failure;
    const ask = isAnswer ? departures.pending.get(correlation) : undefined;
    const verdict = take.call(arrivals, from, type, kind, target, sender, correlation, deadline, payload, extra);
    if (verdict === Verdict.Leave) return verdict;
    const opens = opensStream(besideMark(extra));
    for (const recording of [...this.recordings.values()])
      if (recording.open.has(channel)) recording.came(from, type, kind, target, sender, payload, opens, ask);
    return verdict;
  };

  private readonly receiveHeld: Arrivals['receiveHeld'] = (from, kind, target, sender, payload, hold, extra) => {
    const channel = channelOf(from, DATA);
    if (this.isHeld(channel)) return Verdict.Leave;
    const { arrivals } = this.kernel;
    const verdict = this.taker.receiveHeld.call(arrivals, from, kind, target, sender, payload, hold, extra);
    if (verdict === Verdict.Leave) return verdict;
    for (const recording of [...this.recordings.values()])
      if (recording.open.has(channel))
        recording.came(from, FrameType.Tell, kind, target, sender, payload, false, undefined);
    return verdict;
  };

  /** To the initiator. */
  private say(message: SnapshotMessage): void {
    const { kernel } = this;
    if (kernel.index !== HOME) return kernel.departures.control(HOME, message);
    if (message.op === 'snapshot-part') this.onPart(HOME, message);
    else if (message.op === 'snapshot-done') this.onDone(HOME, message);
    else if (message.op === 'snapshot-refused') this.onRefused(HOME, message);
  }

  /** This node can't go on with it. */
  private object(id: string, reason: AbortReason, of: string): void {
    this.end(id);
    this.say({ op: 'snapshot-refused', id, why: reason, of: of.slice(0, 1_000) });
  }

  /** What was given up, and is recorded on: whoever does it is told. */
  private unknown(from: number, id: string): void {
    if (!this.ended.has(id)) this.refuse(from, 'a part of no snapshot that is taken');
    if (from !== HOME && this.kernel.isUp(from)) this.kernel.departures.control(from, { op: 'snapshot-over', id });
  }

  private refuse(from: number, why: string): void {
    this.kernel.refusals.add('a control message', { from: this.kernel.nodeName(from), why });
  }
}

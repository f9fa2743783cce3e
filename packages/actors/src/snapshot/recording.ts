/**
 * One node's part of one snapshot: its actors as they are at one instant, and what then still comes along its channels until
 * their markers say that it is all.
 *
 * At the instant actors are only marked. Each is copied before anything of it changes, or else by a sweep in slices; so none
 * waits for longer than its own state takes. Those that are suspended are copied at the instant itself: what they await may
 * resume them in any microtask, and nothing can come before that.
 *
 * @paper Chandy, Lamport: Distributed snapshots (TOCS 1985) §3.2
 */

import { isTroupeError } from '@troupe/protocol';
import { ASK, Cell, Flag } from '../cell.ts';
import type { ControlMessage } from '../control.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef } from '../ref.ts';
import { FrameType, isId } from '../wire.ts';
import { type ActorRecord, type FlightRecord, recordOf, tellInFlight, whySuspended } from './actor-record.ts';
import { RecordWriter } from './record-writer.ts';
import { RecordedRefs } from './recorded-refs.ts';
import { type AbortReason, ANSWERS, channelOf, DATA, type Marker, type SnapshotMessage } from './snapshot-control.ts';

/** Actors, and milliseconds, of one slice of the sweep. */
const SLICE_ACTORS = 256;
const SLICE_MS = 0.5;

/** What a control frame has changed, or changes yet, for actors. */
const KEPT: ReadonlySet<string> = new Set<ControlMessage['op']>([
  'link',
  'unlink',
  'exit',
  'monitor',
  'demonitor',
  'down',
  'offer',
  'withdraw',
  'publish',
  'stream-item',
]);

/** Of one recording after the other. */
export class RecordingTools {
  readonly refs: RecordedRefs;
  readonly out: RecordWriter;

  constructor({ refs, host }: Kernel) {
    this.refs = new RecordedRefs(refs);
    this.out = new RecordWriter(host.inspector, this.refs);
  }
}

export interface RecordingEnds {
  say(message: SnapshotMessage): void;
  refuse(recording: Recording, reason: AbortReason, of: string): void;
  done(recording: Recording): void;
}

export class Recording {
  readonly id: string;
  /** Its mark in the flags of cells. */
  readonly bit: number;
  readonly tools: RecordingTools;
  isOver = false;
  private readonly kernel: Kernel;
  private readonly marker: Marker;
  private readonly ends: RecordingEnds;
  private cells: Cell[] = [];
  private swept = 0;
  /** Channels whose markers have not come. */
  readonly open = new Set<number>();

  constructor(kernel: Kernel, marker: Marker, bit: number, tools: RecordingTools, ends: RecordingEnds) {
    this.kernel = kernel;
    this.marker = marker;
    this.id = marker.id;
    this.bit = bit;
    this.ends = ends;
    this.tools = tools;
    tools.refs.reset();
    tools.out.begin(marker.bytesMax, (piece) => {
      const definitions = tools.refs.takeFresh();
      if (!this.isOver) ends.say({ op: 'snapshot-part', id: this.id, definitions, piece });
    });
  }

  /**
   * The instant: nothing runs meanwhile. What this node says next is after the cut, so the markers leave first: 1. n1 records,
   * and sends 5 coins to n2; 2. its marker leaves; 3. n2 receives the coins before the marker: they would be in both states.
   *
   * @param closed channels whose markers came first: nothing on them belongs to the cut
   */
  begin(closed: ReadonlySet<number>): void {
    const { kernel, bit, marker } = this;
    const suspended: Cell[] = [];
    let busy: Cell | undefined;
    for (const cell of actorsOf(kernel)) {
      if (marker.onlyIdle && whySuspended(cell) !== undefined) busy ??= cell;
      cell.flags |= bit;
      this.cells.push(cell);
      if ((cell.flags & Flag.Suspended) !== 0) suspended.push(cell);
    }
    if (busy !== undefined) return this.ends.refuse(this, 'an actor is suspended', busy.toString());
    for (const cell of suspended) this.record(cell);
    for (const node of marker.nodes) {
      if (node === kernel.index || this.isOver) continue;
      for (const lane of [DATA, ANSWERS]) {
        const channel = channelOf(node, lane);
        if (!closed.has(channel)) this.open.add(channel);
      }
      try {
        kernel.departures.marker(node, marker);
      } catch (error) {
        this.ends.refuse(this, 'timed out', `${kernel.nodeName(node)} does not read: ${String(error)}`);
      }
    }
    this.sweep();
  }

  /** The channel's marker has come. @returns whether it had not before */
  close(channel: number): boolean {
    if (!this.open.delete(channel)) return false;
    this.finish();
    return true;
  }

  /** Copies an actor that is marked. */
  record(cell: Cell): void {
    cell.flags &= ~this.bit;
    this.write(() => recordOf(cell, this.tools.refs.numberOf(cell.type.interface)), cell.ref);
  }

  /** A frame has come along an open channel, and was taken. `asker` is who is answered, `asked` by whom. */
  came(
    from: number,
    type: number,
    kind: number,
    target: number,
    sender: number,
    payload: unknown,
    opens: boolean,
    ask: { readonly asker: Cell | undefined; readonly target: ActorRef; readonly kindName: string } | undefined,
  ): void {
    const { refs } = this.kernel;
    const lane = type <= FrameType.Ask ? DATA : ANSWERS;
    let message: FlightRecord[2];
    if (lane === DATA) {
      // Markers are to nobody; whoever sends to what can be nobody's id is not believed.
      if (!isId(target)) return;
      const to = refs.stranger(this.kernel.index, target);
      const wants =
        type === FrameType.Tell ? 'nothing' : opens || to.cell?.type.streams[kind] ? 'a stream' : 'an answer';
      const by = isId(sender) ? refs.stranger(from, sender) : undefined;
      message = tellInFlight(this.kernel, to, kind & ~ASK, payload, by, wants);
    } else if (type !== FrameType.Control) {
      if (ask === undefined) return;
      const { asker, target: asked, kindName } = ask;
      const answer = type === FrameType.Reply ? 'answer' : 'failure';
      message = { type: answer, from: asked, to: asker?.ref, kind: kindName, value: payload };
    } else {
      const op = (payload as { readonly op?: unknown } | null | undefined)?.op;
      if (typeof op !== 'string' || !KEPT.has(op)) return;
      message = { type: 'control', op, message: payload };
    }
    this.write(() => [from, lane, message], undefined);
  }

  /** It is given up, or over: nothing of it is left. */
  end(): void {
    this.isOver = true;
    const { cells, bit } = this;
    for (let at = this.swept; at < cells.length; at++) {
      const cell = cells[at] as Cell;
      cell.flags &= ~bit;
      cell.wake();
    }
    this.cells = [];
    this.open.clear();
  }

  private readonly sweep = (): void => {
    const { cells, kernel, bit } = this;
    if (this.isOver) return;
    const until = kernel.host.clock.now() + SLICE_MS;
    const most = kernel.host.buggify?.('one actor a slice of a snapshot') ? 1 : SLICE_ACTORS;
    const last = Math.min(cells.length, this.swept + most);
    while (this.swept < last && !this.isOver) {
      const cell = cells[this.swept++] as Cell;
      if ((cell.flags & bit) === 0) continue;
      kernel.snapshots.record(cell);
      if (kernel.host.clock.now() > until) break;
    }
    if (this.swept < cells.length) kernel.host.turns.later(this.sweep);
    else this.finish();
  };

  private finish(): void {
    if (this.isOver || this.swept < this.cells.length || this.open.size > 0) return;
    this.tools.out.flush();
    this.ends.say({ op: 'snapshot-done', id: this.id, lastId: this.kernel.lifecycle.lastSerial });
    this.ends.done(this);
  }

  private write(record: () => ActorRecord | FlightRecord, actor: ActorRef | undefined): void {
    if (this.isOver) return;
    try {
      this.tools.out.write(record());
    } catch (error) {
      const of = `${actor ?? 'a message'}: ${isTroupeError(error) ? error.message : String(error)}`;
      return this.ends.refuse(this, 'a value that can’t be copied', of);
    }
    if (this.tools.out.written > this.marker.bytesMax)
      this.ends.refuse(this, 'more bytes than allowed', `${this.marker.bytesMax} on ${this.kernel.name}`);
  }
}

/** All actors of the node, the system's own root left out. */
function* actorsOf(kernel: Kernel): Iterable<Cell> {
  const { cell: root } = kernel.root;
  const stack = root === undefined ? [...kernel.guests] : [root, ...kernel.guests];
  for (let cell = stack.pop(); cell !== undefined; cell = stack.pop()) {
    if (cell !== root) yield cell;
    for (let child = cell.more?.children?.first; child !== undefined; child = child.next)
      if (child instanceof Cell) stack.push(child);
  }
}

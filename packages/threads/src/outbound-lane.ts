/**
 * One lane to another node: its ring, made at first use, and what found the ring full, which waits here, checked and copied.
 *
 * A lane into a node that redelivers outlives that node's thread: while there is none it takes frames as before, and the
 * next life is given the same memory.
 */

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FrameType, type Kernel, type Milliseconds, nodeBusy, Stat } from '@troupe/actors';
import { Encoder } from '@troupe/codec';
import {
  createRingMemory,
  type Doorbell,
  type FlushQueue,
  PortSender,
  type Pump,
  type RingMemory,
  RingWriter,
  readLedger,
  SENT,
} from './ring/index.ts';
import type { RingReports } from './ring-registry.ts';

export const DATA = 0;
export const REPLY = 1;
export type Lane = typeof DATA | typeof REPLY;

/** What a writer says to a reader of a ring that it has made, or that an earlier life of the reader had. */
export interface RingMade {
  readonly lane: Lane;
  readonly memory: RingMemory;
  readonly outOfBand: MessagePort;
  /** Where main knows the ring. */
  readonly id: string;
  /** For a ring that an earlier life had: asks before this correlation have failed with it, where there is one; or else all. */
  readonly survives: { readonly asksSince: number | undefined } | undefined;
}

/**
 * Answers and signals that wait for a node which does not read them. They are what was asked for, and hold nobody up; a node
 * that hangs is ended by its watchdog long before there are so many.
 */
export const REPLIES_WAITING_MAX = 65_536;

export interface LaneSetup {
  readonly kernel: Kernel;
  readonly pump: Pump;
  readonly flushes: FlushQueue;
  readonly doorbell: Doorbell;
  readonly ringBytes: number;
  /** Unique among the rings of all nodes. */
  readonly nextRingId: () => string;
  readonly reports: RingReports | undefined;
}

/** A frame that found its ring full. */
interface Waiting {
  readonly type: FrameType;
  readonly kind: number;
  readonly target: number;
  readonly sender: number;
  readonly correlation: number;
  readonly deadline: Milliseconds;
  readonly payload: unknown;
  readonly extra: unknown;
}

export class OutboundLane {
  readonly node: number;
  readonly lane: Lane;
  /** Its memory outlives the reader's thread. */
  readonly redelivers: boolean;
  private readonly setup: LaneSetup;
  private writer: RingWriter | undefined = undefined;
  private memory: RingMemory | undefined = undefined;
  private outOfBand: MessagePort | undefined = undefined;
  /** To the life of the node that is there now. */
  private port: MessagePort | undefined;
  private life: number;
  private id = '';
  /** Oldest first. */
  private backlog: Waiting[] = [];
  /** Senders that pause until there is room. */
  private pausing: (() => void)[] = [];
  private isClosed = false;

  constructor(setup: LaneSetup, node: number, lane: Lane, redelivers: boolean, port: MessagePort, life: number) {
    this.setup = setup;
    this.node = node;
    this.lane = lane;
    this.redelivers = redelivers;
    this.port = port;
    this.life = life;
  }

  /**
   * @returns whether it had room: otherwise the frame waits, and its sender should
   * @throws TROUPE_NODE_BUSY on the reply lane, where too many wait
   */
  send(
    type: FrameType,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): boolean {
    if (this.backlog.length === 0) {
      const writer = this.writer ?? this.open();
      if (writer.write(type, kind, target, sender, correlation, deadline, payload, extra) === SENT) return true;
      this.setup.pump.awaitRoom(writer, () => this.drain());
    }
    const { kernel } = this.setup;
    if (this.lane === REPLY && this.backlog.length >= REPLIES_WAITING_MAX)
      throw nodeBusy(kernel.nodeName(this.node), `at most ${REPLIES_WAITING_MAX} unread answers and signals`);
    const copy = kernel.copy(payload, this.root);
    this.backlog.push({ type, kind, target, sender, correlation, deadline, payload: copy, extra });
    this.count(1);
    return false;
  }

  /** Where the path of what is refused begins. */
  private get root(): string {
    return this.lane === DATA ? 'payload' : 'value';
  }

  get hasRoom(): boolean {
    return this.backlog.length === 0;
  }

  /** Nothing waits here, and nothing in the ring is unread. */
  get isQuiet(): boolean {
    return this.hasRoom && (this.memory === undefined || readLedger(this.memory).unread === 0);
  }

  onRoom(resume: () => void): void {
    this.pausing.push(resume);
  }

  /** Its reader's thread has ended; the lane waits for the next. */
  detach(): void {
    this.writer?.flush();
    this.outOfBand?.close();
    this.outOfBand = undefined;
    this.port = undefined;
  }

  /** The next life of its reader takes over what is in the ring. */
  attach(port: MessagePort, life: number): void {
    this.port = port;
    this.life = life;
    if (this.writer === undefined) return;
    const theirs = this.makeOutOfBand();
    this.writer.repostOutOfBand(new PortSender(this.outOfBand as MessagePort));
    this.announce(theirs, { asksSince: this.setup.kernel.departures.correlationNext });
  }

  /**
   * Its reader's thread has ended, and the lane ends with it.
   *
   * @returns how many frames in the ring were not read
   */
  close(): number {
    this.isClosed = true;
    const unread = this.memory === undefined ? 0 : readLedger(this.memory).unread;
    this.release();
    const { kernel } = this.setup;
    this.count(-this.backlog.length);
    for (const { type, kind, target, correlation, payload } of this.backlog)
      kernel.departures.undelivered(this.node, type, kind, target, correlation, payload);
    this.backlog = [];
    this.resume();
    if (this.id !== '') this.setup.reports?.settled(this.id);
    return unread;
  }

  /** As `close`, for a lane that redelivers: nobody will read what is in its ring, so it is given back. */
  takeBack(): { readonly memory: RingMemory; readonly outOfBand: MessagePort } | undefined {
    if (this.writer === undefined || this.memory === undefined) return undefined;
    const theirs = this.makeOutOfBand();
    this.writer.flush();
    this.writer.repostOutOfBand(new PortSender(this.outOfBand as MessagePort));
    return { memory: this.memory, outOfBand: theirs };
  }

  /** The system ends. */
  release(): void {
    if (this.writer !== undefined) {
      this.writer.flush();
      this.setup.pump.forgetRoom(this.writer);
    }
    this.outOfBand?.close();
  }

  private open(): RingWriter {
    const { kernel, doorbell, flushes, ringBytes } = this.setup;
    this.memory = createRingMemory(ringBytes, { redelivers: this.redelivers });
    this.id = this.setup.nextRingId();
    const theirs = this.makeOutOfBand();
    const encoder = new Encoder({
      inspector: kernel.host.inspector,
      references: kernel.refs,
      root: this.root,
    });
    this.writer = new RingWriter(this.memory, encoder, {
      doorbell,
      outOfBand: new PortSender(this.outOfBand as MessagePort),
      onPending: flushes.add,
    });
    this.announce(theirs, undefined);
    return this.writer;
  }

  private makeOutOfBand(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    this.outOfBand = port1;
    return port2;
  }

  private announce(outOfBand: MessagePort, survives: RingMade['survives']): void {
    const { id, lane, node, life } = this;
    const memory = this.memory as RingMemory;
    // Also one whose reader's life has ended: where this thread ends, too, before the next begins, only main knows of it.
    if (lane === DATA) this.setup.reports?.made({ id, node, life, memory });
    if (this.port === undefined) return outOfBand.close();
    const made = { id, lane, memory, outOfBand, survives } satisfies RingMade;
    this.port.postMessage(made, [outOfBand]);
  }

  private drain(): void {
    const { writer, backlog } = this;
    if (writer === undefined || this.isClosed) return;
    let done = 0;
    for (const frame of backlog) {
      if (!this.write(writer, frame)) break;
      done++;
    }
    this.count(-done);
    backlog.splice(0, done);
    if (backlog.length > 0) this.setup.pump.awaitRoom(writer, () => this.drain());
    else this.resume();
  }

  /** Its sender is gone, so a frame that can't be sent after all goes where undelivered ones go. */
  private write(writer: RingWriter, frame: Waiting): boolean {
    const { type, kind, target, sender, correlation, deadline, payload, extra } = frame;
    try {
      return writer.write(type, kind, target, sender, correlation, deadline, payload, extra) === SENT;
    } catch (refused) {
      this.setup.kernel.departures.undelivered(this.node, type, kind, target, correlation, payload, refused);
      return true;
    }
  }

  private resume(): void {
    const pausing = this.pausing;
    this.pausing = [];
    for (const resume of pausing) resume();
  }

  /** Those that wait die with this node. */
  private count(frames: number): void {
    if (this.lane === DATA) (this.setup.kernel.stats[Stat.Waiting] as number) += frames;
  }
}

export const laneOf = (type: FrameType): Lane => (type <= FrameType.Ask ? DATA : REPLY);

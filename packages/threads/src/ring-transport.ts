/**
 * Frames between nodes over rings in shared memory: two lanes for each ordered pair of nodes, made at first use.
 *
 * The data lane carries tells and asks; replies and control have a lane of their own, so that neither waits behind a full
 * mailbox. What finds a ring full waits here, checked and copied, and its sender is asked to pause. The port of a pair of
 * nodes carries two things only: the memory of a ring that was made, and wake-ups.
 */

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FrameType, type Kernel, type Milliseconds, Stat, type Transport, Verdict } from '@troupe/actors';
import { Decoder, Encoder } from '@troupe/codec';
import {
  createRingMemory,
  Doorbell,
  FlushQueue,
  type FrameSink,
  LEAVE,
  PortReceiver,
  PortSender,
  Pump,
  type RingMemory,
  RingReader,
  RingWriter,
  readLedger,
  SENT,
  TAKEN,
} from './ring/index.ts';
import { soon } from './soon.ts';

const DATA = 0;
const REPLY = 1;
type Lane = typeof DATA | typeof REPLY;

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

/** One lane to another node. */
class Outbound {
  readonly lane: Lane;
  memory: RingMemory | undefined = undefined;
  writer: RingWriter | undefined = undefined;
  outOfBand: MessagePort | undefined = undefined;
  /** Oldest first. */
  readonly backlog: Waiting[] = [];

  constructor(lane: Lane) {
    this.lane = lane;
  }
}

interface Inbound {
  readonly reader: RingReader;
  readonly outOfBand: MessagePort;
  readonly sink: FrameSink;
}

/** Another node, as long as one life of its thread lasts. */
class Peer {
  readonly node: number;
  readonly port: MessagePort;
  readonly lanes: readonly [Outbound, Outbound] = [new Outbound(DATA), new Outbound(REPLY)];
  readonly inbound: Inbound[] = [];
  /** Senders that pause until the data lane has room. */
  readonly pausing: (() => void)[] = [];

  constructor(node: number, port: MessagePort) {
    this.node = node;
    this.port = port;
  }
}

/** What one side says to the other when it has made a ring. */
interface RingMade {
  readonly memory: RingMemory;
  readonly outOfBand: MessagePort;
}

export interface RingTransportOptions {
  readonly index: number;
  /** The doorbells of all nodes. */
  readonly doorbells: SharedArrayBuffer;
  readonly cores: number;
  /** Bytes of a ring, a power of two. */
  readonly ringBytes: number;
}

export class RingTransport implements Transport {
  private readonly options: RingTransportOptions;
  private readonly peers: (Peer | undefined)[] = [];
  private readonly doorbells: Doorbell[] = [];
  private readonly pump: Pump;
  private readonly flushes = new FlushQueue(soon);
  private kernel!: Kernel;

  constructor(options: RingTransportOptions) {
    this.options = options;
    this.pump = new Pump(
      this.doorbell(options.index),
      { microtask: soon, immediate: (task) => void setImmediate(task), now: () => performance.now() },
      { cores: options.cores },
    );
  }

  /** Before the first frame. */
  start(kernel: Kernel): void {
    this.kernel = kernel;
    this.pump.start();
  }

  /** Publishes what the turn that ends has written. */
  flush(): void {
    this.flushes.flush();
  }

  send(
    node: number,
    type: FrameType,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): boolean {
    const peer = this.peers[node];
    if (peer === undefined) {
      this.kernel.undelivered(node, type, kind, target, correlation, payload);
      return true;
    }
    const lane = type <= FrameType.Ask ? peer.lanes[DATA] : peer.lanes[REPLY];
    if (lane.backlog.length === 0) {
      const writer = lane.writer ?? this.open(peer, lane);
      if (writer.write(type, kind, target, sender, correlation, deadline, payload, extra) === SENT) return true;
      this.pump.awaitRoom(writer, () => this.drainBacklog(peer, lane));
    }
    lane.backlog.push({
      type,
      kind,
      target,
      sender,
      correlation,
      deadline,
      payload: this.kernel.copy(payload, 'payload'),
      extra,
    });
    return false;
  }

  hasRoom(node: number): boolean {
    return (this.peers[node]?.lanes[DATA].backlog.length ?? 0) === 0;
  }

  onRoom(node: number, resume: () => void): void {
    const peer = this.peers[node];
    if (peer === undefined || peer.lanes[DATA].backlog.length === 0) soon(resume);
    else peer.pausing.push(resume);
  }

  /** A life of another node begins. */
  connect(node: number, port: MessagePort): void {
    const peer = new Peer(node, port);
    this.peers[node] = peer;
    this.doorbell(node).wake = () => port.postMessage(0);
    port.on('message', (message: unknown) => {
      if (typeof message === 'object' && message !== null) this.accept(peer, message as RingMade);
      else this.pump.wake();
    });
    port.unref();
  }

  /**
   * A life of another node has ended. What it published is still handled; what it had not read is lost.
   *
   * @returns how many frames of messages were lost on their way there
   */
  disconnect(node: number, _isFinal: boolean): number {
    const peer = this.peers[node];
    if (peer === undefined) return 0;
    for (const { reader, outOfBand, sink } of peer.inbound) {
      // Full mailboxes may leave some: those are counted by the ledger, as lost.
      reader.drain(Number.MAX_SAFE_INTEGER, sink);
      this.pump.remove(reader);
      outOfBand.close();
    }
    this.peers[node] = undefined;
    this.doorbell(node).wake = () => {};
    let lost = 0;
    for (const lane of peer.lanes) {
      if (lane.writer !== undefined) {
        lane.writer.flush();
        this.pump.forgetRoom(lane.writer);
      }
      if (lane.memory !== undefined && lane.lane === DATA) lost += readLedger(lane.memory).unread;
      lane.outOfBand?.close();
      for (const { type, kind, target, correlation, payload } of lane.backlog)
        this.kernel.undelivered(node, type, kind, target, correlation, payload);
      lane.backlog.length = 0;
    }
    peer.port.close();
    for (const resume of peer.pausing) resume();
    return lost;
  }

  /** Nothing waits to be written, and nothing that has arrived waits to be read. */
  get isQuiet(): boolean {
    return this.peers.every(
      (peer) =>
        peer === undefined ||
        (peer.lanes.every(
          (lane) => lane.backlog.length === 0 && (lane.memory === undefined || readLedger(lane.memory).unread === 0),
        ) &&
          peer.inbound.every(({ reader }) => !reader.isReady)),
    );
  }

  close(): void {
    this.flush();
    this.pump.stop();
    for (const peer of this.peers) {
      if (peer === undefined) continue;
      for (const { outOfBand } of peer.inbound) outOfBand.close();
      for (const lane of peer.lanes) lane.outOfBand?.close();
      peer.port.close();
    }
    this.peers.length = 0;
  }

  private doorbell(node: number): Doorbell {
    return (this.doorbells[node] ??= new Doorbell(this.options.doorbells, node, () => {}));
  }

  /** Makes the ring of a lane, and tells its reader. */
  private open(peer: Peer, lane: Outbound): RingWriter {
    const memory = createRingMemory(this.options.ringBytes);
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    const encoder = new Encoder({
      inspector: this.kernel.host.inspector,
      references: this.kernel.refs,
      root: lane.lane === DATA ? 'payload' : 'value',
    });
    const writer = new RingWriter(memory, encoder, {
      doorbell: this.doorbell(peer.node),
      outOfBand: new PortSender(port1),
      onPending: this.flushes.add,
    });
    peer.port.postMessage({ memory, outOfBand: port2 } satisfies RingMade, [port2]);
    lane.memory = memory;
    lane.writer = writer;
    lane.outOfBand = port1;
    return writer;
  }

  private accept(peer: Peer, made: RingMade): void {
    if (this.peers[peer.node] !== peer) return;
    try {
      made.outOfBand.unref();
      const decoder = new Decoder({ references: this.kernel.refs });
      const reader = new RingReader(made.memory, decoder, {
        writerDoorbell: this.doorbell(peer.node),
        outOfBand: new PortReceiver(made.outOfBand),
      });
      const sink = this.sinkFor(peer.node, () => reader);
      peer.inbound.push({ reader, outOfBand: made.outOfBand, sink });
      this.pump.add(reader, sink);
    } catch (error) {
      (this.kernel.stats[Stat.FramesRefused] as number)++;
      this.kernel.host.log.warn({ from: this.kernel.nodeName(peer.node), err: error }, 'a ring was refused');
    }
  }

  private sinkFor(from: number, reader: () => RingReader): FrameSink {
    const { kernel, pump } = this;
    return {
      frame: (type, kind, target, sender, correlation, deadline, payload, extra) => {
        if (
          kernel.arrivals.receive(from, type, kind, target, sender, correlation, deadline, payload, extra) ===
          Verdict.Taken
        )
          return TAKEN;
        kernel.arrivals.whenRoom(target, () => pump.resume(reader()));
        return LEAVE;
      },
      refused: (reason, type, kind, target, _sender, correlation, error) =>
        kernel.arrivals.refused(from, type, kind, target, correlation, reason, error),
    };
  }

  private drainBacklog(peer: Peer, lane: Outbound): void {
    const { writer, backlog } = lane;
    if (writer === undefined || this.peers[peer.node] !== peer) return;
    let done = 0;
    for (const { type, kind, target, sender, correlation, deadline, payload, extra } of backlog) {
      if (writer.write(type, kind, target, sender, correlation, deadline, payload, extra) !== SENT) break;
      done++;
    }
    backlog.splice(0, done);
    if (backlog.length > 0) {
      this.pump.awaitRoom(writer, () => this.drainBacklog(peer, lane));
      return;
    }
    if (lane.lane === DATA) for (const resume of peer.pausing.splice(0)) resume();
  }
}

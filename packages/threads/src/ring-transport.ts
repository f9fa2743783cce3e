/**
 * Frames between nodes over rings in shared memory: two lanes for each ordered pair of nodes, made at first use.
 *
 * The data lane carries tells and asks; replies and control have a lane of their own, so that neither waits behind a full
 * mailbox. The port of a pair of nodes carries two things only: the memory of a ring that was made, and wake-ups.
 *
 * When a node ends, the other side of each of its rings settles the account. What it had published is still handled, before
 * anything of its next life. What it wrote and did not publish, or did not read, is lost and counted; but a lane into a node
 * that redelivers waits for its next life.
 */

import { MessageChannel, MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { FrameType, type Kernel, type Milliseconds, type Redelivery, type Transport } from '@troupe/actors';
import { Decoder } from '@troupe/codec';
import { InboundLane } from './inbound-lane.ts';
import { DATA, type Lane, type LaneSetup, laneOf, OutboundLane, REPLY, type RingMade } from './outbound-lane.ts';
import { Doorbell, FlushQueue, PortReceiver, Pump, type RingMemory, RingReader, TAKEN } from './ring/index.ts';
import { checkRingMade } from './ring-made.ts';
import type { Heirloom, RingReports } from './ring-registry.ts';
import { soon } from './soon.ts';

/** Another node, as long as one life of its thread lasts. */
interface Peer {
  readonly node: number;
  readonly port: MessagePort;
  readonly lanes: readonly [data: OutboundLane, reply: OutboundLane];
  readonly inbound: InboundLane[];
  /** Lanes of which it has made its ring: one each. */
  readonly made: Set<Lane>;
  /** Rings that are read once those of an earlier life have been. */
  readonly early: RingMade[];
}

export interface RingTransportOptions {
  readonly index: number;
  /** The doorbells of all nodes. */
  readonly doorbells: SharedArrayBuffer;
  readonly cores: number;
  /** Bytes of a ring, a power of two. */
  readonly ringBytes: number;
  /** What each node gets again after a restart. */
  readonly redelivery: readonly Redelivery[];
  /** This node's life, among its lives. */
  readonly life: number;
  /** Main's ears; main itself needs none. */
  readonly reports?: RingReports;
}

/** Frames of a dead node handled at once. */
const LEGACY_FRAMES = 4_096;

export class RingTransport implements Transport {
  private readonly options: RingTransportOptions;
  private readonly peers: (Peer | undefined)[] = [];
  /** Data lanes into nodes that are being restarted, and redeliver. */
  private readonly waiting = new Map<number, OutboundLane>();
  /** Rings of nodes that have ended which are not read to their end: mailboxes here had no room. */
  private readonly legacies = new Map<number, InboundLane[]>();
  private readonly doorbells: Doorbell[] = [];
  private readonly pump: Pump;
  /** A turn of the dispatcher ends with a flush; whatever else writes needs one of its own. */
  private readonly flushes = new FlushQueue((flush) => {
    if (!this.kernel.dispatcher.isServing) soon(flush);
  });
  private kernel!: Kernel;
  private rings = 0;

  constructor(options: RingTransportOptions) {
    this.options = options;
    this.pump = new Pump(
      this.doorbell(options.index),
      {
        microtask: soon,
        immediate: (task) => void setImmediate(task),
        now: () => this.kernel.host.clock.now(),
        arriving: (now) => this.kernel.dispatcher.expectRun(now),
        arrived: () => this.kernel.dispatcher.runNow(),
        flush: () => this.flushes.flush(),
      },
      { cores: options.cores },
    );
  }

  /** Before the first frame. */
  start(kernel: Kernel): void {
    this.kernel = kernel;
    this.pump.start();
  }

  /** Now and then: see `Pump.lookAgain`. */
  lookAgain(): void {
    this.pump.lookAgain();
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
    const lane = this.peers[node]?.lanes[laneOf(type)] ?? this.laneThatWaits(node, type);
    if (lane !== undefined) return lane.send(type, kind, target, sender, correlation, deadline, payload, extra);
    this.kernel.departures.undelivered(node, type, kind, target, correlation, payload);
    return true;
  }

  hasRoom(node: number): boolean {
    return this.dataLane(node)?.hasRoom ?? true;
  }

  onRoom(node: number, resume: () => void): void {
    const lane = this.dataLane(node);
    if (lane === undefined || lane.hasRoom) soon(resume);
    else lane.onRoom(resume);
  }

  /** A life of another node begins. */
  connect(node: number, port: MessagePort, life: number): void {
    const data = this.waiting.get(node);
    this.waiting.delete(node);
    const lanes = [data ?? this.newLane(node, DATA, port, life), this.newLane(node, REPLY, port, life)] as const;
    const peer: Peer = { node, port, lanes, inbound: [], made: new Set(), early: [] };
    this.peers[node] = peer;
    this.doorbell(node).wake = () => port.postMessage(0);
    port.on('message', (message: unknown) => {
      if (typeof message === 'object' && message !== null) this.accept(peer, message);
      else this.pump.wake();
    });
    port.unref();
    data?.attach(port, life);
  }

  /**
   * A life of another node has ended; `isFinal`: there will be no other.
   *
   * @returns how many messages were lost on their way there or from there
   */
  disconnect(node: number, isFinal: boolean): number {
    const lost = this.endPeer(node, isFinal);
    const waiting = this.waiting.get(node);
    if (isFinal && waiting !== undefined) {
      this.waiting.delete(node);
      this.giveUp(waiting);
    }
    // It may have ended between two steps: "this node is awake now" was said, and the wake-up not sent.
    this.pump.wake();
    return lost;
  }

  /** Rings of nodes that have ended, which an earlier life of this node had not read to the end. */
  inherit(heirlooms: readonly Heirloom[]): void {
    for (const { id, from, memory } of heirlooms) {
      // What went out of band is gone with its writer.
      const { port1, port2 } = new MessageChannel();
      port1.close();
      const made: RingMade = { id, lane: DATA, memory, outOfBand: port2, survives: { asksSince: undefined } };
      const lost = this.bequeath(from, [this.inbound(from, made)]);
      if (lost > 0) this.kernel.deadLetters.count('lost-with-node', lost);
    }
  }

  /** What is in a ring that nobody will read goes to the dead letters, to be read and replayed. */
  giveUpRing(node: number, memory: RingMemory, outOfBand: MessagePort): void {
    const { kernel } = this;
    const reader = new RingReader(memory, new Decoder({ references: kernel.refs }), {
      writerDoorbell: this.doorbell(this.options.index),
      outOfBand: new PortReceiver(outOfBand),
    });
    reader.recover();
    reader.drain(Number.MAX_SAFE_INTEGER, {
      frame: (type, kind, target, _sender, correlation, _deadline, payload) => {
        kernel.departures.undelivered(node, type, kind, target, correlation, payload);
        return TAKEN;
      },
      refused: (reason, type, kind, target, _sender, correlation, error) =>
        kernel.arrivals.refused(node, type, kind, target, correlation, reason, error),
    });
    outOfBand.close();
  }

  /** Nothing waits to be written, and nothing that has arrived waits to be read. */
  get isQuiet(): boolean {
    if (this.legacies.size > 0) return false;
    for (const lane of this.waiting.values()) if (!lane.isQuiet) return false;
    return this.peers.every(
      (peer) =>
        peer === undefined ||
        (peer.early.length === 0 &&
          peer.lanes.every((lane) => lane.isQuiet) &&
          peer.inbound.every(({ reader }) => !reader.isReady)),
    );
  }

  /** @returns how many messages of nodes that have ended nobody has read, and now nobody will */
  close(): number {
    this.flush();
    this.pump.stop();
    let unread = 0;
    for (const peer of this.peers) {
      if (peer === undefined) continue;
      for (const inbound of peer.inbound) inbound.close();
      for (const { outOfBand } of peer.early) outOfBand.close();
      for (const lane of peer.lanes) lane.release();
      peer.port.close();
    }
    for (const lane of this.waiting.values()) lane.release();
    for (const inbounds of this.legacies.values()) {
      for (const inbound of inbounds) {
        if (inbound.lane === DATA) unread += inbound.unread;
        inbound.close();
      }
    }
    this.waiting.clear();
    this.legacies.clear();
    this.peers.length = 0;
    return unread;
  }

  private doorbell(node: number): Doorbell {
    return (this.doorbells[node] ??= new Doorbell(this.options.doorbells, node, () => {}));
  }

  private newLane(node: number, lane: Lane, port: MessagePort, life: number): OutboundLane {
    const { kernel, pump, flushes } = this;
    const { index, life: own, ringBytes, reports } = this.options;
    const setup: LaneSetup = {
      kernel,
      pump,
      flushes,
      doorbell: this.doorbell(node),
      ringBytes,
      nextRingId: () => `${index}/${own}/${this.rings++}`,
      reports,
    };
    const redelivers = lane === DATA && (this.options.redelivery[node] ?? 'none') !== 'none';
    return new OutboundLane(setup, node, lane, redelivers, port, life);
  }

  private dataLane(node: number): OutboundLane | undefined {
    return this.peers[node]?.lanes[DATA] ?? this.waiting.get(node);
  }

  /** An ask fails with its node rather than wait for the next. */
  private laneThatWaits(node: number, type: FrameType): OutboundLane | undefined {
    return type === FrameType.Tell ? this.waiting.get(node) : undefined;
  }

  /** A ring that it has made. */
  private accept(peer: Peer, message: object): void {
    if (this.peers[peer.node] !== peer) return;
    let made: RingMade;
    try {
      made = checkRingMade(peer.node, message);
    } catch (error) {
      return this.refuse(peer.node, message, error);
    }
    if (peer.made.has(made.lane)) return this.refuse(peer.node, made, 'it has one of this lane already');
    peer.made.add(made.lane);
    if (made.lane === DATA && this.legacies.has(peer.node)) peer.early.push(made);
    else this.read(peer, made);
  }

  private read(peer: Peer, made: RingMade): void {
    const inbound = this.inbound(peer.node, made);
    if (inbound === undefined) return;
    inbound.onResume = () => this.pump.resume(inbound.reader);
    peer.inbound.push(inbound);
    this.pump.add(inbound.reader, inbound.sink);
  }

  private inbound(node: number, made: RingMade): InboundLane | undefined {
    const { index, redelivery } = this.options;
    try {
      return new InboundLane(this.kernel, node, made, this.doorbell(node), redelivery[index] ?? 'none');
    } catch (error) {
      this.refuse(node, made, error);
      return undefined;
    }
  }

  private refuse(node: number, { outOfBand }: { readonly outOfBand?: unknown }, why: unknown): void {
    this.kernel.refusals.add('a ring', { from: this.kernel.nodeName(node), why });
    if (outOfBand instanceof MessagePort) outOfBand.close();
  }

  private endPeer(node: number, isFinal: boolean): number {
    const peer = this.peers[node];
    if (peer === undefined) return 0;
    // The rings that it made last are still in the port.
    for (let left = receiveMessageOnPort(peer.port); left !== undefined; left = receiveMessageOnPort(peer.port))
      if (typeof left.message === 'object' && left.message !== null) this.accept(peer, left.message);
    this.peers[node] = undefined;
    this.doorbell(node).wake = () => {};
    for (const { reader } of peer.inbound) this.pump.remove(reader);
    let lost = this.bequeath(node, [...peer.inbound, ...peer.early.map((made) => this.inbound(node, made))]);
    for (const lane of peer.lanes) {
      if (!lane.redelivers) {
        const unread = lane.close();
        if (lane.lane === DATA) lost += unread;
      } else if (isFinal) this.giveUp(lane);
      else {
        lane.detach();
        this.waiting.set(node, lane);
      }
    }
    peer.port.close();
    return lost;
  }

  /** Reads to the end what a node that has ended had published. @returns what it wrote and had not published */
  private bequeath(node: number, inbounds: readonly (InboundLane | undefined)[]): number {
    const before = this.legacies.get(node);
    const legacy = before ?? [];
    for (const inbound of inbounds) if (inbound !== undefined) legacy.push(inbound);
    if (before !== undefined || legacy.length === 0) return 0;
    this.legacies.set(node, legacy);
    return this.readLegacy(node, legacy);
  }

  private readLegacy(node: number, legacy: InboundLane[]): number {
    let lost = 0;
    for (let inbound = legacy[0]; inbound !== undefined; inbound = legacy[0]) {
      const { reader, sink } = inbound;
      inbound.onResume = () => {
        reader.resume();
        this.goOn(node, legacy);
      };
      while (reader.isReady) reader.drain(LEGACY_FRAMES, sink);
      // A mailbox here has no room. No answer waits behind it: those have a lane of their own.
      if (reader.isBlocked) return lost;
      if (inbound.lane === DATA) lost += inbound.unread;
      this.settle(inbound);
      legacy.shift();
    }
    this.legacies.delete(node);
    const peer = this.peers[node];
    for (const made of peer?.early.splice(0) ?? []) this.read(peer as Peer, made);
    return lost;
  }

  private settle(inbound: InboundLane): void {
    inbound.close();
    const { reports } = this.options;
    if (inbound.lane === DATA && reports !== undefined) inbound.whenNoneHeld(() => reports.settled(inbound.id));
  }

  private goOn(node: number, legacy: InboundLane[]): void {
    if (this.legacies.get(node) !== legacy) return;
    const lost = this.readLegacy(node, legacy);
    if (lost > 0) this.kernel.deadLetters.count('lost-with-node', lost);
  }

  /** The node will not be restarted. */
  private giveUp(lane: OutboundLane): void {
    const ring = lane.takeBack();
    if (ring !== undefined) this.giveUpRing(lane.node, ring.memory, ring.outOfBand);
    lane.close();
  }
}

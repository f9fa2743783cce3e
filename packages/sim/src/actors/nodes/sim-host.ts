/**
 * A host for one life of a simulated node: its clock is the world's, its turns and alarms are events of the world, its
 * draws are choices, and other nodes are reached over lanes of one thread's memory.
 *
 * When the node has crashed, nothing that is left of it does anything: continuations that still run speak to nobody.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import * as util from 'node:util';
import {
  type Alarm,
  type AsyncScope,
  type Cell,
  type Choose,
  type Clock,
  FrameType,
  type Host,
  type Kernel,
  type Logger,
  loggerOf,
  type Transport,
} from '@troupe/actors';
import { valueInspector } from '@troupe/codec';
import type { NodeClock } from '../../world/node-clock.ts';
import type { World } from '../../world/world.ts';
import { type Cluster, type PlannedEvent, TIMER } from './cluster.ts';
import { KeptLane } from './kept-lane.ts';
import { DATA, Lane, laneOf, REPLY } from './lane.ts';

/** What a node's clock shows at its start. Not 0, which stands for "no deadline". */
export const EPOCH_MONOTONIC = 1_000_000;
/** 2024-01-01T00:00:00Z, for wall clocks. */
const EPOCH_WALL = 1_704_067_200_000;

const storage = new AsyncLocalStorage<object>();
const scope: AsyncScope = { run: (value, body) => storage.run(value, body), get: () => storage.getStore() };
const inspector = valueInspector(util);

/** Another node, as long as one life of it lasts. */
interface Peer {
  readonly host: SimHost;
  readonly lanes: readonly [data: Lane, reply: Lane];
}

export class SimHost implements Host {
  readonly cluster: Cluster;
  readonly world: World;
  readonly index: number;
  readonly name: string;
  /** Which life of the node this is, from 1. */
  readonly life: number;
  readonly log: Logger;
  readonly scope = scope;
  readonly inspector = inspector;
  readonly clock: Clock;
  readonly turns = {
    soon: (run: () => void): void => this.cluster.soon(this, run),
    // A slice of messages takes time: a loop of actors can't hold time still.
    later: (run: () => void): void => void this.cluster.plan(this, this.world.now + 1, 'slice', run),
  };
  transport: Transport;
  /** It has not crashed. */
  isAlive = true;
  /** What main has told this life of others, and is on its way. */
  readonly notices: (() => void)[] = [];
  /** That have started here and not stopped, oldest first. */
  readonly actors = new Set<Cell>();
  /** Undefined until the node has started. */
  private started: Kernel | undefined = undefined;
  private readonly peers: (Peer | undefined)[] = [];
  /** Lanes into nodes that redeliver and are being restarted. */
  private readonly waiting = new Map<number, KeptLane>();
  /** Lanes of nodes that have ended which are not read to the end: mailboxes here had no room. */
  private readonly legacies = new Map<number, Lane[]>();
  private readonly labels = new Map<string, string>();
  private readonly nodeClock: NodeClock;

  /** Given away as a function. */
  readonly choose: Choose = (label, n) => {
    let named = this.labels.get(label);
    if (named === undefined) this.labels.set(label, (named = `${this.name} ${label}`));
    return this.world.choose(named, n);
  };

  constructor(cluster: Cluster, index: number, life: number, clock: NodeClock) {
    this.cluster = cluster;
    this.world = cluster.world;
    this.index = index;
    this.name = cluster.names[index] as string;
    this.life = life;
    this.nodeClock = clock;
    const now = (): number => EPOCH_MONOTONIC + clock.read(this.world.now);
    this.clock = { now, wall: () => now() - EPOCH_MONOTONIC + EPOCH_WALL };
    this.log = loggerOf(
      (level) => (fields, text) => cluster.logged({ at: cluster.world.now, node: this.name, level, fields, text }),
    );
    this.transport = {
      send: (node, type, kind, target, sender, correlation, deadline, payload, extra) => {
        if (!this.isAlive) return true;
        cluster.mustBeWithin(this);
        const lane = this.peers[node]?.lanes[laneOf(type)] ?? this.laneThatWaits(node, type);
        if (lane !== undefined) return lane.send(type, kind, target, sender, correlation, deadline, payload, extra);
        this.kernel.departures.undelivered(node, type, kind, target, correlation, payload);
        return true;
      },
      flush: () => {},
      hasRoom: (node) => this.dataLane(node)?.hasRoom ?? true,
      onRoom: (node, resume) => {
        const lane = this.dataLane(node);
        if (lane === undefined || lane.hasRoom) this.turns.soon(resume);
        else lane.onRoom(resume);
      },
    };
  }

  get kernel(): Kernel {
    return this.started as Kernel;
  }

  get isStarted(): boolean {
    return this.started !== undefined;
  }

  get laneBytes(): number {
    return this.cluster.options.laneBytes;
  }

  start(kernel: Kernel): void {
    this.started = kernel;
  }

  /** What happens to actors here. */
  observe(event: {
    readonly type: string;
    readonly actor?: { readonly cell?: Cell | undefined; readonly node: string };
  }): void {
    const cell = event.actor?.cell;
    if (cell?.kernel !== this.started || cell === undefined) return;
    if (event.type === 'started') this.actors.add(cell);
    else if (event.type === 'stopped') this.actors.delete(cell);
  }

  buggify(label: string): boolean {
    return this.cluster.buggify.ask(label);
  }

  alarm(ring: () => void): Alarm {
    return new SimAlarm(this, ring);
  }

  /** When this node's clock shows that time, on the world's. */
  whenShows(at: number): number {
    const left = at - this.clock.now();
    const late = this.cluster.options.defect?.lateTimers ?? 0;
    return this.world.now + late + (left <= 0 ? 0 : Math.ceil(this.nodeClock.duration(left)));
  }

  witness = (actor: Cell, kind: number): void => this.cluster.handles(actor, kind);

  /** Every definition of the simulation is in this thread already. */
  load(): Promise<unknown> {
    return Promise.resolve();
  }

  // --- other nodes

  connect(other: SimHost): void {
    const kept = this.waiting.get(other.index);
    this.waiting.delete(other.index);
    const data = kept ?? this.newDataLane(other);
    this.peers[other.index] = { host: other, lanes: [data, new Lane(this, other, REPLY)] };
    kept?.attach(other);
    // What it sent before it was known here has waited.
    for (const lane of other.lanesTo(this)) this.cluster.resume(lane);
  }

  /**
   * A life of another node has ended, `isFinal`: its last. What it had published is still handled, before anything of its
   * next life.
   *
   * @returns how many messages were lost on their way there
   */
  disconnect(other: SimHost, isFinal: boolean): number {
    const peer = this.peers[other.index];
    if (peer?.host === other) {
      this.peers[other.index] = undefined;
      this.inherit(other.index, other.lanesTo(this));
    }
    let lost = 0;
    for (const lane of peer?.host === other ? peer.lanes : []) {
      if (lane instanceof KeptLane) {
        lane.detach();
        this.waiting.set(other.index, lane);
      } else lost += lane.close();
    }
    if (isFinal) {
      this.waiting.get(other.index)?.giveUp(this.kernel);
      this.waiting.delete(other.index);
    }
    return lost;
  }

  /** What nodes that have ended had sent here is read before anything of their next lives. */
  inherit(from: number, lanes: readonly Lane[]): void {
    const legacy = [...(this.legacies.get(from) ?? []), ...lanes];
    if (legacy.length > 0) this.legacies.set(from, legacy);
    this.readLegacy(from);
  }

  /** Of its own lanes, those that outlive their readers. */
  get keptLanes(): readonly KeptLane[] {
    const lanes = [...this.waiting.values(), ...this.peers.map((peer) => peer?.lanes[DATA])];
    return lanes.filter((lane) => lane instanceof KeptLane);
  }

  lanesTo(other: SimHost): readonly Lane[] {
    const peer = this.peers[other.index];
    return peer?.host === other ? peer.lanes : [];
  }

  /** Does this node take what arrives on that lane now? */
  reads(lane: Lane): boolean {
    if (!this.isAlive || this.started === undefined) return false;
    const legacy = this.legacies.get(lane.from.index);
    if (legacy?.includes(lane)) {
      this.readLegacy(lane.from.index);
      return false;
    }
    if (this.peers[lane.from.index]?.host !== lane.from) return false;
    return lane.kind === REPLY || legacy === undefined;
  }

  /** Nothing is on its way from here, and nothing of the dead waits here. */
  get isQuiet(): boolean {
    if (this.legacies.size > 0 || [...this.waiting.values()].some((lane) => !lane.isQuiet)) return false;
    return this.peers.every((peer) => peer?.lanes.every((lane) => lane.isQuiet) ?? true);
  }

  /** Its thread ends. What others do not know of it yet, they learn in time. */
  crash(): void {
    this.isAlive = false;
  }

  private newDataLane(other: SimHost): Lane {
    const redelivery = other.index === 0 ? 'none' : this.cluster.options.redeliver;
    return redelivery === 'none' ? new Lane(this, other, DATA) : new KeptLane(this, other, redelivery);
  }

  private dataLane(node: number): Lane | undefined {
    return this.peers[node]?.lanes[DATA] ?? this.waiting.get(node);
  }

  /** An ask fails with its node rather than wait for the next. */
  private laneThatWaits(node: number, type: FrameType): Lane | undefined {
    return type === FrameType.Tell ? this.waiting.get(node) : undefined;
  }

  private readLegacy(from: number): void {
    const legacy = this.legacies.get(from);
    if (legacy === undefined) return;
    for (let lane = legacy[0]; lane !== undefined; lane = legacy[0]) {
      if (!lane.readToEnd()) return;
      lane.settle();
      legacy.shift();
    }
    this.legacies.delete(from);
    for (const lane of this.peers[from]?.host.lanesTo(this) ?? []) this.cluster.resume(lane);
  }
}

/** One alarm of a node's timers. */
class SimAlarm implements Alarm {
  private readonly host: SimHost;
  private readonly ring: () => void;
  private event: PlannedEvent | undefined = undefined;

  constructor(host: SimHost, ring: () => void) {
    this.host = host;
    this.ring = ring;
  }

  set(at: number): void {
    this.clear();
    if (at === Number.POSITIVE_INFINITY) return;
    const { host } = this;
    this.event = host.cluster.plan(host, host.whenShows(at), TIMER, this.ring);
  }

  clear(): void {
    if (this.event !== undefined) this.event.isCancelled = true;
    this.event = undefined;
  }
}

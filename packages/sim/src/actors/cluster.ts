/**
 * The nodes of a simulated actor system, in one thread: what happens on each is an event of the world, and while a node
 * does not run (it is paused, or starts), its events wait for it, in their order.
 */
import type { Cell, LogLevel } from '@troupe/actors';
import { NodeClock } from '../world/node-clock.ts';
import { WorldEvent } from '../world/agenda.ts';
import type { World } from '../world/world.ts';
import type { EventLoop } from './event-loop.ts';
import type { Lane, TransportDefect } from './lane.ts';
import { SimHost } from './sim-host.ts';
import type { Whereabouts } from './whereabouts.ts';

export interface ClusterOptions {
  /** Names of all nodes, main's first. */
  readonly names: readonly string[];
  /** Ticks that a frame may take longer than one. */
  readonly delayMax: number;
  /** A node's clock is off by at most so much. */
  readonly driftPerMillion: number;
  /** Bytes of a lane; what finds it full waits in its sender's heap. */
  readonly laneBytes: number;
  readonly defect?: TransportDefect | undefined;
  readonly whereabouts?: Whereabouts | undefined;
}

export interface LogEntry {
  /** Ticks. */
  readonly at: number;
  readonly node: string;
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string | undefined;
}

/** Log entries kept; older ones are let go. */
const LOGS_MAX = 1_000;

/** Something that happens on a node. */
export class PlannedEvent extends WorldEvent {
  readonly host: SimHost;
  readonly sort: string;
  readonly run: () => void;

  constructor(host: SimHost, sort: string, run: () => void) {
    super();
    this.host = host;
    this.sort = sort;
    this.run = run;
  }

  label(): string {
    return `${this.host.name} ${this.sort}`;
  }

  happen(): void {
    this.host.cluster.happen(this);
  }
}

export class Cluster {
  readonly world: World;
  readonly loop: EventLoop;
  readonly options: ClusterOptions;
  readonly names: readonly string[];
  readonly logs: LogEntry[] = [];
  /** Whose event it is. */
  current: SimHost | undefined = undefined;
  /** Called where a node's thread would end: something threw outside of any actor. */
  onThrown: (host: SimHost, error: unknown) => void = (_host, error) => {
    throw error;
  };
  /** Called where something of a node runs outside of any event: what it awaited was no part of the simulation. */
  onEscape: (host: SimHost) => void = () => {};
  private readonly clocks: readonly NodeClock[];
  private readonly delayLabels: readonly string[];
  /** Nodes that do not run now, until when. */
  private readonly paused = new Map<SimHost, number>();
  /** Extra ticks that each event of a slow node takes. */
  private readonly slowness = new Map<number, number>();
  private readonly busyUntil: number[];
  /** Held back until their node has started. */
  private readonly early = new Map<SimHost, PlannedEvent[]>();
  private readonly places = new Map<string, number>();

  constructor(world: World, loop: EventLoop, options: ClusterOptions) {
    this.world = world;
    this.loop = loop;
    this.options = options;
    this.names = options.names;
    this.clocks = options.names.map((name) => new NodeClock(this.drift(name), 0));
    this.delayLabels = options.names.flatMap((from) => options.names.map((to) => `delay ${from}→${to}`));
    this.busyUntil = options.names.map(() => 0);
  }

  newHost(index: number, life: number): SimHost {
    return new SimHost(this, index, life, this.clocks[index] as NodeClock);
  }

  // --- events

  plan(host: SimHost, at: number, sort: string, run: () => void): PlannedEvent {
    const event = new PlannedEvent(host, sort, run);
    if (host.isAlive) this.world.at(at, event);
    return event;
  }

  /** Within the event that happens, where it is the same node's; or else in one of its own. */
  soon(host: SimHost, run: () => void): void {
    if (!host.isAlive) return;
    if (!this.loop.isRunning) this.onEscape(host);
    else if (this.current === host) this.loop.soon(() => this.guarded(host, run));
    else this.plan(host, this.world.now, 'turn', run);
  }

  happen(event: PlannedEvent): void {
    const { host } = event;
    if (!host.isAlive) return;
    const until = this.heldUntil(host);
    if (until === undefined) {
      const early = this.early.get(host);
      if (early === undefined) this.early.set(host, [event]);
      else early.push(event);
      return;
    }
    if (until > this.world.now) return this.world.at(until, event);
    const slowness = this.slowness.get(host.index);
    if (slowness !== undefined) this.busyUntil[host.index] = this.world.now + slowness;
    this.world.mix(host.index);
    this.enter(host, event.sort, event.run);
  }

  /** Runs something in a node's name, now. */
  enter(host: SimHost, sort: string, run: () => void): void {
    this.current = host;
    this.options.whereabouts?.enter(this.place(`${host.name}: ${sort}`));
    this.guarded(host, run);
  }

  /** A message is about to be handled. */
  handles(host: SimHost, actor: Cell, kind: number): void {
    const { world, options } = this;
    world.mix(actor.serial);
    world.mix(kind);
    if (options.whereabouts === undefined) return;
    const message = actor.type.interface.kinds[kind] ?? 'signal';
    options.whereabouts.enter(this.place(`${host.name}: ${actor.ref} handling '${message}'`));
  }

  /** The node has started: what waited for it happens. */
  started(host: SimHost): void {
    const early = this.early.get(host) ?? [];
    this.early.delete(host);
    for (const event of early) this.world.at(this.world.now, event);
  }

  logged(entry: LogEntry): void {
    this.logs.push(entry);
    if (this.logs.length > LOGS_MAX) this.logs.shift();
  }

  // --- lanes

  delay(from: number, to: number): number {
    const { delayMax } = this.options;
    return delayMax === 0 ? 0 : this.world.choose(this.delayLabels[from * this.names.length + to] as string, delayMax + 1);
  }

  arrival(lane: Lane, at: number): void {
    this.plan(lane.to, at, `frame from ${lane.from.name}`, () => lane.arrive());
  }

  /** A lane that was held up goes on. */
  resume(lane: Lane): void {
    this.plan(lane.to, this.world.now, `frames from ${lane.from.name}`, () => lane.arrive());
  }

  /** A lane has room again, as its sender sees. */
  room(lane: Lane): void {
    this.plan(lane.from, this.world.now + 1, `room to ${lane.to.name}`, () => lane.drain());
  }

  // --- faults

  /** The node's thread does nothing for so long: what is for it waits. */
  pause(host: SimHost, ticks: number): void {
    this.paused.set(host, Math.max(this.paused.get(host) ?? 0, this.world.now + ticks));
  }

  isPaused(host: SimHost): boolean {
    return (this.paused.get(host) ?? 0) > this.world.now;
  }

  /** Each event of the node takes so many ticks; 0: none. */
  slow(index: number, ticks: number): void {
    if (ticks === 0) this.slowness.delete(index);
    else this.slowness.set(index, ticks);
  }

  /** All nodes run at full speed again. */
  heal(): void {
    this.paused.clear();
    this.slowness.clear();
  }

  /** Until when the node does not run; undefined: until it has started. */
  private heldUntil(host: SimHost): number | undefined {
    if (!host.isStarted) return undefined;
    return Math.max(this.paused.get(host) ?? 0, this.busyUntil[host.index] as number);
  }

  private guarded(host: SimHost, run: () => void): void {
    if (!host.isAlive) return;
    try {
      run();
    } catch (error) {
      this.onThrown(host, error);
    }
  }

  private drift(name: string): number {
    const { driftPerMillion } = this.options;
    if (driftPerMillion === 0) return 0;
    const drawn = this.world.choose(`drift ${name}`, 2 * driftPerMillion + 1);
    // 0 is no drift; then one faster, one slower, and so on.
    return drawn % 2 === 0 ? -drawn / 2 : (drawn + 1) / 2;
  }

  private place(text: string): number {
    let place = this.places.get(text);
    if (place === undefined) this.places.set(text, (place = this.options.whereabouts?.place(text) ?? 0));
    return place;
  }
}

/**
 * The nodes of a simulated actor system, in one thread: what happens on each is an event of the world, and while a node
 * does not run (it is paused, or starts), its events wait for it, in their order.
 */
import type { Cell, LogLevel, Redelivery } from '@troupe/actors';
import type { Occasion, Origin } from '../../choices/chooser.ts';
import type { DrawnFaults } from '../../swarm.ts';
import { asynchronous } from '../../system-model.ts';
import type { EventDescription } from '../../trace.ts';
import { WorldEvent } from '../../world/agenda.ts';
import { Buggify } from '../../world/buggify.ts';
import { Links } from '../../world/links.ts';
import { NodeClock } from '../../world/node-clock.ts';
import type { World } from '../../world/world.ts';
import type { EventLoop } from '../loop/event-loop.ts';
import type { HostDefect } from './host-defect.ts';
import type { Lane } from './lane.ts';
import { SimHost } from './sim-host.ts';

export interface ClusterOptions {
  /** Names of all nodes, main's first. */
  readonly names: readonly string[];
  /** What was drawn for this run. */
  readonly faults: DrawnFaults;
  /** Bytes of a lane; what finds it full waits in its sender's heap. */
  readonly laneBytes: number;
  /** What a restarted node gets again; main is never restarted. */
  readonly redeliver: Redelivery;
  readonly defect: HostDefect | undefined;
  /** Told of every message, before it is handled. */
  readonly watch: ((handling: Occasion) => void) | undefined;
  /** Somebody else says in which order what is on its way arrives: it takes no time, and each frame comes by itself. */
  readonly isOrdered: boolean;
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

/** What the program does is called; and that it goes on after a sleep; and an alarm of a node. */
export const PROGRAM = 'program';
export const WAKES = 'wakes';
export const TIMER = 'timer';
/** What one node does at once on another. */
export const TURN = 'turn';

/** Something that happens on a node. */
export class PlannedEvent extends WorldEvent {
  readonly host: SimHost;
  readonly sort: string;
  readonly run: () => void;
  /** Whether other nodes can tell that it has happened at once: it commutes with nothing. */
  isGlobal = false;
  /** On which a message arrives by it, and may be lost. */
  lane: Lane | undefined = undefined;
  /** In a run that is traced, the number of the frame that arrives. */
  received: number | undefined = undefined;

  constructor(host: SimHost, sort: string, run: () => void) {
    super();
    this.host = host;
    this.sort = sort;
    this.run = run;
  }

  get origin(): Origin {
    return this.sort === PROGRAM ? 'client' : 'node';
  }

  label(): string {
    return `${this.host.name} ${this.sort}`;
  }

  describe(): EventDescription {
    const { host, sort, received } = this;
    const node = host.name as EventDescription['node'];
    if (received === undefined) return { node, kind: 'other', text: sort };
    const [text, from] = sort.split(' from ') as [string, EventDescription['node']];
    return { node, kind: 'deliver', text, received, ...(from === undefined ? {} : { from }) };
  }

  override defer(): boolean {
    return this.host.cluster.defers(this);
  }

  happen(): void {
    this.host.cluster.happen(this);
  }
}

/** The message that is being handled. */
class Handling implements Occasion {
  readonly origin = 'node';
  actor: Cell | undefined = undefined;
  kind = 0;

  label(): string {
    const { actor, kind } = this;
    return `${actor?.ref} handling '${actor?.type.interface.kinds[kind] ?? 'a signal'}'`;
  }
}

/** A node goes on after a pause; machinery, as nothing happens by it. */
class PauseEnd extends WorldEvent {
  readonly cluster: Cluster;
  readonly host: SimHost;

  constructor(cluster: Cluster, host: SimHost) {
    super();
    this.cluster = cluster;
    this.host = host;
  }

  get origin(): Origin {
    return 'fault';
  }

  override get isInternal(): boolean {
    return true;
  }

  label(): string {
    return `${this.host.name} goes on`;
  }

  happen(): void {
    if (!this.cluster.isPaused(this.host)) this.cluster.goesOn(this.host);
  }
}

export class Cluster {
  readonly world: World;
  readonly buggify: Buggify;
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
  readonly links: Links;
  /** Nodes that do not run now, until when. */
  private readonly paused = new Map<SimHost, number>();
  /** Extra ticks that each event of a slow node takes. */
  private readonly slowness = new Map<number, number>();
  private readonly busyUntil: number[];
  /** Events of nodes that are paused, or have not started. */
  private readonly held = new Map<SimHost, PlannedEvent[]>();
  private readonly handling = new Handling();

  constructor(world: World, loop: EventLoop, options: ClusterOptions) {
    this.world = world;
    this.buggify = new Buggify(world);
    this.loop = loop;
    this.options = options;
    this.names = options.names;
    const { clocks, links, delaySpread } = options.faults;
    this.clocks = options.names.map(
      (name) =>
        new NodeClock(
          this.around(`drift ${name}`, clocks.driftPerMillion),
          this.around(`offset ${name}`, clocks.offsetMax),
        ),
    );
    this.links = new Links(world, options.names, asynchronous, links, delaySpread);
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

  /** Whatever a node does, it does within an event. */
  mustBeWithin(host: SimHost): void {
    if (!this.loop.isRunning) this.onEscape(host);
  }

  /** Within the event that happens, where it is the same node's; or else in one of its own. */
  soon(host: SimHost, run: () => void): void {
    if (!host.isAlive) return;
    this.mustBeWithin(host);
    if (this.current === host) this.loop.soon(() => this.guarded(host, run));
    else this.plan(host, this.world.now, TURN, run);
  }

  /** True where the event's node does not run now: it waits. */
  defers(event: PlannedEvent): boolean {
    const { host } = event;
    if (!host.isAlive) return false;
    if (!host.isStarted || this.isPaused(host)) {
      const held = this.held.get(host);
      if (held === undefined) this.held.set(host, [event]);
      else held.push(event);
      return true;
    }
    const until = this.busyUntil[host.index] as number;
    if (until <= this.world.now) return false;
    this.world.at(until, event);
    return true;
  }

  happen(event: PlannedEvent): void {
    const { host } = event;
    if (!host.isAlive) return;
    const slowness = this.slowness.get(host.index);
    if (slowness !== undefined) this.busyUntil[host.index] = this.world.now + slowness;
    this.world.mix(host.index);
    this.enter(host, event.run);
  }

  /** Runs something in a node's name, now. */
  enter(host: SimHost, run: () => void): void {
    this.current = host;
    this.guarded(host, run);
  }

  /** A message is about to be handled. */
  handles(actor: Cell, kind: number): void {
    const { world, handling } = this;
    world.mix(actor.serial);
    world.mix(kind);
    handling.actor = actor;
    handling.kind = kind;
    this.options.watch?.(handling);
  }

  /** The node runs, from now on or again: what waited for it happens. */
  goesOn(host: SimHost): void {
    const held = this.held.get(host) ?? [];
    this.held.delete(host);
    for (const event of held) this.world.at(this.world.now, event);
  }

  logged(entry: LogEntry): void {
    this.logs.push(entry);
    if (this.logs.length > LOGS_MAX) this.logs.shift();
  }

  // --- lanes

  /** When what is sent now arrives. */
  arrivalOf(from: SimHost, to: SimHost): number {
    return this.options.isOrdered ? this.world.now : this.links.arrival(from.index, to.index);
  }

  arrives(lane: Lane, at: number, traced: number | undefined): void {
    const { isOrdered } = this.options;
    const event = this.plan(lane.to, at, lane.arrivalSort, () => lane.arrive(isOrdered ? 1 : undefined));
    event.received = traced;
    event.lane = lane;
  }

  /** A lane that was held up goes on. */
  resume(lane: Lane): void {
    if (!this.options.isOrdered) this.plan(lane.to, this.world.now, lane.arrivalSort, () => lane.arrive());
    else for (let left = lane.unread; left > 0; left--) this.arrives(lane, this.world.now, undefined);
  }

  /** A lane has room again, as its sender sees. */
  room(lane: Lane): void {
    this.plan(lane.from, this.world.now + 1, `room to ${lane.to.name}`, () => lane.drain());
  }

  // --- faults

  /** The node's thread does nothing for so long: what is for it waits. */
  pause(host: SimHost, ticks: number): void {
    const until = this.world.now + ticks;
    if (until <= (this.paused.get(host) ?? 0)) return;
    this.paused.set(host, until);
    this.world.at(until, new PauseEnd(this, host));
  }

  /** It is up, and does something now. */
  runs(host: SimHost): boolean {
    return host.isAlive && host.isStarted && !this.isPaused(host);
  }

  isPaused(host: SimHost): boolean {
    return (this.paused.get(host) ?? 0) > this.world.now;
  }

  /** Each event of the node takes so many ticks; 0: none. */
  slow(index: number, ticks: number): void {
    if (ticks === 0) this.slowness.delete(index);
    else this.slowness.set(index, ticks);
  }

  /** All nodes run at full speed again, and frames arrive soon. */
  heal(): void {
    this.slowness.clear();
    this.links.calm();
    const paused = [...this.paused.keys()];
    this.paused.clear();
    for (const host of paused) this.goesOn(host);
  }

  private guarded(host: SimHost, run: () => void): void {
    if (!host.isAlive) return;
    try {
      run();
    } catch (error) {
      this.onThrown(host, error);
    }
  }

  /** 0 is tame; then one more, one less, and so on. */
  private around(label: string, most: number): number {
    if (most === 0) return 0;
    const drawn = this.world.choose(label, 2 * most + 1);
    return drawn % 2 === 0 ? -drawn / 2 : (drawn + 1) / 2;
  }
}

/**
 * One node: its actors, what runs them, and its side of every conversation with other nodes.
 *
 * The same on every host. It takes clock, turns, randomness, async scope and transport from the host, and nothing else
 * from the world. A host hands it frames by `receive`, and tells it of nodes by `nodeUp` and `nodeDown`.
 */

import { Copier } from '@troupe/codec';
import { Admission } from './admission.ts';
import { Arrivals } from './arrivals.ts';
import { Deadlines } from './ask/deadlines.ts';
import { Probes } from './ask/probes.ts';
import type { Causality } from './causal/causality.ts';
import { StampedArrivals } from './causal/stamped-arrivals.ts';
import type { Cell } from './cell.ts';
import { Compute } from './compute/compute.ts';
import { Control } from './control.ts';
import { controlHandlers } from './control-handlers.ts';
import { CurrentActor } from './current-actor.ts';
import { DeadLetters } from './dead-letters.ts';
import { Departures } from './departures.ts';
import { Dispatcher } from './dispatcher.ts';
import { actorError } from './errors.ts';
import { Followed } from './followed.ts';
import type { Host, Milliseconds } from './host.ts';
import { type KernelOptions, kernelOptions } from './kernel-options.ts';
import { Lifecycle } from './lifecycle.ts';
import { Links } from './links.ts';
import { Monitors } from './monitors.ts';
import { HOME, Names } from './names.ts';
import { Nodes } from './nodes.ts';
import { Observers } from './observers.ts';
import { SHUTDOWN } from './reason.ts';
import { Receptionist } from './receptionist.ts';
import { RECOVERY_MAX, Recovery } from './recovery.ts';
import type { ActorRef } from './ref.ts';
import { RefTable } from './ref-table.ts';
import { Refusals } from './refusals.ts';
import { scope } from './scope.ts';
import { tell } from './send.ts';
import { Restoring } from './snapshot/restoring.ts';
import { Snapshots } from './snapshot/snapshots.ts';
import { Spawning } from './spawning.ts';
import { Stat, type StatsBlock, statsBlock } from './stats.ts';
import { Streams } from './stream/streams.ts';
import { RemoteChildren } from './supervision/remote-children.ts';
import { Root } from './supervision/root.ts';
import { Supervisor } from './supervision/supervisor.ts';
import { Timers } from './timers.ts';
import { Topics } from './topics.ts';

export interface KernelSetup {
  /** This node's place among the nodes; 0 is home: the node of the program that made the system. */
  readonly index: number;
  /** Names of all nodes, by index. */
  readonly nodes: readonly string[];
  readonly options?: Partial<KernelOptions>;
  /** Memory for the counters that outlives the node. */
  readonly stats?: ArrayBufferLike;
  /** The first id to export; above all that an earlier life of this node gave out. */
  readonly firstId?: number;
  /** Nodes whose actors have children here to start again: a restarted node waits for them. */
  readonly recoverFrom?: readonly number[];
  /** Where the system has a clock, or records. */
  readonly causality?: Causality | undefined;
}

export class Kernel {
  readonly host: Host;
  readonly index: number;
  readonly name: string;
  readonly options: KernelOptions;
  readonly stats: StatsBlock;
  readonly causality: Causality | undefined;
  readonly current: CurrentActor;
  readonly dispatcher: Dispatcher;
  readonly overflow: Admission;
  readonly timers: Timers;
  readonly deadlines: Deadlines;
  readonly lifecycle: Lifecycle;
  readonly spawning: Spawning;
  readonly links: Links;
  readonly monitors: Monitors;
  readonly followed: Followed;
  readonly streams: Streams;
  readonly topics: Topics;
  readonly names: Names;
  readonly receptionist: Receptionist;
  readonly deadLetters: DeadLetters;
  readonly remoteChildren: RemoteChildren;
  readonly control: Control;
  readonly refs: RefTable;
  readonly nodes: Nodes;
  readonly probes: Probes;
  readonly recovery: Recovery;
  readonly arrivals: Arrivals;
  readonly departures: Departures;
  readonly observers: Observers;
  readonly root: Root;
  readonly compute: Compute;
  readonly refusals: Refusals;
  readonly snapshots: Snapshots;
  readonly restoring: Restoring;
  /** Actors whose supervisor is on another node. */
  readonly guests = new Set<Cell>();
  /** Async handlers under way: while there is none, no send looks into the async scope. */
  asyncHandlers = 0;
  private readonly copier: Copier;

  constructor(host: Host, setup: KernelSetup) {
    this.host = host;
    this.index = setup.index;
    this.name = setup.nodes[setup.index] ?? `node-${setup.index}`;
    this.options = kernelOptions(setup.options);
    this.stats = statsBlock(setup.stats);
    this.causality = setup.causality;
    this.causality?.bind(this);
    this.timers = new Timers(host);
    this.deadlines = new Deadlines(this.timers);
    this.refs = new RefTable(this, setup.firstId ?? 1);
    this.copier = new Copier({ inspector: host.inspector, references: this.refs });
    this.current = new CurrentActor(this);
    this.dispatcher = new Dispatcher(this);
    this.overflow = new Admission(this);
    this.lifecycle = new Lifecycle(this, setup.firstId ?? 1);
    this.spawning = new Spawning(this);
    this.links = new Links(this);
    this.monitors = new Monitors(this);
    this.followed = new Followed(this);
    this.streams = new Streams(this);
    this.topics = new Topics(this);
    this.names = new Names(this);
    this.receptionist = new Receptionist(this);
    this.deadLetters = new DeadLetters(this);
    this.remoteChildren = new RemoteChildren(this);
    this.control = new Control(this, controlHandlers(this));
    this.nodes = new Nodes(this, setup.nodes);
    this.probes = new Probes(this);
    this.arrivals = setup.causality === undefined ? new Arrivals(this) : new StampedArrivals(this, setup.causality);
    this.departures = new Departures(this);
    this.observers = new Observers(this);
    this.root = new Root(this);
    this.compute = new Compute(this);
    this.refusals = new Refusals(this);
    this.snapshots = new Snapshots(this);
    this.restoring = new Restoring(this);
    this.recovery = new Recovery(this, setup.firstId ?? 1, setup.recoverFrom ?? []);
    this.causality?.begin(this);
  }

  // --- values and refs

  /** @throws TROUPE_VALUE_REFUSED */
  copy<T>(value: T, root: string): T {
    return this.copier.copy(value, root);
  }

  exported(id: number): Cell | undefined {
    return this.refs.exported(id);
  }

  /** A ref to what this node once exported, or never did. */
  deadRef(id: number): ActorRef {
    return this.refs.dead(id);
  }

  /** Lets go of a stopped actor. */
  forget(cell: Cell): void {
    this.refs.forget(cell);
    this.names.forget(cell);
  }

  // --- sending

  /** Tells in nobody's name, and never throws: what finds no room goes to the dead letters. */
  tellUnattended(cell: Cell, kind: number, payload: unknown): void {
    try {
      cell.deliver(kind, payload, undefined);
    } catch {
      this.deadLetters.add(cell.ref, kind, payload, 'overflow');
    }
  }

  tellAgain(target: ActorRef, kind: number, payload: unknown): void {
    try {
      tell(target, kind, payload);
    } catch {
      this.deadLetters.add(target, kind, payload, 'overflow');
    }
  }

  async stop(ref: ActorRef): Promise<void> {
    if (ref.cell !== undefined) return await this.lifecycle.stop(ref.cell, SHUTDOWN);
    const child = this.remoteChildren.find(ref.nodeIndex, ref.id);
    if (child?.isLost) return await new Promise((resolve) => child.discard(SHUTDOWN, resolve));
    await this.nodes.insist(ref.nodeIndex, { op: 'stop', id: ref.id });
  }

  /** Why nobody of this id is here. */
  absence(id: number): 'node-down' | 'stopped' {
    return this.recovery.isLate(id) ? 'node-down' : 'stopped';
  }

  dead(ref: ActorRef): Error {
    if (ref.nodeIndex === this.index && ref.cell === undefined && this.recovery.isLate(ref.id))
      return actorError(
        'TROUPE_NODE_DOWN',
        `Expected ${ref} to be started again on ${this.name} within ${RECOVERY_MAX} ms, got no end of that yet. Look whether its module loads and its init ends.`,
        { node: this.name, isGone: false },
      );
    return actorError(
      'TROUPE_DEAD_REF',
      `Expected a living actor, got ${ref}, which has stopped. Look it up again by name, or monitor it.`,
    );
  }

  // --- nodes

  nodeName(index: number): string {
    return this.nodes.nameOf(index);
  }
  isUp(index: number): boolean {
    return this.nodes.isUp(index);
  }

  nodeUp(index: number): void {
    this.nodes.up(index);
    this.followed.onNodeUp(index);
    this.snapshots.onNodeUp(index);
    void this.remoteChildren.startedAgain(index).then(() => {
      if (this.isUp(index)) this.departures.control(index, { op: 'recovered' });
    });
    if (this.index === HOME) this.observers.tell({ type: 'node-up', node: this.nodeName(index) });
  }

  /** A node has ended; `isFinal`: it will not be restarted. What only it knew is lost, what waits for it fails. The rest is told. */
  nodeDown(index: number, reason: string, isFinal: boolean, lost = 0, delay: Milliseconds = 0): void {
    this.nodes.down(index, reason, isFinal);
    this.snapshots.onNodeDown(index);
    this.departures.onNodeDown(index);
    this.arrivals.onNodeDown(index);
    this.control.onNodeDown(index);
    this.names.onNodeDown(index);
    this.recovery.done(index);
    this.receptionist.onNodeDown(index);
    this.streams.onNodeDown(index);
    this.compute.onNodeDown(index);
    this.monitors.onNodeDown(index);
    this.links.onNodeDown(index);
    if (isFinal) this.followed.onNodeGone(index);
    for (const cell of [...this.guests]) {
      if ((cell.parent as { node?: number } | undefined)?.node !== index) continue;
      this.names.forgetTree(cell);
      this.lifecycle.discard(cell, SHUTDOWN, () => {});
    }
    if (this.index === HOME)
      this.observers.tell({ type: 'node-down', node: this.nodeName(index), reason, lost, restarts: !isFinal, delay });
    this.remoteChildren.onNodeDown(index, { kind: 'killed', error: this.control.nodeDown(index) });
  }

  // --- supervision

  supervisorOf(cell: Cell): Supervisor {
    return (cell.extra.supervisor ??= new Supervisor(cell));
  }

  // --- turns

  /** The time, for what may be off by the messages of one batch: read once a batch within a turn. */
  turnTime(): Milliseconds {
    return scope.cell !== undefined ? this.dispatcher.batchTime : this.dispatcher.stampTurn(this.host.clock.now());
  }

  /** A turn of the dispatcher has ended: what it sent goes out. */
  afterTurn(): void {
    this.host.transport.flush();
  }

  /** Nothing waits in a mailbox, no handler is under way, and no call is open. */
  get isQuiet(): boolean {
    const isServed = this.stats[Stat.Enqueued] === this.stats[Stat.Ended] && this.dispatcher.isIdle;
    return isServed && this.departures.pending.size === 0 && this.recovery.isQuiet && this.deadLetters.isQuiet;
  }

  async whereis(name: string): Promise<ActorRef | undefined> {
    return await this.names.find(name);
  }

  /** Nothing of this node may run after this. */
  close(): void {
    this.snapshots.close();
    this.timers.close();
    this.nodes.close();
    this.control.close();
    this.receptionist.end();
    this.departures.close();
  }
}

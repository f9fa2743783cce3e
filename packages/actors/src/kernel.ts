/**
 * One node: its actors, what runs them, and its side of every conversation with other nodes.
 *
 * The same on every host. It takes clock, turns, randomness, async scope and transport from the host, and nothing else
 * from the world. A host hands it frames by `receive`, and tells it of nodes by `nodeUp` and `nodeDown`.
 */

import { Copier } from '@troupe/codec';
import type { ActorType } from './actor-type.ts';
import { Admission } from './admission.ts';
import { Arrivals } from './arrivals.ts';
import { Deadlines } from './ask/deadlines.ts';
import type { PendingAsk } from './ask/pending-ask.ts';
import { Probes } from './ask/probes.ts';
import type { Question } from './ask/question.ts';
import { Cell, Flag, type Origin } from './cell.ts';
import { Compute } from './compute/compute.ts';
import { Context } from './context.ts';
import { Control, type ControlMessage } from './control.ts';
import { controlHandlers } from './control-handlers.ts';
import { DeadLetters } from './dead-letters.ts';
import { Dispatcher } from './dispatcher.ts';
import { actorError } from './errors.ts';
import type { KernelEvent } from './events.ts';
import { Followed } from './followed.ts';
import type { Host, Logger, Milliseconds } from './host.ts';
import type { Interface } from './interface.ts';
import { type KernelOptions, kernelOptions } from './kernel-options.ts';
import { Lifecycle } from './lifecycle.ts';
import { HOME, Names } from './names.ts';
import { Nodes, systemStopped } from './nodes.ts';
import { plainError } from './plain-error.ts';
import { SHUTDOWN, type StopReason } from './reason.ts';
import { Receptionist } from './receptionist.ts';
import { RECOVERY_MAX, Recovery } from './recovery.ts';
import type { ActorRef } from './ref.ts';
import { RefTable } from './ref-table.ts';
import { Refusals } from './refusals.ts';
import { scope } from './scope.ts';
import { tell } from './send.ts';
import { Stat, type StatsBlock, statsBlock } from './stats.ts';
import { Streams } from './stream/streams.ts';
import { RemoteChildren } from './supervision/remote-children.ts';
import { Supervisor } from './supervision/supervisor.ts';
import { Timers } from './timers.ts';
import { Topics } from './topics.ts';
import { Watching } from './watching.ts';
import { type Address, FrameType } from './wire.ts';

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
}

export class Kernel {
  readonly host: Host;
  readonly index: number;
  readonly name: string;
  readonly options: KernelOptions;
  readonly stats: StatsBlock;
  readonly dispatcher: Dispatcher;
  readonly overflow: Admission;
  readonly timers: Timers;
  readonly deadlines: Deadlines;
  readonly lifecycle: Lifecycle;
  readonly watching: Watching;
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
  readonly compute: Compute;
  readonly refusals: Refusals;
  /** Asks to other nodes, by correlation. */
  readonly pending = new Map<number, PendingAsk>();
  /** Actors whose supervisor is on another node. */
  readonly guests = new Set<Cell>();
  /** Async handlers under way: while there is none, no send looks into the async scope. */
  asyncHandlers = 0;
  private readonly copier: Copier;
  private readonly observers = new Set<(event: KernelEvent) => void>();
  private correlation = 0;
  private onRootEnded: ((reason: StopReason) => void) | undefined = undefined;

  constructor(host: Host, setup: KernelSetup) {
    this.host = host;
    this.index = setup.index;
    this.name = setup.nodes[setup.index] ?? `node-${setup.index}`;
    this.options = kernelOptions(setup.options);
    this.stats = statsBlock(setup.stats);
    this.timers = new Timers(host);
    this.deadlines = new Deadlines(this.timers);
    this.refs = new RefTable(this, setup.firstId ?? 1);
    this.copier = new Copier({ inspector: host.inspector, references: this.refs });
    this.dispatcher = new Dispatcher(this);
    this.overflow = new Admission(this);
    this.lifecycle = new Lifecycle(this, setup.firstId ?? 1);
    this.watching = new Watching(this);
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
    this.arrivals = new Arrivals(this);
    this.compute = new Compute(this);
    this.refusals = new Refusals(this);
    this.recovery = new Recovery(this, setup.firstId ?? 1, setup.recoverFrom ?? []);
  }

  // --- values, refs and who is speaking

  /** @throws TROUPE_VALUE_REFUSED */
  copy<T>(value: T, root: string): T {
    return this.copier.copy(value, root);
  }

  /** The actor whose code is running, if any. */
  sender(): Cell | undefined {
    return scope.cell ?? (this.asyncHandlers > 0 ? this.carried()?.cell : undefined);
  }

  /** The async handler whose code is running after an await. */
  carried(): Context | undefined {
    const carried = this.host.scope.get();
    return carried instanceof Context && carried.cell.kernel === this ? carried : undefined;
  }

  senderAcrossAwait(ref: ActorRef, kind: number, payload: unknown): Cell | 'revoked' | undefined {
    if (this.asyncHandlers === 0) return undefined;
    const ctx = this.carried();
    if (ctx === undefined) return undefined;
    if (!ctx.revoked) return ctx.cell;
    this.dropRevoked(ref, kind, payload);
    return 'revoked';
  }

  dropRevoked(ref: ActorRef, kind: number, payload: unknown): void {
    (this.stats[Stat.Revoked] as number)++;
    this.deadLetters.add(ref, kind, payload, 'revoked');
  }

  /** Runs something in an actor's name. */
  as<R>(cell: Cell, body: () => R): R {
    const { cell: outer, question } = scope;
    scope.cell = cell;
    // Hooks and timers answer nobody, even while another actor's question is being answered.
    scope.question = undefined;
    try {
      return body();
    } finally {
      scope.cell = outer;
      scope.question = question;
    }
  }

  originRef(origin: Origin, question: Question | undefined): ActorRef | undefined {
    if (question !== undefined) return question.local?.asker?.ref ?? this.addressRef(question.chain[0]);
    if (typeof origin === 'number') return this.refs.stranger(Math.floor(origin / 2 ** 32), origin % 2 ** 32);
    return origin instanceof Cell ? origin.ref : undefined;
  }

  exportId(cell: Cell): number {
    return this.refs.exportId(cell);
  }

  exported(id: number): Cell | undefined {
    return this.refs.exported(id);
  }

  remoteRef(node: number, id: number, of: Interface, name: string | undefined): ActorRef {
    return this.refs.remote(node, id, of, name);
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

  sendControl(node: number, message: ControlMessage): void {
    const { transport } = this.host;
    try {
      transport.send(node, FrameType.Control, 0, 0, 0, 0, 0, message, undefined);
    } catch (refused) {
      // An error that can't cross goes as its bones; any other value is the caller's matter.
      const bare = bareErrors(message, refused);
      if (bare === undefined) throw refused;
      transport.send(node, FrameType.Control, 0, 0, 0, 0, 0, bare, undefined);
    }
  }

  sendFailure(node: number, correlation: number, error: unknown): void {
    if (!this.isUp(node)) return;
    const { transport } = this.host;
    try {
      transport.send(node, FrameType.Failure, 0, 0, 0, correlation, 0, error, undefined);
    } catch (refused) {
      transport.send(node, FrameType.Failure, 0, 0, 0, correlation, 0, plainError(error, refused), undefined);
    }
  }

  /** The one that the next ask to another node has at the earliest. */
  get correlationNext(): number {
    return (this.correlation % 0xffff_fffe) + 1;
  }

  nextCorrelation(): number {
    // 32 bits on the wire; one that is still open is not given out again.
    do this.correlation = this.correlationNext;
    while (this.pending.has(this.correlation));
    return this.correlation;
  }

  /** Who waits for this ask, as addresses, the asker first. */
  chainOf(ask: PendingAsk): Address[] {
    const chain: Address[] = [];
    let question: Question | undefined = ask;
    while (question !== undefined) {
      const local: PendingAsk | undefined = question.local;
      if (local === undefined) return [...chain, ...question.chain];
      if (local.asker === undefined) return chain;
      chain.push([this.index, this.exportId(local.asker)]);
      question = local.parent;
    }
    return chain;
  }

  room(ref: ActorRef): Promise<void> {
    if (this.nodes.isClosed) return Promise.reject(systemStopped());
    if (ref.cell === undefined) {
      const { transport } = this.host;
      const way = transport.hasRoom(ref.nodeIndex)
        ? Promise.resolve()
        : new Promise<void>((resolve) => transport.onRoom(ref.nodeIndex, resolve));
      return way.then(() => this.control.call(ref.nodeIndex, { op: 'room', id: ref.id }) as Promise<void>);
    }
    return this.roomHere(ref.cell);
  }

  roomHere(cell: Cell): Promise<void> {
    if ((cell.flags & Flag.Stopped) !== 0 || cell.depth < cell.mailbox.capacity) return Promise.resolve();
    return new Promise((resolve) => (cell.extra.room ??= []).push(resolve));
  }

  async stop(ref: ActorRef): Promise<void> {
    if (ref.cell !== undefined) return await this.lifecycle.stop(ref.cell, SHUTDOWN);
    const child = this.remoteChildren.find(ref.nodeIndex, ref.id);
    if (child?.isLost) return await new Promise((resolve) => child.discard(SHUTDOWN, resolve));
    await this.nodes.insist(ref.nodeIndex, { op: 'stop', id: ref.id });
  }

  /** A frame that never got to its node. */
  undelivered(
    node: number,
    type: number,
    kind: number,
    target: number,
    correlation: number,
    payload: unknown,
    refused?: unknown,
  ): void {
    if (type === FrameType.Tell) {
      const reason = refused === undefined ? 'node-down' : 'malformed';
      this.deadLetters.add(this.refs.known(node, target), kind, payload, reason);
    } else if (type === FrameType.Ask) this.pending.get(correlation)?.fail(refused ?? this.control.nodeDown(node));
    else if (refused !== undefined && type === FrameType.Reply) this.sendFailure(node, correlation, refused);
    else if (refused !== undefined)
      this.host.log.error({ to: this.nodeName(node), err: refused }, 'a frame that had to wait could not be sent');
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

  private addressRef(address: Address | undefined): ActorRef | undefined {
    return address === undefined ? undefined : this.refs.stranger(address[0], address[1]);
  }

  // --- nodes

  nodeName(index: number): string {
    return this.nodes.nameOf(index);
  }
  isUp(index: number): boolean {
    return this.nodes.isUp(index);
  }
  mayComeUp(index: number): boolean {
    return this.nodes.mayComeUp(index);
  }
  whenUp(index: number): Promise<void> {
    return this.nodes.whenUp(index);
  }
  othersUp(): readonly number[] {
    return this.nodes.othersUp();
  }
  place(name: string | undefined): number {
    return this.nodes.place(name);
  }

  nodeUp(index: number): void {
    this.nodes.up(index);
    this.followed.onNodeUp(index);
    void this.remoteChildren.startedAgain(index).then(() => {
      if (this.isUp(index)) this.sendControl(index, { op: 'recovered' });
    });
    if (this.index === HOME) this.observe({ type: 'node-up', node: this.nodeName(index) });
  }

  /** A node has ended; `isFinal`: it will not be restarted. What only it knew is lost, what waits for it fails. */
  nodeDown(index: number, reason: string, isFinal: boolean, lost = 0): void {
    this.nodes.down(index, reason, isFinal);
    // An error each: every asker's stack is its own.
    for (const ask of [...this.pending.values()])
      if (ask.target.nodeIndex === index) ask.fail(this.control.nodeDown(index));
    this.arrivals.onNodeDown(index);
    this.control.onNodeDown(index);
    this.names.onNodeDown(index);
    this.recovery.done(index);
    this.receptionist.onNodeDown(index);
    this.streams.onNodeDown(index);
    this.compute.onNodeDown(index);
    this.watching.onNodeDown(index);
    if (isFinal) this.followed.onNodeGone(index);
    for (const cell of [...this.guests]) {
      if ((cell.parent as { node?: number } | undefined)?.node !== index) continue;
      this.names.forgetTree(cell);
      this.lifecycle.discard(cell, SHUTDOWN, () => {});
    }
    if (this.index === HOME)
      this.observe({ type: 'node-down', node: this.nodeName(index), reason, lost, restarts: !isFinal });
    this.remoteChildren.onNodeDown(index, { kind: 'killed', error: this.control.nodeDown(index) });
  }

  // --- supervision

  supervisorOf(cell: Cell): Supervisor {
    return (cell.extra.supervisor ??= new Supervisor(cell));
  }

  /** Makes the actor at the top of the tree. */
  root(type: ActorType, onEnded: (reason: StopReason) => void): Cell {
    this.onRootEnded = onEnded;
    const cell = new Cell(
      this,
      type,
      undefined,
      undefined,
      type.mailbox,
      {
        restart: 'temporary',
        shutdown: 'infinity',
        significant: false,
        backoff: { min: 0, max: 0, factor: 1, jitter: 0 },
      },
      this.lifecycle.nextSerial(),
    );
    return cell;
  }

  rootEnded(reason: StopReason): void {
    const ended = this.onRootEnded;
    this.onRootEnded = undefined;
    ended?.(reason);
  }

  // --- watching the node

  observe(event: KernelEvent): void {
    for (const observer of this.observers) {
      try {
        observer(event);
      } catch (error) {
        this.host.log.error({ err: error }, 'an observer of events threw');
      }
    }
  }

  get hasObservers(): boolean {
    return this.observers.size > 0;
  }

  /** @returns a function that ends the subscription */
  addObserver(observer: (event: KernelEvent) => void): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /** @param handler the kind of the message; of several only the last is known */
  slow(cell: Cell, milliseconds: Milliseconds, messages: number, measured: 'busy' | 'elapsed', handler: string): void {
    (this.stats[Stat.SlowMessages] as number)++;
    const fields = { milliseconds, messages, measured, handler };
    const text = measured === 'busy' ? 'a slow message: it kept its node busy' : 'a slow handler: it kept its actor';
    this.host.log.warn({ actor: cell.toString(), ...fields, milliseconds: Math.round(milliseconds) }, text);
    this.observe({ type: 'slow', actor: cell.ref, ...fields });
  }

  actorLog(cell: Cell): Logger {
    const { log } = this.host;
    const actor = cell.toString();
    const at =
      (level: keyof Logger) =>
      (fields: Readonly<Record<string, unknown>>, text?: string): void =>
        log[level]({ actor, ...fields }, text);
    return {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
    };
  }

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
    return isServed && this.pending.size === 0 && this.recovery.isQuiet && this.deadLetters.isQuiet;
  }

  /** Tells the home node of an event here. */
  report(event: KernelEvent): void {
    if (this.isUp(HOME)) this.sendControl(HOME, { op: 'event', event, node: this.name });
  }

  async whereis(name: string): Promise<ActorRef | undefined> {
    return await this.names.find(name);
  }

  /** Nothing of this node may run after this. */
  close(): void {
    this.timers.close();
    this.nodes.close();
    this.control.close();
    this.receptionist.end();
    for (const ask of [...this.pending.values()]) ask.fail(systemStopped());
  }
}

function bareErrors(message: ControlMessage, refused: unknown): ControlMessage | undefined {
  if ('error' in message && message.error !== undefined)
    return { ...message, error: plainError(message.error, refused) } as never;
  if (message.op === 'event' && 'error' in message.event)
    return { ...message, event: { ...message.event, error: plainError(message.event.error, refused) } } as never;
  if ('reason' in message && message.reason?.error !== undefined)
    return { ...message, reason: { ...message.reason, error: plainError(message.reason.error, refused) } } as never;
  return undefined;
}

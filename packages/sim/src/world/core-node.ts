/**
 * A simulated node that runs a core: its driver's host, its disk and its clock, over one incarnation after another.
 *
 * Of the records that were not acknowledged, a crash leaves a prefix that is chosen; what was acknowledged stays. A record
 * is atomic (`CoreShape.Record`), so a torn write is one that is lost with all after it.
 */
import {
  assertDefined,
  type Brand,
  type Core,
  CoreDriver,
  type CoreShape,
  clonePlain,
  type DriverHost,
  type NodeId,
  type RequestId,
  type Ticks,
} from '@troupe/protocol';
import { DELAY } from '../choices/priority-chooser.ts';
import { simError } from '../errors.ts';
import type { DiskFaults } from '../faults.ts';
import { threw } from '../outcome.ts';
import type { NodeView, Occurrence } from '../view.ts';
import type { WorldEvent } from './agenda.ts';
import type { Buggify } from './buggify.ts';
import { Applied, DiskWrite, RequestArrival, Timeout, Wake } from './core-events.ts';
import type { NodeClock } from './node-clock.ts';
import type { World } from './world.ts';

/** Records that are kept one by one. */
const UNFOLDED_MAX = 1_000;

export interface CoreNodeSetup<S extends CoreShape> {
  readonly index: number;
  readonly id: NodeId;
  readonly core: Core<S>;
  readonly options: S['Options'];
  readonly machine: ((self: NodeId) => (command: S['Command']) => S['Result']) | undefined;
  /** What it finds on its disk at first. */
  readonly records: readonly S['Record'][];
  readonly world: World;
  readonly clock: NodeClock;
  readonly disk: DiskFaults;
  readonly buggify: Buggify;
  /** Takes what the node sends. */
  readonly send: (from: CoreNode<S>, to: NodeId, message: S['Message']) => void;
  /** Is told what can be seen from outside. */
  readonly observe: (occurrence: Occurrence<S>) => void;
}

export class CoreNode<S extends CoreShape> implements NodeView<S> {
  readonly index: number;
  readonly id: NodeId;
  readonly world: World;
  readonly clock: NodeClock;
  isUp = false;
  isCorrect = true;
  /** Which life it is in, from 1. */
  incarnation = 0;
  /** Until then it is busy, and takes no event. */
  freeAt = 0;
  /** Ticks that each event keeps it busy. */
  stepTicks = 0;
  /** Of all its lives. */
  lostRecords = 0;
  failedWrites = 0;
  /** Every write fails. */
  isDiskFull = false;
  /** Called once, at the next record that it writes. */
  onWrite: (() => void) | undefined;
  readonly #setup: CoreNodeSetup<S>;
  readonly #diskLabel: string;
  #driver: CoreDriver<S> | undefined;
  #machine: ((command: S['Command']) => S['Result']) | undefined;
  #timers = new Map<number, WorldEvent>();
  /** What is durable: a fold, and the records after it. */
  #folded: S['Durable'] | undefined;
  #records: S['Record'][];
  /** Oldest first. */
  #unsynced: { readonly sequence: number; readonly record: S['Record'] }[] = [];
  #diskFreeAt = 0;
  #isHeld = false;
  /** What came while it was held or busy, oldest first. */
  #backlog: WorldEvent[] = [];
  #disk: DiskFaults;
  readonly #host: DriverHost<S> = {
    choose: (label, n) => this.world.choose(label, n),
    buggify: (label) => this.#setup.buggify.ask(label),
    send: (to, message) => this.#setup.send(this, to, message),
    setTimer: (ticket, delay) => this.#setTimer(ticket, delay),
    cancelTimer: (ticket) => this.#cancelTimer(ticket),
    persist: (sequence, record) => this.#persist(sequence, record),
    apply: (command, token) => this.#apply(command, token),
    reply: (id, reply) => this.#setup.observe({ kind: 'reply', node: this.id, id, reply }),
    indicate: (indication) => this.#setup.observe({ kind: 'indication', node: this.id, indication }),
    request: () => {
      throw simError(
        'TROUPE_SIM_DEFINITION',
        `Expected a core that stands alone, got ${this.#setup.core.name}, which asks a lower layer. Stack it on that layer.`,
      );
    },
  };

  constructor(setup: CoreNodeSetup<S>) {
    this.#setup = setup;
    this.index = setup.index;
    this.id = setup.id;
    this.world = setup.world;
    this.clock = setup.clock;
    this.#disk = setup.disk;
    this.#records = [...setup.records];
    this.#diskLabel = `${DELAY}disk ${setup.id}`;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** False until its first incarnation has a state: its core may refuse the options. */
  get hasState(): boolean {
    return this.#driver !== undefined;
  }

  get state(): S['State'] {
    return assertDefined(this.#driver, 'a node that was started').state;
  }

  get durable(): S['Durable'] | undefined {
    const { fold } = this.#setup.core;
    for (const record of this.#records) this.#folded = fold?.(this.#folded, clonePlain(record));
    this.#records = [];
    return this.#folded;
  }

  /** How often each reason was given for ignoring input, in this incarnation. */
  get ignored(): ReadonlyMap<string, number> {
    return assertDefined(this.#driver, 'a node that was started').ignored;
  }

  /** What its clock shows. */
  get now(): Ticks {
    return this.clock.read(this.world.now) as Ticks;
  }

  /** Begins an incarnation, with what is durable. */
  start(): void {
    const { core, options, machine, observe } = this.#setup;
    this.incarnation++;
    this.isUp = true;
    this.freeAt = this.world.now;
    this.#diskFreeAt = this.world.now;
    this.#timers = new Map();
    this.#machine = machine?.(this.id);
    const isRestart = this.incarnation > 1;
    if (isRestart) observe({ kind: 'restart', node: this.id });
    this.#driver = new CoreDriver(core, options, this.#host, clonePlain(this.durable));
    this.#driver.start(this.now, isRestart || this.#setup.records.length > 0);
  }

  crash(): void {
    this.isUp = false;
    this.isCorrect = false;
    this.#isHeld = false;
    this.freeAt = this.world.now;
    for (const timer of this.#timers.values()) timer.isCancelled = true;
    // What has arrived and was not taken yet is lost with the process.
    for (const event of this.#backlog) event.isCancelled = true;
    this.#backlog = [];
    if (this.#unsynced.length > 0) {
      const lost = this.#disk.loseUnsynced
        ? this.world.choose(`records of ${this.id} that are lost`, this.#unsynced.length + 1)
        : 0;
      this.lostRecords += lost;
      this.#keep(this.#unsynced.length - lost);
      this.#unsynced = [];
    }
    this.#setup.observe({ kind: 'crash', node: this.id });
  }

  /** Disks go well from now on. */
  calm(): void {
    this.isDiskFull = false;
    this.#disk = { ...this.#disk, failurePerMille: 0 };
    this.quicken();
  }

  /** It is no longer slow, nor busy. */
  quicken(): void {
    this.stepTicks = 0;
    this.freeAt = this.world.now;
    if (this.#backlog.length > 0 && !this.#isHeld) this.world.at(this.freeAt, new Wake(this));
  }

  /** It takes no event until it is released: a long collection of garbage, a laptop that sleeps. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    if (this.#backlog.length > 0) this.world.at(this.freeAt, new Wake(this));
  }

  /** True where the event has to wait: it joins what came before it. */
  defer(event: WorldEvent): boolean {
    const { now } = this.world;
    // What comes to a node that is down gets nowhere: it must not wait there until the node is back.
    if (!this.isUp || (!this.#isHeld && this.freeAt <= now && this.#backlog.length === 0)) return false;
    this.#backlog.push(event);
    if (this.#backlog.length === 1 && !this.#isHeld) this.world.at(this.freeAt, new Wake(this));
    return true;
  }

  /** Takes the first event that has waited. */
  wake(): void {
    if (this.#isHeld) return;
    if (this.freeAt > this.world.now) {
      this.world.at(this.freeAt, new Wake(this));
      return;
    }
    let event = this.#backlog.shift();
    while (event?.isCancelled === true) event = this.#backlog.shift();
    if (event === undefined) return;
    this.world.happen(event);
    if (this.#backlog.length > 0) this.world.at(this.freeAt, new Wake(this));
  }

  deliver(from: NodeId, message: S['Message']): void {
    if (this.isUp) this.#driver?.message(this.now, from, message);
  }

  timeout(ticket: number): void {
    this.#timers.delete(ticket);
    this.#driver?.timeout(this.now, ticket);
  }

  /** A disk writes in order: what is durable, or has failed, is so after all before it. */
  written(sequence: number, failure: string | undefined): void {
    const oldest = this.#unsynced[0]?.sequence;
    // One that was late, and has been acknowledged with one after it.
    if (oldest === undefined || sequence < oldest) return;
    if (failure === undefined) {
      this.#keep(sequence - oldest + 1);
      this.#driver?.persisted(this.now, sequence);
      return;
    }
    if (sequence > oldest) {
      this.#keep(sequence - oldest);
      this.#driver?.persisted(this.now, sequence - 1);
    }
    this.failedWrites++;
    // Nobody knows whether a record survives whose write has failed.
    if (this.world.choose(`failed record of ${this.id} survives`, 2) === 1) this.#keep(1);
    else this.#unsynced.shift();
    this.#driver?.persistFailed(this.now, sequence, failure);
  }

  applied(token: S['Token'], result: S['Result']): void {
    this.#driver?.applied(this.now, token, result);
  }

  request(id: RequestId, request: S['Request']): void {
    this.#setup.observe({ kind: 'request', node: this.id, id, request });
    this.#driver?.request(this.now, id, request);
  }

  /** A request from outside; it arrives as an event of its own. */
  ask(id: Brand<number, 'RequestId'>, request: S['Request']): void {
    this.world.at(this.world.now, new RequestArrival(this, id, request));
  }

  /** What a timer is called, for people. */
  timerText(ticket: number): string {
    for (const [label, timer] of this.#driver?.situation.timers ?? [])
      if (timer.ticket === ticket) return String(label);
    return String(ticket);
  }

  /** So many of the oldest records are durable. */
  #keep(count: number): void {
    for (const { record } of this.#unsynced.splice(0, count)) this.#records.push(record);
    if (this.#records.length > UNFOLDED_MAX) void this.durable;
  }

  #setTimer(ticket: number, delay: Ticks): void {
    const event = new Timeout<S>(this, ticket);
    this.#timers.set(ticket, event);
    this.world.at(this.world.now + this.clock.duration(delay), event);
  }

  #cancelTimer(ticket: number): void {
    const event = this.#timers.get(ticket);
    if (event !== undefined) event.isCancelled = true;
    this.#timers.delete(ticket);
  }

  #persist(sequence: number, record: S['Record']): void {
    const { delayMax, failurePerMille } = this.#disk;
    const { world } = this;
    this.#unsynced.push({ sequence, record });
    const delay = delayMax === 0 ? 0 : world.choose(this.#diskLabel, delayMax + 1);
    this.#diskFreeAt = Math.max(this.#diskFreeAt, world.now) + 1 + delay;
    const fails = failurePerMille > 0 && world.choose(`disk of ${this.id} fails`, 1_000) >= 1_000 - failurePerMille;
    const failure = this.isDiskFull ? 'no space left on the device' : fails ? 'input/output error' : undefined;
    world.at(this.#diskFreeAt, new DiskWrite(this, sequence, failure));
    const { onWrite } = this;
    this.onWrite = undefined;
    onWrite?.();
  }

  #apply(command: S['Command'], token: S['Token'] | undefined): void {
    const machine = assertDefined(this.#machine, 'a machine in the simulation of a core that applies');
    const result = askMachine(machine, command);
    this.#setup.observe({ kind: 'applied', node: this.id, command, result });
    if (token !== undefined) this.world.at(this.world.now, new Applied(this, token, result));
  }
}

function askMachine<C, R>(machine: (command: C) => R, command: C): R {
  try {
    return machine(command);
  } catch (error) {
    throw threw('the machine', error);
  }
}

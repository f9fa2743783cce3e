/** What happens to simulated nodes that run a core. */
import type { Brand, CoreShape, NodeId, RequestId } from '@troupe/protocol';
import type { EventDescription } from '../trace.ts';
import { WorldEvent } from './agenda.ts';
import type { CoreNode } from './core-node.ts';
import type { Lane } from './links.ts';
import { kindOf, textOf } from './message-text.ts';

/** An event of one node: while the node is paused or busy, it waits. */
export abstract class NodeEvent<S extends CoreShape> extends WorldEvent {
  readonly node: CoreNode<S>;

  constructor(node: CoreNode<S>) {
    super();
    this.node = node;
  }

  get origin(): 'node' {
    return 'node';
  }

  override get mayBeLate(): boolean {
    return true;
  }

  override defer(): boolean {
    return this.node.defer(this);
  }

  happen(): void {
    const { node } = this;
    node.world.mix(node.index);
    if (node.stepTicks > 0 && node.isUp) node.freeAt = node.world.now + node.stepTicks;
    this.take();
  }

  abstract describe(): EventDescription;
  protected abstract take(): void;
}

/** A node that was paused or busy takes the next of what has come meanwhile. */
export class Wake<S extends CoreShape> extends WorldEvent {
  readonly #node: CoreNode<S>;

  constructor(node: CoreNode<S>) {
    super();
    this.#node = node;
  }

  override get isInternal(): boolean {
    return true;
  }

  get origin(): 'node' {
    return 'node';
  }

  label(): string {
    return `${this.#node.id} wakes`;
  }

  happen(): void {
    this.#node.wake();
  }
}

export class Delivery<S extends CoreShape> extends NodeEvent<S> {
  readonly from: NodeId;
  readonly message: S['Message'];
  /** In the trace. */
  readonly traced: number | undefined;

  constructor(node: CoreNode<S>, from: NodeId, message: S['Message'], traced: number | undefined) {
    super(node);
    this.from = from;
    this.message = message;
    this.traced = traced;
  }

  label(): string {
    return `${this.from}→${this.node.id} ${kindOf(this.message)}`;
  }

  describe(): EventDescription {
    const received = this.traced === undefined ? {} : { received: this.traced };
    const missed = this.node.isUp ? {} : { missed: true };
    return { node: this.node.id, kind: 'deliver', text: textOf(this.message), from: this.from, ...received, ...missed };
  }

  protected take(): void {
    this.node.deliver(this.from, this.message);
  }
}

/** On a link that is FIFO: one that is late makes those after it late. */
export class OrderedDelivery<S extends CoreShape> extends Delivery<S> {
  readonly #lane: Lane;

  constructor(node: CoreNode<S>, from: NodeId, message: S['Message'], traced: number | undefined, lane: Lane) {
    super(node, from, message, traced);
    this.#lane = lane;
  }

  override isBehindLate(): boolean {
    const { late, isStalled } = this.#lane;
    // Lost with a process that crashed: nothing waits for it.
    while (late[0]?.isCancelled === true) late.shift();
    return isStalled || (late.length > 0 && late[0] !== this);
  }

  override leaveOut(until: number): boolean {
    if (!Number.isFinite(until)) this.#lane.isStalled = true;
    if (this.#lane.isStalled) return false;
    if (!this.#lane.late.includes(this)) this.#lane.late.push(this);
    return true;
  }

  protected override take(): void {
    if (this.#lane.late[0] === this) this.#lane.late.shift();
    super.take();
  }
}

/** Of one incarnation: what it set off ends with it. */
abstract class OwnEvent<S extends CoreShape> extends NodeEvent<S> {
  readonly incarnation: number;

  constructor(node: CoreNode<S>) {
    super(node);
    this.incarnation = node.incarnation;
  }

  /** What an incarnation that is over has set off is gone with it. */
  override defer(): boolean {
    return this.#isStale || super.defer();
  }

  protected take(): void {
    if (!this.#isStale) this.act();
  }

  get #isStale(): boolean {
    return !this.node.isUp || this.node.incarnation !== this.incarnation;
  }

  protected abstract act(): void;
}

export class Timeout<S extends CoreShape> extends OwnEvent<S> {
  readonly ticket: number;

  constructor(node: CoreNode<S>, ticket: number) {
    super(node);
    this.ticket = ticket;
  }

  label(): string {
    return `${this.node.id} timeout ${this.node.timerText(this.ticket)}`;
  }

  describe(): EventDescription {
    return { node: this.node.id, kind: 'timeout', text: `timeout ${this.node.timerText(this.ticket)}` };
  }

  protected act(): void {
    this.node.timeout(this.ticket);
  }
}

export class DiskWrite<S extends CoreShape> extends OwnEvent<S> {
  readonly sequence: number;
  readonly failure: string | undefined;

  constructor(node: CoreNode<S>, sequence: number, failure: string | undefined) {
    super(node);
    this.sequence = sequence;
    this.failure = failure;
  }

  label(): string {
    return `${this.node.id} disk`;
  }

  describe(): EventDescription {
    const text =
      this.failure === undefined ? `record ${this.sequence} is durable` : `record ${this.sequence}: ${this.failure}`;
    return { node: this.node.id, kind: 'disk', text };
  }

  protected act(): void {
    this.node.written(this.sequence, this.failure);
  }
}

export class Applied<S extends CoreShape> extends OwnEvent<S> {
  readonly token: S['Token'];
  readonly result: S['Result'];

  constructor(node: CoreNode<S>, token: S['Token'], result: S['Result']) {
    super(node);
    this.token = token;
    this.result = result;
  }

  /** A local state machine is no link, and answers in order. */
  override get mayBeLate(): boolean {
    return false;
  }

  label(): string {
    return `${this.node.id} applied`;
  }

  describe(): EventDescription {
    return { node: this.node.id, kind: 'applied', text: `applied: ${textOf(this.result)}` };
  }

  protected act(): void {
    this.node.applied(this.token, this.result);
  }
}

export class RequestArrival<S extends CoreShape> extends OwnEvent<S> {
  readonly id: RequestId;
  readonly request: S['Request'];

  constructor(node: CoreNode<S>, id: Brand<number, 'RequestId'>, request: S['Request']) {
    super(node);
    this.id = id;
    this.request = request;
  }

  label(): string {
    return `${this.node.id} request ${kindOf(this.request)}`;
  }

  describe(): EventDescription {
    return { node: this.node.id, kind: 'request', text: `request ${textOf(this.request)}` };
  }

  protected act(): void {
    this.node.request(this.id, this.request);
  }
}

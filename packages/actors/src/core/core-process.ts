/**
 * One incarnation of a core in its actor: the host of a `CoreDriver`. Sends become tells to the peers' refs, ticks
 * become the kernel's timers, persists go to the storage, and what comes back from outside runs as a step of the actor.
 */

import { type Core, CoreDriver, type CoreShape, type DriverHost, type NodeId, type Ticks } from '@troupe/protocol';
import { Signal } from '../actor-type.ts';
import { InFlight } from '../ask/in-flight.ts';
import { Flag } from '../cell.ts';
import type { Context } from '../context.ts';
import { actorError, Refusal } from '../errors.ts';
import type { ActorRef, Ref } from '../ref.ts';
import type { Timer } from '../timers.ts';
import type { CoreStorage } from './core-storage.ts';
import { type DeferredReply, deferReply } from './deferred-reply.ts';
import type { CoreSettings, CoreStart, CoreSubscriber } from './define-core.ts';
import { GroupCommit } from './group-commit.ts';
import { MachineWork } from './machine-work.ts';
import { PeerLinks } from './peer-links.ts';
import { RequestQueue } from './request-queue.ts';

/** Asks that a core may leave unanswered at once. One more is refused. */
export const OPEN_REQUESTS_MAX = 16_384;
/** Requests that have waited which are taken in one step. */
const ADMITTED_AT_ONCE = 64;

interface Committed<S extends CoreShape> {
  readonly command: S['Command'];
  readonly token: S['Token'] | undefined;
}

interface OpenRequest {
  readonly correlation: number;
  readonly reply: DeferredReply;
}

export class CoreProcess<S extends CoreShape> {
  readonly driver: CoreDriver<S>;
  readonly subscribers: Set<Ref<CoreSubscriber<S>>>;
  isReady = false;
  received = 0;
  private readonly ctx: Context;
  private readonly self: NodeId;
  private readonly settings: CoreSettings<S>;
  private readonly machine: unknown;
  private readonly links: PeerLinks;
  private readonly commit: GroupCommit<S['Record']>;
  private readonly work: MachineWork<Committed<S>>;
  private readonly waiting: RequestQueue<S['Request']>;
  private readonly timers = new Map<number, Timer>();
  /** By the number of the request. */
  private readonly open = new InFlight<OpenRequest>();
  private nextRequest = 0;
  private sweptAt = -1;
  private isOver = false;

  constructor(
    ctx: Context,
    core: Core<S>,
    start: CoreStart<S>,
    settings: CoreSettings<S>,
    subscribers: Set<Ref<CoreSubscriber<S>>>,
    storage: CoreStorage<S>,
    durable: S['Durable'] | undefined,
  ) {
    this.ctx = ctx;
    this.self = start.options.self;
    this.settings = settings;
    this.subscribers = subscribers;
    this.machine = settings.machine?.create(start.options);
    this.waiting = new RequestQueue(ctx);
    this.links = new PeerLinks(ctx, start.group, this.self, () => this.later(() => this.admit()), settings.startsAlone);
    this.commit = new GroupCommit(
      (records) => storage.append(records),
      (from, to, failure) => this.later(() => this.committed(from, to, failure)),
    );
    this.work = new MachineWork((commands) => this.later(() => this.apply(commands)));
    this.driver = new CoreDriver(core, start.options, this.host(), durable);
  }

  /** Starts the core: once every member of the group has been found, or at once. */
  begin(nodes: readonly NodeId[], restarted: boolean): void {
    const start = (): void =>
      this.later(() => {
        this.isReady = true;
        this.driver.start(this.now(), restarted);
        this.ctx.unstashAll();
      });
    this.links.findAll(nodes, this.settings.startsAlone ? () => {} : start);
    if (this.settings.startsAlone) start();
  }

  /** An actor that was monitored has stopped for good. */
  gone(ref: Ref<unknown>): void {
    this.subscribers.delete(ref as unknown as Ref<CoreSubscriber<S>>);
    const { memberEnded } = this.settings;
    const member = this.links.forget(ref);
    if (member !== undefined && memberEnded !== undefined && this.isReady)
      this.driver.request(this.now(), null, memberEnded(member));
  }

  message(from: NodeId, message: S['Message']): void {
    this.received++;
    this.driver.message(this.now(), from, message);
  }

  /** An ask stays open until the core replies. @throws TROUPE_REFUSED where too many are open, or wait */
  request(request: S['Request']): void {
    if (this.links.isFull || this.waiting.size > 0) {
      this.waiting.add(request);
      return;
    }
    if (this.ctx.question !== undefined) this.makeRoom();
    this.take(deferReply(this.ctx), request);
  }

  /** Takes requests that have waited, while there is room. */
  private admit(): void {
    for (let taken = 0; taken < ADMITTED_AT_ONCE && !this.links.isFull; taken++) {
      const next = this.waiting.take();
      if (next === undefined) return;
      this.take(next.reply, next.request);
    }
    if (!this.links.isFull) this.later(() => this.admit());
  }

  private take(reply: DeferredReply | undefined, request: S['Request']): void {
    const id = this.nextRequest++;
    if (reply !== undefined) this.open.add({ correlation: id, reply });
    this.driver.request(this.now(), reply === undefined ? null : id, request);
  }

  get openRequests(): number {
    return this.open.size;
  }

  /** Messages of the core, to itself too; and of those, the ones that found no way. */
  get sent(): number {
    return this.links.sent;
  }

  get lost(): number {
    return this.links.lost;
  }

  /** Requests that had to wait, since the way to some peer was full. */
  get deferred(): number {
    return this.waiting.deferred;
  }

  now(): Ticks {
    return Math.floor(this.ctx.now() / this.settings.tickMilliseconds) as Ticks;
  }

  /** The incarnation is over: what it owes fails, and nothing that it set off reaches the next. */
  end(): void {
    this.isOver = true;
    this.links.close();
    for (const timer of this.timers.values()) this.ctx.cell.kernel.timers.cancel(timer);
    const fail = (reply: DeferredReply): void =>
      reply.fail(
        actorError(
          'TROUPE_ASK_LOST',
          `Expected an answer from ${this.ctx.cell}, got none: it stopped or failed before its core replied.`,
        ),
      );
    for (const { reply } of this.open.values()) fail(reply);
    this.waiting.end(fail);
  }

  private host(): DriverHost<S> {
    const { ctx } = this;
    return {
      choose: (label, n) => ctx.choose(label, n),
      buggify: (label) => ctx.buggify(label),
      send: (to, message) => this.links.send(to, message),
      setTimer: (ticket, delay) => this.setTimer(ticket, delay),
      cancelTimer: (ticket) => this.cancelTimer(ticket),
      resetTimer: (old, ticket, delay) => this.resetTimer(old, ticket, delay),
      // In order, and from the first: the driver's sequence is the commit's count.
      persist: (_sequence, record) => this.commit.add(record),
      apply: (command, token) => this.work.add({ command, token }),
      reply: (id, reply) => this.reply(id as number, reply),
      indicate: (indication) => {
        for (const subscriber of this.subscribers) subscriber.tell.indication({ node: this.self, indication });
      },
      request: () => {
        throw actorError(
          'TROUPE_DEFINITION_INVALID',
          'Expected a core that stands alone, got one that asks a lower layer. Stack it on that layer.',
        );
      },
    };
  }

  private setTimer(ticket: number, delay: Ticks): void {
    const { timers } = this.ctx.cell.kernel;
    this.timers.set(ticket, timers.after(delay * this.settings.tickMilliseconds, this.onTimer(ticket)));
  }

  /** A core that hears from its leader puts its election off: at every heartbeat. */
  private resetTimer(old: number, ticket: number, delay: Ticks): void {
    const { timers } = this.ctx.cell.kernel;
    const timer = this.timers.get(old);
    this.timers.delete(old);
    const at = timers.now() + delay * this.settings.tickMilliseconds;
    if (timer === undefined || !timers.move(timer, at, this.onTimer(ticket))) this.setTimer(ticket, delay);
    else this.timers.set(ticket, timer);
  }

  private onTimer(ticket: number): () => void {
    return () => {
      this.timers.delete(ticket);
      this.later(() => this.driver.timeout(this.now(), ticket));
    };
  }

  private cancelTimer(ticket: number): void {
    const timer = this.timers.get(ticket);
    if (timer === undefined) return;
    this.timers.delete(ticket);
    this.ctx.cell.kernel.timers.cancel(timer);
  }

  /** What was sent goes out first: others wait for it. */
  private apply(commands: readonly Committed<S>[]): void {
    const { machine } = this.settings;
    this.ctx.cell.kernel.afterTurn();
    for (const { command, token } of commands) {
      const result = machine?.apply(this.machine as never, command, token !== undefined);
      if (token !== undefined) this.later(() => this.driver.applied(this.now(), token, result as S['Result']));
    }
  }

  private committed(from: number, to: number, failure: unknown): void {
    if (failure === undefined) this.driver.persisted(this.now(), to - 1);
    else
      for (let sequence = from; sequence < to; sequence++)
        this.driver.persistFailed(this.now(), sequence, String(failure));
  }

  private reply(id: number, value: S['Reply']): void {
    const reply = this.open.get(id)?.reply;
    this.open.delete(id);
    try {
      reply?.reply(value);
    } catch (error) {
      // Refused by the encoder: the asker is told, and the core is at fault.
      reply?.fail(error);
      throw error;
    }
  }

  private makeRoom(): void {
    if (this.open.size < OPEN_REQUESTS_MAX) return;
    // Some may have been given up by their askers: looked for once a tick, since it takes a walk over all.
    const now = this.now();
    if (now > this.sweptAt) {
      this.sweptAt = now;
      for (const { correlation, reply } of this.open.values()) if (reply.settled) this.open.delete(correlation);
      if (this.open.size < OPEN_REQUESTS_MAX) return;
    }
    throw new Refusal(`Expected at most ${OPEN_REQUESTS_MAX} requests without a reply, got one more.`);
  }

  /** Runs as a message of the actor, whatever room its mailbox has; not after this incarnation. */
  private later(run: () => void): void {
    const { cell } = this.ctx;
    if (this.isOver || (cell.flags & (Flag.Failed | Flag.Stopped)) !== 0) return;
    cell.enqueue(
      cell.type.signals + Signal.Step,
      () => {
        if (!this.isOver) run();
      },
      undefined,
    );
  }
}

/** Whether this incarnation follows another: on this node, or on the same node before its thread was restarted. */
export function isRevived(ctx: Context, wasHere: boolean): boolean {
  const ref = ctx.cell.ref as ActorRef;
  return wasHere || (ref.id !== 0 && ctx.cell.kernel.recovery.expects(ref.id));
}

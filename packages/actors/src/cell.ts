/**
 * One actor on its node: state, mailbox, place in the tree. Kept small, since a million of them should fit:
 * the first waiting message has a slot of its own, and what few actors use stands in `CellMore`.
 */

import type { ActorType, HandlerFunction } from './actor-type.ts';
import type { Question } from './ask/question.ts';
import { CellMore } from './cell-more.ts';
import type { Context } from './context.ts';
import type { Held } from './held.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { MessageQueue, type Taken } from './message-queue.ts';
import type { MailboxPolicy } from './overflow.ts';
import type { StopReason } from './reason.ts';
import { ActorRef } from './ref.ts';
import { Stat } from './stats.ts';
import type { Child, Failure, Parent } from './supervision/family.ts';
import type { ChildPolicy } from './supervision/policy.ts';

/** Who sent a message: an actor here, one elsewhere (packed address), the ask that it is, what holds it, or nobody that is an actor. */
export type Origin = Cell | Question | Held | number | undefined;

/** In a message's kind: it is an ask, and its origin a Question. */
export const ASK = 0x1_0000;
/** In a message's kind: its host keeps its memory, and its origin is a Held. Never an ask. */
export const HELD = 0x2_0000;
export const KIND_MASK = 0xffff;
const EMPTY = -1;

export const Flag = {
  Scheduled: 1,
  /** An async handler has not settled. */
  Suspended: 2,
  /** Paused by backpressure. */
  Blocked: 4,
  /** Signals wait, ahead of the mailbox. */
  Urgent: 8,
  /** To be stopped, or being stopped. */
  Stopping: 16,
  /** Failed; its supervisor has not restarted it yet. */
  Failed: 32,
  /** Stopped for good. */
  Stopped: 64,
  /** The running handler asked to put its message aside. */
  Stash: 128,
  /** The running handler said that the actor stops itself. */
  Leaving: 256,
  /** The running handler's message is answered later. */
  Deferred: 512,
} as const;

/**
 * Flags of the actor that a global snapshot has not recorded yet, one for each that is being taken: it is recorded before its
 * next segment runs, and before the next message comes to it. So what has no snapshot to wait for pays nothing: these bits
 * stand among those that are looked at anyway, above all others.
 */
export const MARKS_SHIFT = 32 - Math.clz32(Math.max(...Object.values(Flag)));
export const MARKS_MAX = 8;
export const MARKS = ((1 << MARKS_MAX) - 1) << MARKS_SHIFT;

const UNRUNNABLE = Flag.Suspended | Flag.Blocked | Flag.Stopping | Flag.Failed | Flag.Stopped | MARKS;

export class Cell implements Child {
  readonly kernel: Kernel;
  readonly type: ActorType;
  handlers: readonly HandlerFunction[];
  state: unknown = undefined;
  ctx: Context | undefined = undefined;
  flags = 0;
  /** Messages waiting. */
  depth = 0;
  private kind0 = EMPTY;
  private payload0: unknown = undefined;
  private origin0: Origin = undefined;
  private queue: MessageQueue | undefined = undefined;
  readonly mailbox: MailboxPolicy;
  readonly ref: ActorRef;
  parent: Parent | undefined;
  previous: Child | undefined = undefined;
  next: Child | undefined = undefined;
  readonly policy: ChildPolicy;
  /** The argument of `init`, kept for restarts. */
  readonly argument: unknown;
  /** Unique on its node, in all its lives; its id, once others know it. */
  readonly serial: number;
  more: CellMore | undefined = undefined;

  constructor(
    kernel: Kernel,
    type: ActorType,
    argument: unknown,
    name: string | undefined,
    mailbox: MailboxPolicy,
    policy: ChildPolicy,
    serial: number,
  ) {
    this.kernel = kernel;
    this.type = type;
    this.handlers = type.handlers;
    this.mailbox = mailbox;
    this.parent = undefined;
    this.policy = policy;
    this.argument = argument;
    this.serial = serial;
    this.ref = new ActorRef(kernel, type.interface, this, kernel.index, 0, name);
  }

  get extra(): CellMore {
    return (this.more ??= new CellMore());
  }

  get attempts(): number {
    return this.more?.attempts ?? 0;
  }
  set attempts(attempts: number) {
    this.extra.attempts = attempts;
  }

  get startedAt(): Milliseconds {
    return this.more?.startedAt ?? 0;
  }
  set startedAt(at: Milliseconds) {
    this.extra.startedAt = at;
  }

  get isRunnable(): boolean {
    return (this.flags & UNRUNNABLE) === 0;
  }

  /** Puts a message in the mailbox; what finds it full or closed goes another way. */
  deliver(kind: number, payload: unknown, origin: Origin): void {
    if ((this.flags & (Flag.Stopped | MARKS)) !== 0 || this.depth >= this.mailbox.capacity) {
      this.kernel.overflow.admit(this, kind, payload, origin);
      return;
    }
    this.append(kind, payload, origin);
  }

  /** Puts a message in the mailbox whatever its depth. */
  enqueue(kind: number, payload: unknown, origin: Origin): void {
    this.record();
    this.append(kind, payload, origin);
  }

  private append(kind: number, payload: unknown, origin: Origin): void {
    const kernel = this.kernel;
    (kernel.stats[Stat.Enqueued] as number)++;
    if (this.depth++ === 0) {
      this.kind0 = kind;
      this.payload0 = payload;
      this.origin0 = origin;
    } else {
      (this.queue ??= new MessageQueue()).push(kind, payload, origin);
    }
    if ((this.flags & (UNRUNNABLE | Flag.Scheduled)) === 0) {
      this.flags |= Flag.Scheduled;
      kernel.dispatcher.schedule(this);
    }
  }

  /** Puts a signal ahead of the mailbox; never refused. */
  signal(signal: number, payload: unknown): void {
    if ((this.flags & Flag.Stopped) !== 0) return;
    this.record();
    (this.extra.urgent ??= new MessageQueue()).push(this.type.signals + signal, payload, undefined);
    const { stats } = this.kernel;
    (stats[Stat.Enqueued] as number)++;
    (stats[Stat.Signals] as number)++;
    this.flags |= Flag.Urgent;
    this.wake();
  }

  /** Takes the next message into `taken`; false when there is none. */
  take(taken: Taken): boolean {
    if ((this.flags & Flag.Urgent) !== 0 && this.takeUrgent(taken)) return true;
    if (this.kind0 !== EMPTY) {
      taken.kind = this.kind0;
      taken.payload = this.payload0;
      taken.origin = this.origin0;
      this.kind0 = EMPTY;
      this.payload0 = undefined;
      this.origin0 = undefined;
      this.depth--;
      return true;
    }
    const queue = this.queue;
    if (queue === undefined || queue.size === 0) return false;
    queue.shift();
    taken.kind = queue.kind;
    taken.payload = queue.payload;
    taken.origin = queue.origin;
    queue.payload = undefined;
    queue.origin = undefined;
    this.depth--;
    return true;
  }

  private takeUrgent(taken: Taken): boolean {
    const urgent = this.more?.urgent;
    if (urgent === undefined || urgent.size === 0) {
      this.flags &= ~Flag.Urgent;
      return false;
    }
    urgent.shift();
    taken.kind = urgent.kind;
    taken.payload = urgent.payload;
    taken.origin = urgent.origin;
    return true;
  }

  /** Something of it is about to change: the snapshots that are being taken have it as it is now. */
  record(): void {
    if ((this.flags & MARKS) !== 0) this.kernel.snapshots.record(this);
  }

  /** Runs again if it may and has something to do. */
  wake(): void {
    if (
      this.isRunnable &&
      (this.flags & Flag.Scheduled) === 0 &&
      (this.depth > 0 || (this.flags & Flag.Urgent) !== 0)
    ) {
      this.flags |= Flag.Scheduled;
      this.kernel.dispatcher.schedule(this);
    }
  }

  /** Moves the slot's message into the queue, so that the whole mailbox can be worked on as one queue. */
  whole(): MessageQueue {
    const queue = (this.queue ??= new MessageQueue());
    if (this.kind0 !== EMPTY) {
      queue.unshift(this.kind0, this.payload0, this.origin0);
      this.kind0 = EMPTY;
      this.payload0 = undefined;
      this.origin0 = undefined;
    }
    return queue;
  }

  /** Puts stashed messages in front of the mailbox, oldest first. */
  putBack(messages: MessageQueue): void {
    const queue = this.whole();
    const { stats } = this.kernel;
    (stats[Stat.Enqueued] as number) += messages.size;
    (stats[Stat.Stashed] as number) -= messages.size;
    this.depth += messages.size;
    while (messages.size > 0) {
      messages.removeAt(messages.size - 1);
      queue.unshift(messages.kind, messages.payload, messages.origin);
    }
  }

  /** What waits ahead of the mailbox, and in it, oldest first. */
  *waiting(): Iterable<Taken> {
    if (this.more?.urgent !== undefined) yield* this.more.urgent.all();
    if (this.kind0 !== EMPTY) yield { kind: this.kind0, payload: this.payload0, origin: this.origin0 };
    if (this.queue !== undefined) yield* this.queue.all();
  }

  halt(reason: StopReason, done: () => void): void {
    this.kernel.lifecycle.halt(this, reason, done);
  }

  revive(reason: StopReason, done: (failure?: Failure) => void): void {
    this.kernel.lifecycle.revive(this, reason, done);
  }

  discard(reason: StopReason, done: () => void): void {
    this.kernel.lifecycle.discard(this, reason, done);
  }

  get hasEnded(): boolean {
    return (this.flags & Flag.Failed) !== 0;
  }

  toString(): string {
    return this.ref.toString();
  }
}

/**
 * The first moments of a restarted node: what is for actors of its earlier life waits until their supervisors elsewhere have
 * started them again, under their old ids, or have said that they are done.
 *
 * Frames from other nodes wait where they are, in their rings. Messages of actors of this node wait here, each actor's in
 * the order of its sends, and are in the mailbox before anything that is sent later.
 */

import type { Question } from './ask/question.ts';
import { ASK, type Cell, type Origin } from './cell.ts';
import { actorError } from './errors.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import type { ActorRef } from './ref.ts';
import { Stat } from './stats.ts';
import type { Timer } from './timers.ts';

/**
 * Supervisors that have not finished by then are no longer waited for: a module that never loads must not hold up for ever
 * what others say to this node. Until they have, their actors are late: no one is told that they are dead.
 */
export const RECOVERY_MAX: Milliseconds = 30_000;
/** Messages of this node's actors that wait here; who sends more takes no next message until fewer do. */
const WAITING_MAX = 4_096;
/** Bytes, on the wire, of those among them that came from other nodes: of more, frames stay in their rings. */
const WAITING_BYTES_MAX = 1 << 23;

interface Message {
  readonly target: ActorRef;
  /** With its ASK bit. */
  readonly kind: number;
  /** Checked and copied. */
  readonly payload: unknown;
  readonly origin: Origin;
  /** On the wire; 0 for one of this node. */
  readonly bytes: number;
}

export class Recovery {
  private readonly kernel: Kernel;
  private readonly firstId: number;
  /** Nodes that have not said that their children here are started again. */
  private readonly awaited: Set<number>;
  /** What other nodes want of actors that are not here yet. */
  private readonly wanted = new Set<string>();
  private waiting: { readonly id: number; readonly resume: () => void }[] = [];
  /** By the id of their target. */
  private readonly messages = new Map<number, Message[]>();
  private size = 0;
  private bytes = 0;
  private pausing: (() => void)[] = [];
  private readonly timer: Timer | undefined = undefined;
  private isOver = false;

  constructor(kernel: Kernel, firstId: number, nodes: readonly number[]) {
    this.kernel = kernel;
    this.firstId = firstId;
    this.awaited = new Set(nodes);
    if (this.awaited.size > 0) this.timer = kernel.timers.after(RECOVERY_MAX, () => this.overdue());
    else this.isOver = true;
  }

  /** Nobody is started again here any more. */
  get isDone(): boolean {
    return this.isOver && this.awaited.size === 0;
  }

  /** May an actor of this id be started again soon? */
  expects(id: number): boolean {
    return !this.isOver && id < this.firstId;
  }

  /** May it be that an actor of this id is started again, though nothing waits for it any more? */
  isLate(id: number): boolean {
    return this.isOver && this.awaited.size > 0 && id < this.firstId;
  }

  /** Calls back once the actor is here, or is not expected any more. */
  whenKnown(id: number, resume: () => void): void {
    this.waiting.push({ id, resume });
  }

  /** The same, but now where no such actor is expected. */
  whenSettled(id: number, then: () => void): void {
    if (this.expects(id)) this.whenKnown(id, then);
    else then();
  }

  /** As `whenKnown`, once for whatever `what` says, and not where that was taken back meanwhile. */
  later(what: string, id: number, then: () => void): void {
    if (this.wanted.has(what)) return;
    this.wanted.add(what);
    this.whenKnown(id, () => {
      if (this.wanted.delete(what)) then();
    });
  }

  takeBack(what: string): void {
    this.wanted.delete(what);
  }

  /** The same as a promise; at once where no such actor is expected. */
  known(id: number): Promise<void> {
    return new Promise((resolve) => this.whenSettled(id, resolve));
  }

  /**
   * Keeps a message of this node for an actor that is expected. @returns false where it is not
   *
   * @throws TROUPE_MAILBOX_FULL at who is no actor, and so can't be paused
   */
  hold(target: ActorRef, kind: number, payload: unknown, origin: Origin, sender: Cell | undefined): boolean {
    const { id } = target;
    if (!this.expects(id)) return false;
    if (this.size >= WAITING_MAX) {
      if (sender === undefined) throw this.full(target, kind, payload);
      this.kernel.overflow.pause(sender, (resume) => this.pausing.push(resume));
    }
    this.keep({ target, kind, payload, origin, bytes: 0 });
    return true;
  }

  /**
   * Keeps what came from another node for an actor that is expected: so that others of this node get what lies behind it.
   *
   * @returns false where there is no room: it stays where it is
   */
  holdFrom(id: number, kind: number, payload: unknown, origin: Origin, bytes: number): boolean {
    if (this.size >= WAITING_MAX || this.bytes + bytes > WAITING_BYTES_MAX) return false;
    this.keep({ target: this.kernel.deadRef(id), kind, payload, origin, bytes });
    return true;
  }

  private keep(message: Message): void {
    const { id } = message.target;
    const waiting = this.messages.get(id);
    if (waiting === undefined) this.messages.set(id, [message]);
    else waiting.push(message);
    this.bytes += message.bytes;
    this.count(1);
  }

  /** No message waits here. */
  get isQuiet(): boolean {
    return this.size === 0;
  }

  started(id: number, cell: Cell): void {
    for (const message of this.take(id)) this.kernel.arrivals.deliverHeldBack(cell, message);
    if (this.waiting.length === 0) return;
    const known = this.waiting.filter((waiter) => waiter.id === id);
    this.waiting = this.waiting.filter((waiter) => waiter.id !== id);
    for (const { resume } of known) resume();
  }

  /** A node has started its children here again, or has ended. */
  done(node: number): void {
    if (!this.awaited.delete(node) || this.awaited.size > 0) return;
    if (this.timer !== undefined) this.kernel.timers.cancel(this.timer);
    this.close();
  }

  private overdue(): void {
    const nodes = [...this.awaited].map((node) => this.kernel.nodeName(node));
    this.kernel.host.log.error(
      { nodes, waited: RECOVERY_MAX },
      'actors of these nodes have not started their children here again in time: no message waits for these any more',
    );
    this.close();
  }

  private take(id: number): readonly Message[] {
    const messages = this.messages.get(id);
    if (messages === undefined) return [];
    this.messages.delete(id);
    for (const { bytes } of messages) this.bytes -= bytes;
    this.count(-messages.length);
    if (this.size < WAITING_MAX) for (const resume of this.pausing.splice(0)) resume();
    return messages;
  }

  private close(): void {
    this.isOver = true;
    const left = this.waiting.length + this.size;
    if (left > 0)
      this.kernel.host.log.debug({ messages: left }, 'messages were for actors that were not started again');
    for (const id of [...this.messages.keys()]) for (const message of this.take(id)) this.giveUp(message);
    for (const { resume } of this.waiting.splice(0)) resume();
  }

  private count(messages: number): void {
    this.size += messages;
    (this.kernel.stats[Stat.Waiting] as number) += messages;
  }

  private giveUp({ target, kind, payload, origin }: Message): void {
    if ((kind & ASK) !== 0) (origin as Question).fail(this.kernel.dead(target));
    else this.kernel.deadLetters.add(target, kind, payload, this.kernel.absence(target.id), origin);
  }

  private full(target: ActorRef, kind: number, payload: unknown): Error {
    const name = target.interface.kinds[kind & ~ASK] ?? 'signal';
    return actorError(
      'TROUPE_MAILBOX_FULL',
      `Expected room for '${name}' until ${target} has been started again, got ${this.size} messages waiting on ${this.kernel.name}. Await ref.room() before the next.`,
      { target: target.toString(), kind: name, payload },
    );
  }
}

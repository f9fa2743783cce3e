/**
 * What becomes of a message that finds a mailbox full, or its actor gone: the slow path of every delivery.
 *
 * Nothing is lost in silence: it is taken, thrown back at its sender, or written to the dead letters with a reason.
 */

import type { Question } from './ask/question.ts';
import { ASK, type Cell, Flag, HELD, KIND_MASK, MARKS, type Origin } from './cell.ts';
import type { DeadLetterReason } from './dead-letter.ts';
import { actorError } from './errors.ts';
import type { Held } from './held.ts';
import type { Kernel } from './kernel.ts';
import { systemStopped } from './nodes.ts';
import type { OverflowRule } from './overflow.ts';
import type { ActorRef } from './ref.ts';
import { Stat } from './stats.ts';

/** An actor goes on when the mailbox that it waits for is down to this part of its capacity. */
const ROOM = 0.5;
/** Rules by which a message that waits may be dropped. */
const DROPPED: ReadonlySet<OverflowRule> = new Set(['drop-newest', 'drop-oldest', 'coalesce']);

export class Admission {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** @throws TROUPE_MAILBOX_FULL at a local sender, by rule */
  admit(cell: Cell, kind: number, payload: unknown, origin: Origin): void {
    if ((cell.flags & Flag.Stopped) !== 0) return this.refuse(cell, kind, payload, origin, 'stopped');
    if ((cell.flags & MARKS) !== 0) {
      cell.record();
      return cell.deliver(kind, payload, origin);
    }
    const rule = cell.mailbox.rules[kind & KIND_MASK] ?? 'block';
    switch (rule) {
      case 'block':
        return this.block(cell, kind, payload, origin);
      case 'drop-newest':
        return this.refuse(cell, kind, payload, origin, 'overflow');
      case 'fail':
        if ((kind & ASK) === 0 && !isFromElsewhere(kind, origin)) throw this.full(cell, kind, payload);
        return this.refuse(cell, kind, payload, origin, 'overflow');
      case 'coalesce':
        if ((kind & ASK) === 0 && this.coalesce(cell, kind, payload, origin)) return;
        return this.replaceOldest(cell, kind, payload, origin);
      case 'drop-oldest':
        return this.replaceOldest(cell, kind, payload, origin);
      default:
        return rule satisfies never;
    }
  }

  /** Tells whoever waits for room in this mailbox, if there is some. */
  release(cell: Cell): void {
    const more = cell.more;
    if (more === undefined || ((cell.flags & Flag.Stopped) === 0 && cell.depth > cell.mailbox.capacity * ROOM)) return;
    this.kernel.arrivals.repay(cell);
    const { waiters, room } = more;
    if (waiters !== undefined && waiters.size > 0) {
      more.waiters = undefined;
      for (const waiter of waiters) this.unblock(waiter);
    }
    if (room !== undefined) {
      more.room = undefined;
      for (const resume of room) resume();
    }
  }

  /** Resolves when the actor's mailbox, and the way there, have room. */
  async room(ref: ActorRef): Promise<void> {
    if (this.kernel.nodes.isClosed) throw systemStopped();
    if (ref.cell !== undefined) return await this.roomHere(ref.cell);
    const { transport } = this.kernel.host;
    if (!transport.hasRoom(ref.nodeIndex))
      await new Promise<void>((resolve) => transport.onRoom(ref.nodeIndex, resolve));
    await this.kernel.control.call(ref.nodeIndex, { op: 'room', id: ref.id });
  }

  roomHere(cell: Cell): Promise<void> {
    if ((cell.flags & Flag.Stopped) !== 0 || cell.depth < cell.mailbox.capacity) return Promise.resolve();
    return new Promise((resolve) => (cell.extra.room ??= []).push(resolve));
  }

  /** Pauses a sender until the way to another node has room. */
  blockOnNode(sender: Cell, node: number): void {
    if ((sender.flags & Flag.Blocked) !== 0 || this.isSpared(sender)) return;
    sender.extra.blockedOnNode = node;
    this.pause(sender, (resume) => this.kernel.host.transport.onRoom(node, resume));
  }

  /** Pauses a sender until there is room for what it sends. */
  pause(sender: Cell, onRoom: (resume: () => void) => void): void {
    if ((sender.flags & Flag.Blocked) !== 0) return;
    this.setBlocked(sender);
    onRoom(() => this.unblock(sender));
  }

  /**
   * Lets a sender go on, over the bound that it waits for: else nobody in a ring of actors that wait ever would. What waits
   * in its mailbox now is handled without another pause, since somebody in the ring may wait for the last of it.
   */
  letGo(sender: Cell): void {
    if ((sender.flags & Flag.Blocked) === 0) return;
    (this.kernel.stats[Stat.BlockCyclesBroken] as number)++;
    sender.extra.spared = sender.depth;
    sender.more?.blockedOn?.more?.waiters?.delete(sender);
    this.unblock(sender);
  }

  private isSpared({ more }: Cell): boolean {
    if (more === undefined || more.spared === 0) return false;
    const begun = this.kernel.stats[Stat.Begun] as number;
    if (more.sparedAt !== begun) {
      more.sparedAt = begun;
      more.spared--;
    }
    return true;
  }

  private setBlocked(sender: Cell): void {
    sender.flags |= Flag.Blocked;
    (this.kernel.stats[Stat.Blocked] as number)++;
    this.kernel.probes.onBlock(sender);
  }

  private unblock(sender: Cell): void {
    if (sender.more !== undefined) {
      sender.more.blockedOn = undefined;
      sender.more.blockedOnNode = undefined;
    }
    sender.flags &= ~Flag.Blocked;
    this.kernel.probes.onUnblock(sender);
    sender.wake();
  }

  private block(cell: Cell, kind: number, payload: unknown, origin: Origin): void {
    const sender = this.kernel.current.cell();
    if (sender === undefined && !isFromElsewhere(kind, origin)) {
      if ((kind & ASK) === 0) throw this.full(cell, kind, payload);
      return this.refuse(cell, kind, payload, origin, 'overflow');
    }
    cell.enqueue(kind, payload, origin);
    if (sender === undefined || sender === cell || (sender.flags & (Flag.Blocked | Flag.Stopped)) !== 0) return;
    if (waitsFor(cell, sender)) {
      // A→B→A, both full: if both waited, neither would ever take a message. One goes on, over its bound.
      (this.kernel.stats[Stat.BlockCyclesBroken] as number)++;
      return;
    }
    if (this.isSpared(sender)) return;
    sender.extra.blockedOn = cell;
    (cell.extra.waiters ??= new Set()).add(sender);
    this.setBlocked(sender);
  }

  private coalesce(cell: Cell, kind: number, payload: unknown, origin: Origin): boolean {
    const keyOf = cell.mailbox.keys[kind & KIND_MASK];
    const queue = cell.whole();
    const key = keyOf?.(payload as never);
    for (let i = queue.size - 1; i >= 0; i--) {
      if ((queue.kindAt(i) & ~HELD) !== (kind & ~HELD)) continue;
      const waiting = queue.payloadAt(i);
      if (keyOf !== undefined && !Object.is(keyOf(waiting as never), key)) continue;
      queue.letGoAt(i);
      queue.replaceAt(i, kind, payload, origin);
      this.kernel.deadLetters.add(cell.ref, kind, waiting, 'coalesced');
      // The one replaced counts as begun and ended; the one that replaces it, as enqueued.
      this.account();
      (this.kernel.stats[Stat.Enqueued] as number)++;
      return true;
    }
    return false;
  }

  /** The oldest of the kind goes, or else the oldest of those whose own rule lets them; where all must stay, the new one. */
  private replaceOldest(cell: Cell, kind: number, payload: unknown, origin: Origin): void {
    if (!this.evict(cell, kind)) return this.refuse(cell, kind, payload, origin, 'overflow');
    cell.enqueue(kind, payload, origin);
  }

  private evict(cell: Cell, kind: number): boolean {
    const queue = cell.whole();
    const find = (mayGo: (waiting: number) => boolean): number => {
      for (let at = 0; at < queue.size; at++) if (mayGo(queue.kindAt(at) & KIND_MASK)) return at;
      return -1;
    };
    let index = find((waiting) => waiting === (kind & KIND_MASK));
    // Steps of streams have no rule: they are no messages of users, and never go.
    if (index < 0) index = find((waiting) => DROPPED.has(cell.mailbox.rules[waiting] ?? 'block'));
    if (index < 0) return false;
    queue.removeAt(index);
    cell.depth--;
    this.account();
    this.refuse(cell, queue.kind, queue.payload, queue.origin, 'overflow');
    queue.payload = undefined;
    queue.origin = undefined;
    return true;
  }

  private account(): void {
    (this.kernel.stats[Stat.Begun] as number)++;
    (this.kernel.stats[Stat.Ended] as number)++;
  }

  /** A message that will not be handled: an ask is told, a tell goes to the dead letters. */
  refuse(cell: Cell, kind: number, payload: unknown, origin: Origin, reason: DeadLetterReason): void {
    if ((kind & HELD) !== 0) (origin as Held).end();
    if ((kind & ASK) !== 0) {
      const question = origin as Question;
      if (!question.settled)
        question.fail(reason === 'overflow' ? this.full(cell, kind, payload) : this.kernel.dead(cell.ref));
      return;
    }
    this.kernel.deadLetters.add(cell.ref, kind, payload, reason, origin);
  }

  private full(cell: Cell, kind: number, payload: unknown): Error {
    const name = cell.type.interface.kinds[kind & KIND_MASK] ?? 'signal';
    return actorError(
      'TROUPE_MAILBOX_FULL',
      `Expected room in the mailbox of ${cell.ref}, got ${cell.depth} messages waiting (capacity ${cell.mailbox.capacity}) for '${name}'. Await ref.room() before the next, or give the kind another overflow rule.`,
      { target: cell.ref.toString(), kind: name, payload, depth: cell.depth, capacity: cell.mailbox.capacity },
    );
  }
}

const isFromElsewhere = (kind: number, origin: Origin): boolean =>
  typeof origin === 'number' || ((kind & HELD) !== 0 && (origin as Held).isFromElsewhere);

/** Does `cell` wait, by way of others, for room in `sender`? */
function waitsFor(cell: Cell, sender: Cell): boolean {
  for (let at: Cell | undefined = cell; at !== undefined; at = at.more?.blockedOn) {
    if (at === sender) return true;
  }
  return false;
}

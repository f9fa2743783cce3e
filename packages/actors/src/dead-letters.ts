/**
 * Messages that reached no handler, with the reason: counted where it happens, and listed on the home node.
 *
 * The counters stand in memory that outlives the node. The letters themselves go home in batches, after a moment or ahead of
 * the next answer of this node: so those of an actor are listed when its stop resolves. Of more than the list would keep,
 * the oldest stay here; those of a node that ends before the moment is over end with it. Both are still counted.
 */

import { type Cell, KIND_MASK, type Origin } from './cell.ts';
import { type DeadLetterReason, REASONS, type SentLetter } from './dead-letter.ts';
import { DeadLetterList, KEPT } from './dead-letter-list.ts';
import { Held } from './held.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { HOME } from './names.ts';
import type { ActorRef } from './ref.ts';
import { Stat } from './stats.ts';

/** How long letters wait for others that go home with them. */
const BATCH_WAIT: Milliseconds = 20;
/** Letters of one frame. */
const BATCH_MAX = 64;

export class DeadLetters {
  /** On the home node: the letters of all. */
  readonly list: DeadLetterList;
  private readonly kernel: Kernel;
  /** On any other: those that are not on their way home yet, oldest first. */
  private waiting: SentLetter[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.list = new DeadLetterList(kernel);
  }

  add(target: ActorRef, kind: number, payload: unknown, reason: DeadLetterReason, origin?: Origin): void {
    this.count(reason, 1);
    const { kernel } = this;
    const at = kernel.host.clock.wall();
    const letter = { target, kind: kind & KIND_MASK, payload, reason, sender: this.senderOf(origin), at };
    if (kernel.index === HOME) return this.list.add(kernel.index, letter);
    if (this.waiting.length === 0) kernel.timers.after(BATCH_WAIT, () => this.sendHome());
    if (this.waiting.push(letter) >= 2 * KEPT) this.waiting = this.waiting.slice(-KEPT);
  }

  /** Counts messages of which nothing but their number is known. */
  count(reason: DeadLetterReason, messages: number): void {
    const { stats } = this.kernel;
    (stats[Stat.DeadLetters] as number) += messages;
    (stats[Stat[REASONS[reason]]] as number) += messages;
  }

  /** No letter waits to go home. */
  get isQuiet(): boolean {
    return this.waiting.length === 0;
  }

  sendHome(): void {
    if (this.waiting.length === 0) return;
    const letters = this.waiting.slice(-KEPT);
    this.waiting = [];
    for (let at = 0; at < letters.length; at += BATCH_MAX) this.send(letters.slice(at, at + BATCH_MAX));
  }

  private send(letters: readonly SentLetter[]): void {
    try {
      this.kernel.departures.control(HOME, { op: 'dead-letters', letters });
    } catch (refused) {
      // A payload that was shared within this thread may not be one that can leave it: that letter is counted, not listed.
      if (letters.length > 1) for (const letter of letters) this.send([letter]);
      else this.kernel.host.log.debug({ err: refused }, 'a dead letter could not be sent to the home node');
    }
  }

  private senderOf(origin: Origin): ActorRef | undefined {
    const sender = origin instanceof Held ? origin.origin : origin;
    if (typeof sender === 'number') return this.kernel.current.senderOf(sender, undefined);
    return (sender as Partial<Cell> | undefined)?.ref;
  }
}

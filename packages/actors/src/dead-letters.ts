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
import { payloadSize } from './payload-size.ts';
import type { ActorRef } from './ref.ts';
import { Stat } from './stats.ts';

/** How long letters wait for others that go home with them. */
const BATCH_WAIT: Milliseconds = 20;
/** Letters of one frame. */
const BATCH_MAX = 64;
/** About how many bytes one frame has of them; one letter alone may be larger. */
const BATCH_BYTES_MAX = 1 << 20;
/** About how many bytes of letters wait to go home: of more the oldest are only counted. */
export const WAITING_BYTES_MAX = 1 << 24;

interface Waiting {
  readonly letter: SentLetter;
  readonly size: number;
}

export class DeadLetters {
  /** On the home node: the letters of all. */
  readonly list: DeadLetterList;
  private readonly kernel: Kernel;
  /** On any other: those that are not on their way home yet, oldest first. */
  private waiting: Waiting[] = [];
  private waitingBytes = 0;

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
    const size = payloadSize(payload, WAITING_BYTES_MAX);
    this.waitingBytes += size;
    if (this.waiting.push({ letter, size }) >= 2 * KEPT) this.forget(KEPT);
    let forgotten = 0;
    for (let bytes = this.waitingBytes; bytes > WAITING_BYTES_MAX && forgotten < this.waiting.length - 1; forgotten++)
      bytes -= this.waiting[forgotten]?.size ?? 0;
    // Of many small ones several at once: each costs all that are left.
    if (forgotten > 0) this.forget(Math.max(forgotten, this.waiting.length >> 4));
  }

  /** Of the oldest nothing is kept but their number. */
  private forget(letters: number): void {
    for (const { size } of this.waiting.splice(0, Math.min(letters, this.waiting.length - 1)))
      this.waitingBytes -= size;
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
    const waiting = this.waiting.slice(-KEPT);
    this.waiting = [];
    this.waitingBytes = 0;
    let batch: SentLetter[] = [];
    let bytes = 0;
    for (const { letter, size } of waiting) {
      if (batch.length === BATCH_MAX || (bytes + size > BATCH_BYTES_MAX && batch.length > 0)) {
        this.send(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(letter);
      bytes += size;
    }
    this.send(batch);
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

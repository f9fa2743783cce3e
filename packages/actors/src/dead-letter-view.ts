/** What a program sees of the messages that reached no handler, on any node. */

import { type DeadLetter, type DeadLetterReason, REASONS } from './dead-letter.ts';
import type { DeadLetterList } from './dead-letter-list.ts';
import type { Ref } from './ref.ts';
import type { Counters } from './stats.ts';
import { type Subscription, type SubscriptionOptions, subscription } from './subscription.ts';

export class DeadLetterView {
  private readonly letters: DeadLetterList;
  private readonly counters: () => ReadonlyMap<string, Counters>;

  /** @internal */
  constructor(letters: DeadLetterList, counters: () => ReadonlyMap<string, Counters>) {
    this.letters = letters;
    this.counters = counters;
  }

  /**
   * The newest 1,000 of each node, oldest first. Those of other nodes are here after a moment, at the latest when a call to
   * their node resolves that was made after them, as `stop`. They stay when their node ends.
   */
  list(): readonly DeadLetter[] {
    return this.letters.all();
  }

  /** Calls back with each one from now on, of all nodes. @returns what ends the subscription */
  subscribe(listener: (letter: DeadLetter) => void, options?: SubscriptionOptions): Subscription {
    return subscription(() => this.letters.subscribe(listener), options);
  }

  /**
   * Sends letters of the list again, to their old target or to the one given, and takes them off the list.
   *
   * @returns how many were sent
   */
  replay(select: (letter: DeadLetter) => boolean = () => true, to?: Ref<unknown>): number {
    return this.letters.replay(select, to);
  }

  /** All there ever were, by reason, on all nodes and in all their lives. */
  get counts(): Readonly<Partial<Record<DeadLetterReason, number>>> {
    const counts: Partial<Record<DeadLetterReason, number>> = {};
    for (const counters of this.counters().values())
      for (const [reason, stat] of Object.entries(REASONS) as [
        DeadLetterReason,
        (typeof REASONS)[DeadLetterReason],
      ][]) {
        const count = counters[uncapitalized(stat)];
        if (count > 0) counts[reason] = (counts[reason] ?? 0) + count;
      }
    return counts;
  }

  /**
   * Of these, how many never stood in the list: of which only the number is known (`lost-with-node`), which ended with their
   * node before they could be listed, or which were more at once than are kept.
   */
  get unlisted(): number {
    const all = [...this.counters().values()].reduce((sum, { deadLetters }) => sum + deadLetters, 0);
    return all - this.letters.listed;
  }
}

const uncapitalized = <N extends string>(name: N): Uncapitalize<N> =>
  `${name[0]?.toLowerCase()}${name.slice(1)}` as Uncapitalize<N>;

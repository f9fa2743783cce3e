/**
 * Group commit: while a storage is at work, what is persisted gathers, and goes to it as one group. So a slow disk gets
 * larger groups, and not a longer queue of syncs; records stay in order, and their outcomes too.
 */

/** What is persisted in one turn goes together; what comes while the storage is at work, in the group after. */
export class GroupCommit<Item> {
  private readonly append: (items: readonly Item[]) => Promise<void> | undefined;
  /** The outcome of items `from` up to but without `to`, counted from the first. */
  private readonly ended: (from: number, to: number, failure: unknown) => void;
  private gathered: Item[] = [];
  private isAtWork = false;
  private count = 0;

  constructor(
    append: (items: readonly Item[]) => Promise<void> | undefined,
    ended: (from: number, to: number, failure: unknown) => void,
  ) {
    this.append = append;
    this.ended = ended;
  }

  add(item: Item): void {
    this.gathered.push(item);
    if (this.isAtWork) return;
    this.isAtWork = true;
    // At the end of the turn: a step, and a batch of messages, may persist more than once.
    Promise.resolve().then(() => this.work());
  }

  private work(): void {
    const group = this.gathered;
    const from = this.count;
    const to = from + group.length;
    this.gathered = [];
    this.count = to;
    const next = (failure: unknown): void => {
      this.ended(from, to, failure);
      if (this.gathered.length > 0) this.work();
      else this.isAtWork = false;
    };
    let appended: Promise<void> | undefined;
    try {
      appended = this.append(group);
    } catch (error) {
      // A storage that throws must not stop the ones behind it.
      appended = Promise.reject(error);
    }
    if (appended === undefined) next(undefined);
    else
      appended.then(
        () => next(undefined),
        (error: unknown) => next(error ?? new Error('rejected without a reason')),
      );
  }
}

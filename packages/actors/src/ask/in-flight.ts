/**
 * What is not answered yet, by number: asks by their correlations, the requests of a core by its count. Numbers are given out
 * one after the other and most are answered soon, so each has a slot of its own in a ring: that takes a comparison where a
 * Map hashes, and now and then is made anew. Such a Map also keeps the collector busy: once one of its tables is old, those
 * made after it live on in its wake, with all that they held.
 *
 * Which numbers come from another node is that node's word: what finds its slot taken goes to a Map.
 */

const SLOTS = 64;
const SLOTS_MAX = 1 << 16;
/** A larger ring is let go when it runs empty. */
const SLOTS_KEPT = 1_024;

export class InFlight<T extends { readonly correlation: number }> {
  private slots: (T | undefined)[] = new Array<T | undefined>(SLOTS).fill(undefined);
  /** Those whose slot is another's. */
  private readonly others = new Map<number, T>();
  size = 0;

  get(correlation: number): T | undefined {
    const { slots } = this;
    const found = slots[correlation & (slots.length - 1)];
    if (found !== undefined && found.correlation === correlation) return found;
    return this.others.size === 0 ? undefined : this.others.get(correlation);
  }

  has(correlation: number): boolean {
    return this.get(correlation) !== undefined;
  }

  /** Takes the place of one of the same correlation. */
  add(ask: T): void {
    const { correlation } = ask;
    this.delete(correlation);
    this.size++;
    const at = correlation & (this.slots.length - 1);
    if (this.slots[at] === undefined) this.slots[at] = ask;
    else {
      this.others.set(correlation, ask);
      if (this.size > this.slots.length >> 1 && this.slots.length < SLOTS_MAX) this.arrange(2 * this.slots.length);
    }
  }

  delete(correlation: number): void {
    const { slots } = this;
    const at = correlation & (slots.length - 1);
    if (slots[at]?.correlation === correlation) slots[at] = undefined;
    else if (this.others.size === 0 || !this.others.delete(correlation)) return;
    if (--this.size === 0 && slots.length > SLOTS_KEPT) this.arrange(SLOTS);
  }

  /** In the order of their correlations. */
  values(): T[] {
    const all = this.slots.filter((ask) => ask !== undefined);
    return [...all, ...this.others.values()].sort((a, b) => a.correlation - b.correlation);
  }

  private arrange(length: number): void {
    const all = this.values();
    this.slots = new Array<T | undefined>(length).fill(undefined);
    this.others.clear();
    for (const ask of all) {
      const at = ask.correlation & (length - 1);
      if (this.slots[at] === undefined) this.slots[at] = ask;
      else this.others.set(ask.correlation, ask);
    }
  }
}

/**
 * What a session has answered and not been told that it arrived: a window over sequences, from the first that is not known
 * to have arrived. A leaf.
 *
 * A ring of slots that are used again, and no map: one that is added to at one end and taken from at the other is rebuilt by
 * the engine ever anew, and each leads to the next. Once one of them is old, its successors, with all that was ever answered,
 * outlive every collection but a full one.
 */
const SLOTS_MIN = 16;

export class Replies<Reply extends object> {
  /** All below have arrived. */
  answeredBelow = 0;
  /** A sequence stands at its remainder; their number is a power of two. */
  private slots: (Reply | undefined)[] = emptySlots<Reply>(SLOTS_MIN);

  get(sequence: number): Reply | undefined {
    const { answeredBelow, slots } = this;
    const isWithin = sequence >= answeredBelow && sequence - answeredBelow < slots.length;
    return isWithin ? slots[sequence % slots.length] : undefined;
  }

  /** Of a sequence that has not arrived. */
  set(sequence: number, reply: Reply): void {
    const distance = sequence - this.answeredBelow;
    if (distance >= this.slots.length) this.grow(distance + 1);
    this.slots[sequence % this.slots.length] = reply;
  }

  forget(below: number): void {
    const { answeredBelow, slots } = this;
    if (below <= answeredBelow) return;
    this.answeredBelow = below;
    if (below - answeredBelow >= slots.length) slots.fill(undefined);
    else for (let sequence = answeredBelow; sequence < below; sequence++) slots[sequence % slots.length] = undefined;
  }

  /** In order of sequence. */
  *all(): Generator<[sequence: number, reply: Reply], void> {
    const { answeredBelow, slots } = this;
    // By offset: where numbers come to their end, one more is not another.
    for (let offset = 0; offset < slots.length; offset++) {
      const sequence = answeredBelow + offset;
      const reply = slots[sequence % slots.length];
      if (reply !== undefined) yield [sequence, reply];
    }
  }

  private grow(needed: number): void {
    const kept = [...this.all()];
    let length = this.slots.length;
    while (length < needed) length *= 2;
    this.slots = emptySlots<Reply>(length);
    for (const [sequence, reply] of kept) this.slots[sequence % length] = reply;
  }
}

function emptySlots<Reply>(length: number): (Reply | undefined)[] {
  return new Array<Reply | undefined>(length).fill(undefined);
}

/** The last changes of a store, bounded by count and by bytes: the oldest go first. */

export interface Change {
  readonly revision: number;
  readonly bytes: number;
}

export class ChangeHistory<C extends Change> {
  /** Changes up to this revision are not known any more. */
  forgotten: number;
  private readonly countMax: number;
  private readonly bytesMax: number;
  private kept: C[] = [];
  /** Of `kept`, those that are gone already. */
  private gone = 0;
  private bytes = 0;

  constructor(countMax: number, bytesMax: number, forgotten = 0) {
    this.countMax = countMax;
    this.bytesMax = bytesMax;
    this.forgotten = forgotten;
  }

  add(change: C): void {
    this.kept.push(change);
    this.bytes += change.bytes;
    while (this.kept.length - this.gone > this.countMax || this.bytes > this.bytesMax) this.dropOldest();
  }

  /** Those after the revision, oldest first. */
  *after(revision: number): Generator<C, void> {
    let low = this.gone;
    let high = this.kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.kept[middle] as C).revision <= revision) low = middle + 1;
      else high = middle;
    }
    for (; low < this.kept.length; low++) yield this.kept[low] as C;
  }

  private dropOldest(): void {
    const oldest = this.kept[this.gone] as C;
    this.gone++;
    this.bytes -= oldest.bytes;
    this.forgotten = oldest.revision;
    // Half of it is gone: what is left moves to the front, each change a bounded number of times.
    if (this.gone * 2 > this.kept.length) {
      this.kept = this.kept.slice(this.gone);
      this.gone = 0;
    }
  }
}

/** The entries of a log that are not durable yet: from `start` to the end of the log. Older ones are on the disk. */

export class LogTail {
  /** Index of the first entry here, or of the next to come. */
  start: number;
  private entries: Uint8Array[] = [];

  constructor(start: number) {
    this.start = start;
  }

  /** One beyond the last. */
  get end(): number {
    return this.start + this.entries.length;
  }

  /** Drops the entries from `from` on; where that lies before the start, the tail begins there from now on. */
  truncate(from: number): void {
    if (from < this.start) this.restart(from);
    else this.entries.length = from - this.start;
  }

  push(entry: Uint8Array): void {
    this.entries.push(entry);
  }

  /** Entries below `index` are durable, or of no more interest. */
  forget(index: number): void {
    if (index <= this.start) return;
    if (index >= this.end) this.restart(index);
    else {
      this.entries = this.entries.slice(index - this.start);
      this.start = index;
    }
  }

  slice(from: number, to: number): Uint8Array[] {
    return this.entries.slice(from - this.start, to - this.start);
  }

  private restart(start: number): void {
    this.start = start;
    this.entries = [];
  }
}

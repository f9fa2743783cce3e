/** A list of 32-bit integers that grows: a million of them are four megabytes. */
export class IntList {
  #items = new Int32Array(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @units bytes */
  get bytes(): number {
    return this.#items.byteLength;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const items = new Int32Array(this.#length * 2);
      items.set(this.#items);
      this.#items = items;
    }
    this.#items[this.#length++] = item;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }
}

/**
 * An exact set of rows of a fixed number of integers, each with its number in the order of their coming. States of a
 * search are such rows once their parts have numbers: a few bytes a state, no objects, and no two states taken for one,
 * as with sets of hashes. Open addressing with linear probing, at most half full.
 */

const ROWS_AT_FIRST = 1_024;

export class RowSet {
  readonly width: number;
  #size = 0;
  #rows: Int32Array;
  /** Numbers of rows plus 1; 0 where there is none. */
  #slots: Int32Array;

  constructor(width: number) {
    this.width = width;
    this.#rows = new Int32Array(ROWS_AT_FIRST * width);
    this.#slots = new Int32Array(ROWS_AT_FIRST * 2);
  }

  get size(): number {
    return this.#size;
  }

  /** What it occupies. @units bytes */
  get bytes(): number {
    return this.#rows.byteLength + this.#slots.byteLength;
  }

  /** The number of this row, which is added where it is new: then it is the size from before. */
  add(row: Int32Array): number {
    const { width } = this;
    const rows = this.#rows;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(row, 0, width) & mask;
    for (;;) {
      const found = slots[slot] as number;
      if (found === 0) break;
      const at = (found - 1) * width;
      let i = 0;
      while (i < width && rows[at + i] === row[i]) i++;
      if (i === width) return found - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.#size++;
    slots[slot] = number + 1;
    if (this.#size * width > rows.length) this.#growRows();
    this.#rows.set(row, number * width);
    if (this.#size * 2 > slots.length) this.#growSlots();
    return number;
  }

  /** Copies a row out. */
  read(number: number, into: Int32Array): void {
    const at = number * this.width;
    const rows = this.#rows;
    for (let i = 0; i < this.width; i++) into[i] = rows[at + i] as number;
  }

  /** One integer of a row. */
  part(number: number, column: number): number {
    return this.#rows[number * this.width + column] as number;
  }

  #growRows(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = hash(this.#rows, number * this.width, this.width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** Multiplies and folds; the last folds bring what is high into the low bits, which choose the slot. */
function hash(row: Int32Array, at: number, width: number): number {
  let h = width;
  for (let i = at; i < at + width; i++) {
    h = Math.imul(h ^ (row[i] as number), 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

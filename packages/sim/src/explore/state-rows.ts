/** The states of a system as rows, each once; with symmetry, one for each class of states that differ by names alone. */
import { IntList } from './int-list.ts';
import { RowSet } from './row-set.ts';
import type { Symmetry } from './symmetry.ts';

export class StateRows {
  readonly #width: number;
  readonly #symmetry: Symmetry | undefined;
  /** The rows; with symmetry, their representatives. */
  readonly #known: RowSet;
  /** With symmetry, the rows that were met, one after another. */
  readonly #met = new IntList();
  readonly #representative: Int32Array;

  constructor(width: number, symmetry: Symmetry | undefined) {
    this.#width = width;
    this.#symmetry = symmetry;
    this.#known = new RowSet(width);
    this.#representative = new Int32Array(width);
  }

  get size(): number {
    return this.#known.size;
  }

  /** A row stands for others. */
  get isQuotient(): boolean {
    return this.#symmetry !== undefined;
  }

  add(row: Int32Array): number {
    if (this.#symmetry === undefined) return this.#known.add(row);
    this.#symmetry.represent(row, this.#representative);
    const before = this.#known.size;
    const number = this.#known.add(this.#representative);
    if (number === before) for (const part of row) this.#met.push(part);
    return number;
  }

  read(number: number, into: Int32Array): void {
    if (this.#symmetry === undefined) this.#known.read(number, into);
    else
      for (let column = 0; column < this.#width; column++) into[column] = this.#met.at(number * this.#width + column);
  }

  part(number: number, column: number): number {
    return this.#symmetry === undefined
      ? this.#known.part(number, column)
      : this.#met.at(number * this.#width + column);
  }
}

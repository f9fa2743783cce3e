/** Numbers what is equal: 0, 1, 2, … in the order of coming. */
export class Interner<T> {
  readonly #items: T[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#items.length;
  }

  /** `make` is called where the key is new. */
  number(key: string, make: () => T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#items.length;
    this.#numbers.set(key, number);
    this.#items.push(make());
    return number;
  }

  at(number: number): T {
    return this.#items[number] as T;
  }

  find(key: string): number | undefined {
    return this.#numbers.get(key);
  }
}

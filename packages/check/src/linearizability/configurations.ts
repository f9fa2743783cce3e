/**
 * The configurations that the search has been in: which operations were linearized, and the state that came of it. Exact,
 * not by hash alone: a configuration taken for another would make an illegal history of a legal one.
 *
 * A set of operations is a run of ones, some bits around the present, and zeros; so of the completed operations only the
 * words between the first with a zero and the last with a one are stored. All lies in one array: no object a configuration.
 *
 * @paper Lowe: Testing for linearizability (2017), the memo of configurations
 */

const INITIAL_SLOTS = 1 << 10;
const INITIAL_WORDS = 1 << 12;
const BYTES_A_WORD = 4;
/** Hash, state, first word, count of words. */
const HEAD = 4;

export class Configurations {
  count = 0;
  readonly #completedWords: number;
  /** Where in `words` a configuration lies, plus one; 0: free. Linear probing, at most half full. */
  #slots = new Int32Array(INITIAL_SLOTS);
  #words = new Int32Array(INITIAL_WORDS);
  #end = 0;

  /** @param completedWords how many words of a set are about operations that completed; those after are about pending ones */
  constructor(completedWords: number) {
    this.#completedWords = completedWords;
  }

  get bytes(): number {
    return (this.#slots.length + this.#words.length) * BYTES_A_WORD;
  }

  /** Adds the configuration. @returns false where it is here already */
  add(set: Int32Array, low: number, high: number, state: number, hash: number): boolean {
    const words = this.#words;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let found = this.#slots[slot] as number; found !== 0; found = this.#slots[slot] as number) {
      const at = found - 1;
      if (words[at] === hash && words[at + 1] === state && this.#equals(at, set, low, high)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#append(set, low, high, state, hash) + 1;
    this.count++;
    if (this.count * 2 > this.#slots.length) this.#growSlots();
    return true;
  }

  #equals(at: number, set: Int32Array, low: number, high: number): boolean {
    const words = this.#words;
    const size = high - low + 1;
    if (words[at + 2] !== low || words[at + 3] !== size) return false;
    let word = at + HEAD;
    for (let i = low; i <= high; i++) if (words[word++] !== set[i]) return false;
    for (let i = this.#completedWords; i < set.length; i++) if (words[word++] !== set[i]) return false;
    return true;
  }

  #append(set: Int32Array, low: number, high: number, state: number, hash: number): number {
    const at = this.#end;
    const size = high - low + 1;
    this.#end = at + HEAD + size + set.length - this.#completedWords;
    if (this.#end > this.#words.length) this.#growWords();
    const words = this.#words;
    words[at] = hash;
    words[at + 1] = state;
    words[at + 2] = low;
    words[at + 3] = size;
    let word = at + HEAD;
    for (let i = low; i <= high; i++) words[word++] = set[i] as number;
    for (let i = this.#completedWords; i < set.length; i++) words[word++] = set[i] as number;
    return at;
  }

  #growWords(): void {
    const larger = new Int32Array(Math.max(this.#words.length * 2, this.#end));
    larger.set(this.#words);
    this.#words = larger;
  }

  #growSlots(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const mask = slots.length - 1;
    for (const found of old) {
      if (found === 0) continue;
      let slot = (this.#words[found - 1] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = found;
    }
    this.#slots = slots;
  }
}

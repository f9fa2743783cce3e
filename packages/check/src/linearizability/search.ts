/**
 * Is there an order of these operations that the model allows and that keeps real time? A depth-first search over
 * configurations, with a memo of those that led nowhere.
 *
 * @paper Wing, Gong: Testing and verifying concurrent objects (1993); Lowe: Testing for linearizability (2017)
 *
 * The entries not yet linearized are a doubly linked list; linearizing an operation takes its two entries out. Whatever
 * is invoked before the first return in the list may come next. Beyond the papers, and each without loss:
 * 1. A read-only operation that fits is taken at once: what can follow with it not yet placed can follow with it placed.
 * 2. Of alike operations (`twinBefore`) only one order is tried.
 * 3. A pending operation that changes nothing here is not taken: it needn't ever be.
 */
import { assert } from '@troupe/protocol';
import type { Exhausted, Meter } from './budget.ts';
import { Configurations } from './configurations.ts';
import { type Entries, NONE } from './entries.ts';
import { INITIAL_STATE, NO_STATE, type StateId, type StateSpace } from './state-space.ts';

export interface Attempt {
  /** Numbers of operations, in their order. */
  readonly order: Int32Array;
  /** After all of them. */
  readonly state: StateId;
}

export type SearchResult =
  | { readonly verdict: 'ok'; readonly attempt: Attempt; readonly configurations: number }
  | {
      readonly verdict: 'illegal' | 'unknown';
      readonly exhausted: Exhausted | undefined;
      /** The entry of the return that no order reached was found to pass; NONE where the search didn't come to an end anywhere. */
      readonly blocked: number;
      /** Orders up to there, with different states at their ends. */
      readonly attempts: readonly Attempt[];
      readonly configurations: number;
    };

/** Orders that are kept for an account of what was tried. */
export const ATTEMPTS_MAX = 8;

const WORD_BITS = 32;
const FULL_WORD = -1;

export class Search {
  readonly #layout: Entries<unknown, unknown>;
  readonly #space: StateSpace<unknown, unknown, unknown>;
  readonly #meter: Meter;
  readonly #configurations: Configurations;

  /** The list: of entries shifted by one, since 0 is its head; 0 also ends it. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The set of linearized operations: words of those that complete, then words of pending ones. */
  readonly #set: Int32Array;
  readonly #wordOf: Int32Array;
  readonly #bitOf: Int32Array;
  /** A random number an operation: their exclusive or is the hash of a set. */
  readonly #hashOf: Int32Array;
  readonly #completedWords: number;
  #hash = 0;
  /** The first word of completed operations that is not full. */
  #low = 0;
  /** The last word of completed operations that is not empty. */
  #high = -1;
  #state: StateId = INITIAL_STATE;
  #completed = 0;

  /** What was linearized, in order; with what was before it. */
  readonly #order: Int32Array;
  readonly #stateBefore: Int32Array;
  readonly #highBefore: Int32Array;
  #depth = 0;

  #blocked = NONE;
  #attempts: Attempt[] = [];

  constructor(layout: Entries<unknown, unknown>, space: StateSpace<unknown, unknown, unknown>, meter: Meter) {
    const count = layout.operations.length;
    this.#layout = layout;
    this.#space = space;
    this.#meter = meter;
    this.#next = Int32Array.from(
      { length: layout.entries.length + 1 },
      (_, i) => (i + 1) % (layout.entries.length + 1),
    );
    this.#previous = Int32Array.from({ length: layout.entries.length + 1 }, (_, i) =>
      i === 0 ? layout.entries.length : i - 1,
    );
    this.#completedWords = Math.ceil(layout.completedCount / WORD_BITS);
    const pendingWords = Math.ceil((count - layout.completedCount) / WORD_BITS);
    this.#set = new Int32Array(this.#completedWords + pendingWords);
    const place = (i: number) =>
      i < layout.completedCount ? i : this.#completedWords * WORD_BITS + i - layout.completedCount;
    this.#wordOf = Int32Array.from({ length: count }, (_, i) => place(i) >> 5);
    this.#bitOf = Int32Array.from({ length: count }, (_, i) => 1 << (place(i) & 31));
    this.#hashOf = Int32Array.from({ length: count }, (_, i) => mix(Math.imul(i + 1, 0x9e3779b1)));
    this.#order = new Int32Array(count);
    this.#stateBefore = new Int32Array(count);
    this.#highBefore = new Int32Array(count);
    this.#configurations = new Configurations(this.#completedWords);
  }

  run(): SearchResult {
    const { completedCount } = this.#layout;
    // Where to go on in the list of a configuration that was entered before; 0: it is entered now.
    let from = 0;
    for (;;) {
      if (from === 0) {
        this.#takeReads();
        if (this.#completed === completedCount) return this.#succeed();
        const exhausted = this.#meter.spend(this.#configurations.bytes + this.#space.bytes);
        if (exhausted !== undefined) return this.#giveUp('unknown', exhausted);
        from = this.#isNew() ? (this.#next[0] as number) : NONE;
      }
      if (from !== NONE && this.#descend(from)) {
        from = 0;
        continue;
      }
      from = this.#backtrack();
      if (from === NONE) return this.#giveUp('illegal', undefined);
    }
  }

  /** All that fit: one walk is enough, since none changes the state, and whoever returns opens what lies behind. */
  #takeReads(): void {
    const { entries, classOf, isReadOnly, completedCount } = this.#layout;
    for (let at = this.#next[0] as number; at !== 0; at = this.#next[at] as number) {
      const operation = entries[at - 1] as number;
      if (operation < 0) return;
      const operationClass = classOf[operation] as number;
      // A pending one needn't be taken.
      if (isReadOnly[operationClass] === 0 || operation >= completedCount) continue;
      if (this.#space.step(this.#state, operationClass) !== NO_STATE) this.#linearize(operation, at, this.#state);
    }
  }

  /** Linearizes the first operation from `at` on that may come next. @returns whether there was one */
  #descend(at: number): boolean {
    const { entries, classOf, isReadOnly, twinBefore, completedCount } = this.#layout;
    for (; at !== 0; at = this.#next[at] as number) {
      const operation = entries[at - 1] as number;
      if (operation < 0) {
        this.#note(at - 1);
        return false;
      }
      const operationClass = classOf[operation] as number;
      if (isReadOnly[operationClass] === 1) continue;
      const twin = twinBefore[operation] as number;
      if (twin !== NONE && !this.#has(twin)) continue;
      const target = this.#space.step(this.#state, operationClass);
      if (target === NO_STATE || (operation >= completedCount && target === this.#state)) continue;
      this.#linearize(operation, at, target);
      return true;
    }
    return false;
  }

  /** Takes back the last decision, and what followed from it without one. @returns where to go on; NONE: there was none */
  #backtrack(): number {
    const { classOf, isReadOnly } = this.#layout;
    while (this.#depth > 0) {
      const operation = this.#order[this.#depth - 1] as number;
      const at = this.#undo();
      if (isReadOnly[classOf[operation] as number] === 0) {
        const next = this.#next[at] as number;
        assert(next !== 0, 'something returns after whatever may come next');
        return next;
      }
    }
    return NONE;
  }

  #linearize(operation: number, at: number, target: StateId): void {
    const depth = this.#depth++;
    this.#order[depth] = operation;
    this.#stateBefore[depth] = this.#state;
    this.#highBefore[depth] = this.#high;
    this.#state = target;
    const word = this.#wordOf[operation] as number;
    this.#set[word] = (this.#set[word] as number) | (this.#bitOf[operation] as number);
    this.#hash ^= this.#hashOf[operation] as number;
    if (operation < this.#layout.completedCount) {
      this.#completed++;
      // Before the invocation, so that whoever walks the list and stands at that goes on behind both.
      this.#remove((this.#layout.returnOf[operation] as number) + 1);
      if (word > this.#high) this.#high = word;
      while (this.#low < this.#completedWords && this.#set[this.#low] === FULL_WORD) this.#low++;
    }
    this.#remove(at);
  }

  /** @returns where its invocation is in the list */
  #undo(): number {
    const depth = --this.#depth;
    const operation = this.#order[depth] as number;
    const word = this.#wordOf[operation] as number;
    this.#set[word] = (this.#set[word] as number) & ~(this.#bitOf[operation] as number);
    this.#hash ^= this.#hashOf[operation] as number;
    this.#state = this.#stateBefore[depth] as StateId;
    this.#high = this.#highBefore[depth] as number;
    const at = (this.#layout.invocationOf[operation] as number) + 1;
    this.#restore(at);
    if (operation < this.#layout.completedCount) {
      this.#completed--;
      if (word < this.#low) this.#low = word;
      this.#restore((this.#layout.returnOf[operation] as number) + 1);
    }
    return at;
  }

  #remove(at: number): void {
    const next = this.#next[at] as number;
    const previous = this.#previous[at] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  /** In the opposite order of removals. */
  #restore(at: number): void {
    this.#next[this.#previous[at] as number] = at;
    this.#previous[this.#next[at] as number] = at;
  }

  #has(operation: number): boolean {
    return ((this.#set[this.#wordOf[operation] as number] as number) & (this.#bitOf[operation] as number)) !== 0;
  }

  #isNew(): boolean {
    const hash = mix(this.#hash ^ Math.imul(this.#state + 1, 0x85ebca6b));
    return this.#configurations.add(this.#set, this.#low, this.#high, this.#state, hash);
  }

  /** Keeps the orders that got furthest; of those with one state, the first. */
  #note(returnEntry: number): void {
    if (returnEntry < this.#blocked) return;
    if (returnEntry > this.#blocked) {
      this.#blocked = returnEntry;
      this.#attempts = [];
    }
    if (this.#attempts.length >= ATTEMPTS_MAX) return;
    for (const { state } of this.#attempts) if (state === this.#state) return;
    this.#attempts.push(this.#attempt());
  }

  #attempt(): Attempt {
    return { order: this.#order.slice(0, this.#depth), state: this.#state };
  }

  #succeed(): SearchResult {
    return { verdict: 'ok', attempt: this.#attempt(), configurations: this.#configurations.count };
  }

  #giveUp(verdict: 'illegal' | 'unknown', exhausted: Exhausted | undefined): SearchResult {
    // In the middle of the way this may be the furthest, or all that there is.
    if (exhausted !== undefined) this.#noteHere();
    const { count: configurations } = this.#configurations;
    return { verdict, exhausted, blocked: this.#blocked, attempts: this.#attempts, configurations };
  }

  #noteHere(): void {
    for (let at = this.#next[0] as number; at !== 0; at = this.#next[at] as number)
      if ((this.#layout.entries[at - 1] as number) < 0) return this.#note(at - 1);
  }
}

/** Spreads every bit over all others. */
function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return value ^ (value >>> 16);
}

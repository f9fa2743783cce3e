/**
 * The doorbells of a system's nodes: one for each node, in one shared memory, a cache line each.
 *
 * A node that has nothing to do says so and sleeps; whoever then publishes something for it wakes it, once a sleep. No
 * wake-up is lost, because both sides write before they read (Atomics are sequentially consistent):
 *
 *   producer  1 publish the tail        consumer  a state := ASLEEP
 *             2 read the state                    b read every tail (the re-check)
 *
 * Without b, schedule "consumer finds the rings empty, 1, 2 (still awake: no ring), a" sleeps on a published frame.
 * With 2 before 1, "2, a, b, 1" does. As it is, 2 before a means 1 before b, so b sees the frame.
 *
 * `wake` is the host's, a MessagePort in production; it may come late or twice, and must not throw.
 */
import { integerOption } from './option.ts';

export const VACANT = 0;
export const AWAKE = 1;
export const ASLEEP = 2;
export type NodeActivity = typeof VACANT | typeof AWAKE | typeof ASLEEP;

export const DOORBELL_SLOTS_MAX = 1024;
const SLOT_WORDS = 32;

/** Memory for the doorbells of up to `slots` nodes. */
export function createDoorbellMemory(slots: number): SharedArrayBuffer {
  integerOption('slots', slots, 1, DOORBELL_SLOTS_MAX);
  return new SharedArrayBuffer(slots * SLOT_WORDS * 4);
}

/** One node's doorbell, as its owner and as everyone else sees it. */
export class Doorbell {
  readonly #words: Int32Array;
  readonly #word: number;
  #wake: () => void;
  #rings = 0;

  constructor(memory: SharedArrayBuffer, slot: number, wake: () => void) {
    const words = new Int32Array(memory);
    integerOption('slot', slot, 0, words.length / SLOT_WORDS - 1);
    this.#words = words;
    this.#word = slot * SLOT_WORDS;
    this.#wake = wake;
  }

  /** How often this side woke the node. */
  get rings(): number {
    return this.#rings;
  }

  get activity(): NodeActivity {
    return Atomics.load(this.#words, this.#word) as NodeActivity;
  }

  /** A restarted node listens on another port. */
  set wake(wake: () => void) {
    this.#wake = wake;
  }

  /** Producer's side, after publishing: wakes the node if it sleeps. The exchange picks one of several producers. */
  ring(): void {
    if (Atomics.load(this.#words, this.#word) !== ASLEEP) return;
    if (Atomics.compareExchange(this.#words, this.#word, ASLEEP, AWAKE) !== ASLEEP) return;
    this.#rings++;
    this.#wake();
  }

  /** Owner's side. The host sets VACANT for a node that has died, so that it no longer counts as busy. */
  set(activity: typeof VACANT | typeof AWAKE): void {
    Atomics.store(this.#words, this.#word, activity);
  }

  /** Owner's side: true when it may sleep; `idle` is the re-check of everything that could hold work. */
  fallAsleep(idle: () => boolean): boolean {
    Atomics.store(this.#words, this.#word, ASLEEP);
    if (idle()) return true;
    Atomics.store(this.#words, this.#word, AWAKE);
    return false;
  }

  /** How many nodes are awake now, working or spinning: a spin with more of them than cores takes a core from one that works. */
  busyNodes(): number {
    const words = this.#words;
    let busy = 0;
    for (let word = 0; word < words.length; word += SLOT_WORDS) {
      if (Atomics.load(words, word) === AWAKE) busy++;
    }
    return busy;
  }
}

/**
 * Signs of life of a worker that simulates, in shared memory: which seed, and how many events. A worker that hangs or runs
 * out of memory can't be asked what it was doing; so the run is repeated, which is the same again, and writes down what
 * each event is before it happens.
 */
import type { Chooser, Occasion } from '../choices/chooser.ts';

const SEED = 0;
const EVENTS = 1;
const LENGTH = 2;
const WORDS = 3;
const TEXT_MAX = 512;

export interface Beat {
  readonly seed: number;
  /** That have begun; goes round at 2^32. */
  readonly events: number;
  /** What the last event was, where it is written down. */
  readonly label: string;
}

export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #text: Uint8Array;

  constructor(memory = new SharedArrayBuffer(WORDS * 4 + TEXT_MAX)) {
    this.memory = memory;
    this.#words = new Uint32Array(memory, 0, WORDS);
    this.#text = new Uint8Array(memory, WORDS * 4, TEXT_MAX);
  }

  read(): Beat {
    const text = this.#text.slice(0, Math.min(this.#words[LENGTH] as number, TEXT_MAX));
    return {
      seed: this.#words[SEED] as number,
      events: this.#words[EVENTS] as number,
      label: new TextDecoder().decode(text),
    };
  }

  seed(seed: number): void {
    this.#words[SEED] = seed;
    this.#words[LENGTH] = 0;
    this.beat();
  }

  beat(): void {
    this.#words[EVENTS] = (this.#words[EVENTS] as number) + 1;
  }

  say(label: string): void {
    this.#words[LENGTH] = new TextEncoder().encodeInto(label, this.#text).written;
  }
}

/** Lets another strategy choose, and shows that the run goes on. */
export class PulsingChooser implements Chooser {
  readonly #inner: Chooser;
  readonly #pulse: Pulse;
  readonly #isCareful: boolean;

  /** `isCareful`: each event is written down. */
  constructor(inner: Chooser, pulse: Pulse, isCareful: boolean) {
    this.#inner = inner;
    this.#pulse = pulse;
    this.#isCareful = isCareful;
  }

  choose(label: string, n: number): number {
    return this.#inner.choose(label, n);
  }

  begin(occasion: Occasion): boolean {
    this.within(occasion);
    return this.#inner.begin(occasion);
  }

  within(occasion: Occasion): void {
    this.#pulse.beat();
    if (this.#isCareful) this.#pulse.say(occasion.label());
  }
}

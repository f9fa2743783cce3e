/**
 * Publishes what a node has written once its turn ends: a writer reports its first unpublished frame (`onPending`), and all
 * that reported are flushed together in one microtask. Whoever knows that its turn ends calls `flush` itself.
 */
import type { RingWriter } from './writer.ts';

export class FlushQueue {
  readonly #microtask: (task: () => void) => void;
  /** Those that reported stand before `count`: setting the length of an array costs more than flushing a writer. */
  #writers: (RingWriter | undefined)[] = [];
  #spare: (RingWriter | undefined)[] = [];
  #count = 0;
  readonly #run = (): void => this.flush();

  constructor(microtask: (task: () => void) => void) {
    this.#microtask = microtask;
  }

  /** A writer may report again after it published a full batch: to flush it twice is harmless. */
  readonly add = (writer: RingWriter): void => {
    this.#writers[this.#count++] = writer;
    if (this.#count === 1) this.#microtask(this.#run);
  };

  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    const writers = this.#writers;
    this.#writers = this.#spare;
    this.#spare = writers;
    this.#count = 0;
    for (let index = 0; index < count; index++) {
      writers[index]?.flush();
      writers[index] = undefined;
    }
  }
}

/**
 * Publishes what a node has written once its turn ends: a writer reports its first unpublished frame (`onPending`), and all
 * that reported are flushed together in one microtask. Whoever knows that its turn ends calls `flush` itself.
 */
import type { RingWriter } from './writer.ts';

export class FlushQueue {
  readonly #microtask: (task: () => void) => void;
  #writers: RingWriter[] = [];
  #spare: RingWriter[] = [];
  readonly #run = (): void => this.flush();

  constructor(microtask: (task: () => void) => void) {
    this.#microtask = microtask;
  }

  /** A writer may report again after it published a full batch: to flush it twice is harmless. */
  readonly add = (writer: RingWriter): void => {
    this.#writers.push(writer);
    if (this.#writers.length === 1) this.#microtask(this.#run);
  };

  flush(): void {
    const writers = this.#writers;
    this.#writers = this.#spare;
    for (const writer of writers) writer.flush();
    writers.length = 0;
    this.#spare = writers;
  }
}

/**
 * The producer of `counting` and `fork-join`. Erlang's is preempted, so that its counters work meanwhile;
 * the producers of one JavaScript thread let go by themselves, after as many messages each.
 */
export const SLICE = 1_024;

export class Burst {
  readonly counters: number;
  readonly each: number;
  #sent = 0;

  constructor(total: number, counters: number) {
    this.counters = counters;
    this.each = Math.ceil(total / counters);
  }

  get total(): number {
    return this.each * this.counters;
  }

  /** Sends the next slice, in turn to each counter; true while there is more to send. */
  slice(send: (counter: number, n: number) => void): boolean {
    const until = Math.min(this.each, this.#sent + Math.ceil(SLICE / this.counters));
    for (let n = this.#sent; n < until; n++) {
      for (let counter = 0; counter < this.counters; counter++) send(counter, n);
    }
    this.#sent = until;
    return until < this.each;
  }
}

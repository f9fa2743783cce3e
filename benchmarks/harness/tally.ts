import { type Outcome, timed } from './outcome.ts';

/** Counts what receivers in this thread handle, until one of them says that it was the last. */
export class Tally {
  handled = 0;
  end: () => void = () => {};

  /** Times from `begin` until a receiver calls `end`. */
  time(sent: number, begin: () => unknown): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.handled = 0;
    this.end = resolve;
    const work = async () => {
      await begin();
      await promise;
    };
    return timed(sent, work, () => this.handled);
  }
}

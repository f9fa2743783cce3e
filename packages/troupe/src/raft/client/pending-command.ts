/** One command that waits for its end. */
import type { ClientSession } from './client-session.ts';
import type { Pending } from './dispatcher.ts';

export class PendingCommand implements Pending {
  readonly data: unknown;
  readonly bytes: number;
  readonly deadline: number;
  isSettled = false;
  isUnderWay = false;
  isUnsure = false;
  last: unknown = undefined;
  /** Whose number it has. */
  session: ClientSession | undefined = undefined;
  sequence = 0;
  private readonly resolve: (result: unknown) => void;
  private readonly reject: (error: unknown) => void;
  private release: (() => void) | undefined = undefined;

  constructor(
    data: unknown,
    bytes: number,
    deadline: number,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.data = data;
    this.bytes = bytes;
    this.deadline = deadline;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Calls back where the signal is aborted before the end. */
  endWith(signal: AbortSignal, abort: () => void): void {
    signal.addEventListener('abort', abort, { once: true });
    this.release = () => signal.removeEventListener('abort', abort);
  }

  succeed(result: unknown): void {
    this.settle();
    this.resolve(result);
  }

  fail(error: unknown): void {
    this.settle();
    this.reject(error);
  }

  private settle(): void {
    this.isSettled = true;
    this.release?.();
    this.session?.end(this.sequence);
  }
}

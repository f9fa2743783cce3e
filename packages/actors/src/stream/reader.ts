/**
 * The consuming side of a stream: an async iterator that gives credit as it is read, so that the actor never runs far ahead.
 */

import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef, StreamOptions } from '../ref.ts';
import { ask } from '../send.ts';
import type { StreamSource } from './source.ts';

/** Items on their way or waiting here. */
const CREDIT = 64;

export class StreamReader implements AsyncIterableIterator<unknown> {
  private readonly kernel: Kernel;
  private readonly ref: ActorRef;
  private readonly kind: number;
  private readonly payload: unknown;
  private readonly credit: number;
  private readonly signal: AbortSignal | undefined;
  private readonly items: unknown[] = [];
  private readonly waiting: { resolve: (result: IteratorResult<unknown>) => void; reject: (error: unknown) => void }[] =
    [];
  /** The source's id, once the actor has opened the stream. */
  private stream = 0;
  private isOpening = false;
  private isOver = false;
  private error: unknown = undefined;
  private read = 0;
  private readonly onAbort = () => {
    this.cancel();
    this.end(this.signal?.reason ?? actorError('TROUPE_ASK_CANCELLED', 'The stream was cancelled by its signal.'));
  };

  constructor(ref: ActorRef, kind: number, payload: unknown, options: StreamOptions | undefined) {
    this.kernel = ref.kernel;
    this.ref = ref;
    this.kind = kind;
    // Sent at the first read: until then the caller could change it.
    this.payload = this.kernel.copy(payload, 'payload');
    this.credit = options?.credit ?? CREDIT;
    this.signal = options?.signal;
    if (!Number.isInteger(this.credit) || this.credit < 1)
      throw actorError('TROUPE_OPTION_INVALID', `Expected credit to be a positive integer, got ${this.credit}.`);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (!this.isOpening) this.open();
    if (this.items.length > 0) {
      const value = this.items.shift();
      this.replenish();
      return Promise.resolve({ done: false, value });
    }
    if (this.isOver) return this.closed();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<unknown>> {
    if (!this.isOver) this.cancel();
    this.items.length = 0;
    this.end(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** @internal From another node, which has credit for so many and no more. */
  arrived(value: unknown): void {
    if (this.isOver) return;
    if (this.items.length < this.credit) return this.item(value);
    this.end(this.kernel.control.malformed(this.ref.nodeIndex, 'no more items of a stream than it has credit for'));
    throw new Error('an item beyond the credit');
  }

  /** @internal */
  item(value: unknown): void {
    if (this.isOver) return;
    const waiter = this.waiting.shift();
    if (waiter === undefined) this.items.push(value);
    else {
      waiter.resolve({ done: false, value });
      this.replenish();
    }
  }

  /** @internal */
  end(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.error = error;
    this.signal?.removeEventListener('abort', this.onAbort);
    this.kernel.streams.forgetReader(this.ref.nodeIndex, this.stream);
    for (const waiter of this.waiting.splice(0)) void this.closed().then(waiter.resolve, waiter.reject);
  }

  /** An error is told once; after it the iterator is at its end. */
  private closed(): Promise<IteratorResult<unknown>> {
    const error = this.error;
    this.error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  private open(): void {
    this.isOpening = true;
    if (this.signal?.aborted) return this.onAbort();
    this.signal?.addEventListener('abort', this.onAbort, { once: true });
    ask(this.ref, this.kind, this.payload, undefined).then(
      (stream) => {
        this.stream = stream as number;
        if (this.isOver) return this.cancel();
        // The answer may have been its node's last word, and that node's end was told before this reader was known.
        if (!this.kernel.isUp(this.ref.nodeIndex)) return this.end(this.kernel.control.nodeDown(this.ref.nodeIndex));
        this.kernel.streams.register(this.ref.nodeIndex, this.stream, this);
        this.give(this.credit);
      },
      (error) => this.end(error),
    );
  }

  /** Half of the credit at a time: fewer notices, and the actor is never out of it while the reader keeps up. */
  private replenish(): void {
    if (++this.read < Math.max(1, this.credit >> 1)) return;
    const read = this.read;
    this.read = 0;
    if (!this.isOver) this.give(read);
  }

  private give(credit: number): void {
    if (this.ref.cell !== undefined) this.local()?.grant(credit);
    else if (this.kernel.isUp(this.ref.nodeIndex))
      this.kernel.sendControl(this.ref.nodeIndex, { op: 'stream-credit', stream: this.stream, credit });
  }

  private cancel(): void {
    if (this.stream === 0) return;
    if (this.ref.cell !== undefined) this.local()?.cancel();
    else if (this.kernel.isUp(this.ref.nodeIndex))
      this.kernel.sendControl(this.ref.nodeIndex, { op: 'stream-cancel', stream: this.stream });
  }

  private local(): StreamSource | undefined {
    return this.kernel.streams.source(this.stream);
  }
}

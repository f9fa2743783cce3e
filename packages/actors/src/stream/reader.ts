/**
 * The consuming side of a stream: an async iterator that gives credit as it is read, so that the actor never runs far ahead.
 *
 * It ends, and its producer with it, when whoever reads says so (a `break`, `return()`, `await using`, the signal), when the
 * incarnation that opened it ends, or when it was not read for `idle`. One that is dropped without a word ends when the
 * garbage collector finds that: so what the kernel knows is the reader, and what the program holds is an iterator of it.
 */

import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from '../overflow.ts';
import type { ActorRef, StreamOptions } from '../ref.ts';
import { scope } from '../scope.ts';
import { ask } from '../send.ts';
import type { Timer } from '../timers.ts';
import { OPENS } from './opening.ts';
import type { StreamSource } from './source.ts';

/** Items on their way or waiting here. */
const CREDIT = 64;

interface Waiting {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
  /** Whoever waits for an item has not dropped the stream, though nobody else may hold it. */
  readonly iterator: StreamIterator;
}

const dropped = new FinalizationRegistry<StreamReader>((reader) => reader.drop());

/** What a program holds of a stream. */
export class StreamIterator implements AsyncIterableIterator<unknown>, AsyncDisposable {
  private readonly reader: StreamReader;

  constructor(ref: ActorRef, kind: number, payload: unknown, options: StreamOptions | undefined) {
    this.reader = new StreamReader(ref, kind, payload, options);
    dropped.register(this, this.reader, this.reader);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.reader.next(this);
  }

  return(): Promise<IteratorResult<unknown>> {
    return this.reader.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader.return();
  }
}

export class StreamReader {
  private readonly kernel: Kernel;
  private readonly ref: ActorRef;
  private readonly kind: number;
  private readonly payload: unknown;
  private readonly credit: number;
  private readonly signal: AbortSignal | undefined;
  private readonly items: unknown[] = [];
  private readonly waiting: Waiting[] = [];
  /** The source's id, once the actor has opened the stream. */
  private stream = 0;
  private isOpening = false;
  private isOver = false;
  private error: unknown = undefined;
  private read = 0;
  private readonly idle: Milliseconds | undefined;
  private idleTimer: Timer | undefined = undefined;
  private lastRead: Milliseconds = 0;
  /** Takes it off what ends with the incarnation that opened it. */
  private disown: (() => void) | undefined = undefined;
  private readonly onAbort = () => {
    this.giveUp(this.signal?.reason ?? actorError('TROUPE_ASK_CANCELLED', 'The stream was cancelled by its signal.'));
  };

  constructor(ref: ActorRef, kind: number, payload: unknown, options: StreamOptions | undefined) {
    this.kernel = ref.kernel;
    this.ref = ref;
    this.kind = kind;
    // Sent at the first read: until then the caller could change it.
    this.payload = this.kernel.copy(payload, 'payload');
    if (options !== undefined) checkOptions(options);
    this.credit = options?.credit ?? CREDIT;
    this.signal = options?.signal;
    if (!Number.isInteger(this.credit) || this.credit < 1)
      throw actorError('TROUPE_OPTION_INVALID', `Expected credit to be a positive integer, got ${this.credit}.`);
    this.idle = options?.idle;
    if (this.idle !== undefined && !(this.idle > 0))
      throw optionInvalid('idle', 'a positive number of milliseconds', this.idle);
  }

  next(iterator: StreamIterator): Promise<IteratorResult<unknown>> {
    if (!this.isOpening) this.open();
    if (this.idle !== undefined) this.lastRead = this.kernel.timers.now();
    if (this.items.length > 0) {
      const value = this.items.shift();
      this.replenish();
      return Promise.resolve({ done: false, value });
    }
    if (this.isOver) return this.closed();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject, iterator }));
  }

  return(): Promise<IteratorResult<unknown>> {
    if (!this.isOver) this.cancel();
    this.items.length = 0;
    this.end(undefined);
    this.error = undefined;
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

  /** Nobody can read it any more. */
  drop(): void {
    if (this.isOver) return;
    this.kernel.host.log.warn(
      { actor: this.ref.toString(), stream: this.ref.interface.kinds[this.kind] },
      'a stream was dropped before its end; call return() on it, or read it by for await',
    );
    this.giveUp(undefined);
  }

  /** @internal */
  end(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.error = error;
    dropped.unregister(this);
    this.disown?.();
    if (this.idleTimer !== undefined) this.kernel.timers.cancel(this.idleTimer);
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
    const owner = scope.cell?.ctx ?? this.kernel.current.carried();
    this.disown = owner?.whenStopping((reason) => this.giveUp(reason));
    if (this.isOver) return;
    if (this.idle !== undefined) this.watchIdle(this.idle, this.kernel.timers.now());
    const isDeclared = this.ref.interface.streams.includes(this.kind);
    ask(this.ref, this.kind, this.payload, isDeclared ? undefined : OPENS).then(
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
      this.kernel.departures.control(this.ref.nodeIndex, { op: 'stream-credit', stream: this.stream, credit });
  }

  /** Ends it on both sides. */
  private giveUp(error: unknown): void {
    this.cancel();
    this.items.length = 0;
    this.end(error);
  }

  /** One timer for as long as it is idle, not one for each item. */
  private watchIdle(idle: Milliseconds, since: Milliseconds): void {
    this.idleTimer = this.kernel.timers.set(since + idle, () => {
      if (this.waiting.length > 0) this.lastRead = this.kernel.timers.now();
      if (this.lastRead > since) return this.watchIdle(idle, this.lastRead);
      this.giveUp(
        actorError(
          'TROUPE_STREAM_CLOSED',
          `Expected the stream of ${this.ref} to be read at least every ${idle} ms, as its option idle says.`,
          { actor: this.ref.toString(), idle },
        ),
      );
    });
  }

  private cancel(): void {
    if (this.stream === 0) return;
    if (this.ref.cell !== undefined) this.local()?.cancel();
    else if (this.kernel.isUp(this.ref.nodeIndex))
      this.kernel.departures.control(this.ref.nodeIndex, { op: 'stream-cancel', stream: this.stream });
  }

  private local(): StreamSource | undefined {
    return this.kernel.streams.source(this.stream);
  }
}

const NAMES: { readonly [K in keyof Required<StreamOptions>]: true } = { credit: true, idle: true, signal: true };

/** @throws TROUPE_OPTION_INVALID */
function checkOptions(options: StreamOptions): void {
  mustBeObject('what follows the payload of a stream', options);
  mustHaveOnly('a stream', options, Object.keys(NAMES));
}

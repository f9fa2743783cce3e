/**
 * References to actors: usable wherever the actor is, sent inside messages, compared by identity within a thread.
 *
 * A ref survives supervised restarts, not a stop.
 */

import type { Shared } from '@troupe/codec';
import type { ReplyTo } from '@troupe/protocol';
import type { Cell } from './cell.ts';
import type { Interface } from './interface.ts';
import type { Kernel } from './kernel.ts';
import { optionInvalid } from './overflow.ts';

// biome-ignore-start lint/suspicious/noExplicitAny: any arguments, and any result, at all
type AnyFunction = (...args: any) => any;
type StreamKinds<P> = {
  // A handler that never returns, or returns anything, is no stream, though `never` and `any` extend everything.
  [K in keyof P]: P[K] extends (...args: any) => infer R
    ? 0 extends 1 & R
      ? never
      : [Awaited<R>] extends [never]
        ? never
        : Awaited<R> extends AsyncIterable<unknown>
          ? K
          : never
    : never;
}[keyof P];
// biome-ignore-end lint/suspicious/noExplicitAny: see above
type MessageKinds<P> = Exclude<keyof P, StreamKinds<P>>;
/** A payload may be shared instead of copied. */
type Payload<F extends AnyFunction> = OrShared<Parameters<F>>;
type OrShared<A extends readonly unknown[]> = { [I in keyof A]: A[I] | Shared<A[I]> };
/** A payload's place, then the options: where a handler takes no payload, pass undefined before options. */
type WithOptions<A extends readonly unknown[], O> = A extends readonly []
  ? [payload?: undefined, options?: O]
  : A extends readonly [payload?: infer T]
    ? A extends readonly [infer R]
      ? [payload: R, options?: O]
      : [payload?: T, options?: O]
    : never;

export interface AskOptions {
  /** Milliseconds. Default: the system's `askTimeout`. A nested ask never outlives the one being answered. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Items that may be on their way. Default 64. */
  readonly credit?: number;
  /** The stream ends, with TROUPE_STREAM_CLOSED, when it was not read for so long. Milliseconds; default: no limit. */
  readonly idle?: number;
}

declare const tied: unique symbol;
/** A kind whose payload says what answers it: see `Answered` of `@troupe/protocol`. */
export interface TiedKind<Requests, Replies> {
  (request: Requests): Replies;
  readonly [tied]: true;
}
interface AskTied<Requests, Replies> {
  <const Given extends Requests>(
    request: Shared<Given>,
    options?: AskOptions,
  ): Promise<ReplyTo<Requests, Replies, Given>>;
  <const Given extends Requests>(request: Given, options?: AskOptions): Promise<ReplyTo<Requests, Replies, Given>>;
}

export type Tell<P> = {
  readonly [K in MessageKinds<P>]: P[K] extends AnyFunction ? (...args: Payload<P[K]>) => void : never;
};
export type Ask<P> = {
  readonly [K in MessageKinds<P>]: P[K] extends TiedKind<infer Requests, infer Replies>
    ? AskTied<Requests, Replies>
    : P[K] extends AnyFunction
      ? (...args: WithOptions<Payload<P[K]>, AskOptions>) => Promise<Awaited<ReturnType<P[K]>>>
      : never;
};
export type Streams<P> = {
  readonly [K in StreamKinds<P>]: P[K] extends (
    ...args: infer A
  ) => AsyncIterable<infer T> | PromiseLike<AsyncIterable<infer T>>
    ? (...args: WithOptions<OrShared<A>, StreamOptions>) => AsyncIterableIterator<T> & AsyncDisposable
    : never;
};

/** Whether a handler is async is no part of a protocol. */
type Awaiting<P> = {
  readonly [K in keyof P]: P[K] extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : P[K];
};

declare const refBrand: unique symbol;

/** A reference to an actor that speaks the protocol P, or one with more kinds. */
export interface Ref<P> {
  // Covariant: an actor that understands more stands in for one that understands less.
  readonly [refBrand]?: Awaiting<P>;
  /** Fire and forget: at most once, in order between two actors. @throws TROUPE_VALUE_REFUSED, TROUPE_MAILBOX_FULL (outside actors, or by rule) */
  readonly tell: Tell<P>;
  /** @throws (rejects) TROUPE_ASK_TIMEOUT, TROUPE_ASK_CYCLE, TROUPE_DEAD_REF, TROUPE_MAILBOX_FULL, or what the handler threw */
  readonly ask: Ask<P>;
  readonly stream: Streams<P>;
  /** The name of its node. */
  readonly node: string;
  /** The name that it was spawned with, if any. */
  readonly name: string | undefined;
  /** Resolves when the mailbox, and the way there, have room. */
  room(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: a ref to any actor at all
export type AnyRef = Ref<any>;

/** An actor's own ref, within the definition that its protocol is inferred from: nothing is checked. */
export interface SelfRef extends AnyRef {
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly tell: any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly ask: any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly stream: any;
}

/** What `spawn` gives: whoever holds it with `await using` stops the actor at the end of the block. */
export type OwnedRef<P> = Ref<P> & AsyncDisposable;

export class ActorRef {
  readonly kernel: Kernel;
  interface: Interface;
  /** The actor itself, where it is on this node. */
  readonly cell: Cell | undefined;
  readonly nodeIndex: number;
  /** The id under which its node exported it; 0 while it has not. */
  id: number;
  name: string | undefined;
  private tellFacade: object | undefined = undefined;
  private askFacade: object | undefined = undefined;
  private streamFacade: object | undefined = undefined;

  constructor(
    kernel: Kernel,
    of: Interface,
    cell: Cell | undefined,
    nodeIndex: number,
    id: number,
    name: string | undefined,
  ) {
    this.kernel = kernel;
    this.interface = of;
    this.cell = cell;
    this.nodeIndex = nodeIndex;
    this.id = id;
    this.name = name;
  }

  /** Only its address was known so far. */
  learn(of: Interface, name: string | undefined): void {
    this.interface = of;
    this.name = name;
    this.tellFacade = undefined;
    this.askFacade = undefined;
    this.streamFacade = undefined;
  }

  /** Of an earlier life of this node: its supervisor elsewhere may start it again. */
  get isAbsent(): boolean {
    return this.cell === undefined && this.nodeIndex === this.kernel.index;
  }

  get tell(): object {
    return (this.tellFacade ??= new this.interface.Tell(this));
  }

  get ask(): object {
    return (this.askFacade ??= new this.interface.Ask(this));
  }

  get stream(): object {
    return (this.streamFacade ??= new this.interface.Stream(this));
  }

  get node(): string {
    return this.kernel.nodeName(this.nodeIndex);
  }

  room(): Promise<void> {
    return this.kernel.overflow.room(this);
  }

  /** `n2/Counter#17`, or `n2/counter` where it has a name: the same on every node. */
  toString(): string {
    return `${this.node}/${this.name ?? `${this.interface.name}#${this.id || this.cell?.serial}`}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Ref<${this.toString()}>`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel.stop(this);
  }
}

export const isRef = (value: unknown): value is ActorRef => value instanceof ActorRef;

/** @throws TROUPE_OPTION_INVALID for what is no ref, or one of another system, where its address means another actor */
export function mustBeRef(value: unknown, kernel: Kernel, what = 'the actor'): ActorRef {
  if (!isRef(value)) throw optionInvalid(what, 'a ref, as spawn, whereis or a message gives it', value);
  if (value.kernel !== kernel) throw optionInvalid(what, 'a ref of this system', `a ref of another, ${value}`);
  return value;
}

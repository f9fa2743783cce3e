/**
 * The request for a stream of a kind that is not declared as one: what its handler returns says whether it is.
 *
 * A function that is an async generator is seen to be one when it is defined. One that returns an async iterable, or was
 * compiled to a target before ES2018, is not: so whoever reads from it says with the ask that a stream is meant.
 */

import type { PendingAsk } from '../ask/pending-ask.ts';
import type { Question } from '../ask/question.ts';
import type { Cell } from '../cell.ts';
import type { Context } from '../context.ts';
import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef, AskOptions } from '../ref.ts';
import type { Address } from '../wire.ts';

/** In the place of the chain of askers. */
export interface OpensStream {
  readonly opens: readonly Address[];
}

export const opensStream = (extra: unknown): extra is OpensStream =>
  typeof extra === 'object' && extra !== null && Object.hasOwn(extra, 'opens');

/** The options of such an ask. */
export const OPENS: AskOptions = {};

export class Opening implements Question {
  private readonly kernel: Kernel;
  private readonly asked: Question;
  private readonly kind: number;
  private readonly cell: () => Cell | undefined;

  constructor(kernel: Kernel, asked: Question, kind: number, cell: () => Cell | undefined) {
    this.kernel = kernel;
    this.asked = asked;
    this.kind = kind;
    this.cell = cell;
  }

  get deadline(): number {
    return this.asked.deadline;
  }

  get settled(): boolean {
    return this.asked.settled;
  }

  get serving(): Context | undefined {
    return this.asked.serving;
  }

  set serving(ctx: Context | undefined) {
    this.asked.serving = ctx;
  }

  get local(): PendingAsk | undefined {
    return this.asked.local;
  }

  get chain(): readonly Address[] {
    return this.asked.chain;
  }

  get opener(): ActorRef | undefined {
    return this.asked.opener;
  }

  reply(value: unknown): void {
    const cell = this.cell();
    if (this.settled || cell?.ctx === undefined) return;
    if (isAsyncIterable(value))
      this.asked.reply(this.kernel.streams.open(cell, cell.ctx, this.asked, generatorOf(value)));
    else this.fail(noStream(cell, this.kind, value));
  }

  fail(error: unknown): void {
    this.asked.fail(error);
  }
}

export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';

/** For who asked for an answer where there is a stream. It is closed before it has begun. */
export function streamAsked(cell: Cell, kind: number, stream: AsyncIterable<unknown>): Error {
  void generatorOf(stream).return(undefined);
  const name = cell.type.interface.kinds[kind] ?? 'signal';
  return actorError(
    'TROUPE_UNKNOWN_HANDLER',
    `Expected an answer of '${name}' of ${cell}, got an async iterable, which is a stream: use ref.stream.${name}.`,
    { definition: cell.type.key, kind: name },
  );
}

function noStream(cell: Cell, kind: number, value: unknown): Error {
  const name = cell.type.interface.kinds[kind] ?? 'signal';
  return actorError(
    'TROUPE_UNKNOWN_HANDLER',
    `Expected '${name}' of ${cell} to return an async iterable, got ${value === null ? 'null' : typeof value}: it is no stream. Use ref.ask.${name} or ref.tell.${name}; a stream is best declared as \`async *${name}\`.`,
    { definition: cell.type.key, kind: name },
  );
}

/** Other iterables may lack `return`, or give what is no promise; V8's own generators do not. */
async function* generatorOf(iterable: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield* iterable;
}

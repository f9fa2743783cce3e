/**
 * Requests that wait while the way to some member is full, first in, first out. Whoever asks for more than the bound is
 * refused; what was told beyond it goes to the dead letters.
 */

import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { ActorRef } from '../ref.ts';
import { type DeferredReply, deferReply } from './deferred-reply.ts';

/** Requests of one member that may wait. */
export const WAITING_REQUESTS_MAX = 16_384;

interface Waiting<Request> {
  readonly reply: DeferredReply | undefined;
  readonly request: Request;
}

export class RequestQueue<Request> {
  /** How many have had to wait. */
  deferred = 0;
  private readonly ctx: Context;
  private waiting: Waiting<Request>[] = [];
  private head = 0;

  constructor(ctx: Context) {
    this.ctx = ctx;
  }

  get size(): number {
    return this.waiting.length - this.head;
  }

  /** Takes the request that is being handled. @throws TROUPE_REFUSED to one who asks, beyond the bound */
  add(request: Request): void {
    if (this.size < WAITING_REQUESTS_MAX) {
      this.deferred++;
      this.waiting.push({ reply: deferReply(this.ctx), request });
    } else if (this.ctx.question === undefined) {
      this.giveUp(request, 'overflow');
    } else {
      throw new Refusal(
        `Expected at most ${WAITING_REQUESTS_MAX} requests that wait for room on the way to other members, got one more. Ask again later.`,
      );
    }
  }

  /** The oldest whose asker has not given up. */
  take(): Waiting<Request> | undefined {
    while (this.head < this.waiting.length) {
      const next = this.waiting[this.head++];
      if (this.head === this.waiting.length) this.clear();
      if (next?.reply?.settled !== true) return next;
    }
    return undefined;
  }

  /** The incarnation ends: those who ask are told so by `fail`. */
  end(fail: (reply: DeferredReply) => void): void {
    for (const { reply, request } of this.waiting.slice(this.head)) {
      if (reply === undefined) this.giveUp(request, 'stopped');
      else fail(reply);
    }
    this.clear();
  }

  private clear(): void {
    this.waiting = [];
    this.head = 0;
  }

  private giveUp(request: Request, reason: 'overflow' | 'stopped'): void {
    const { cell } = this.ctx;
    const kind = cell.type.interface.kinds.indexOf('request');
    cell.kernel.deadLetters.add(cell.ref as ActorRef, kind, request, reason);
  }
}

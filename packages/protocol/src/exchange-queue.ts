/**
 * What passes between the parts of one composed core within one step: first in, first out, so that no part is
 * re-entered. It is empty between steps, and so no part of the state.
 */
import { assert } from './assert.ts';
import type { Ticks } from './brand.ts';
import type { Effects } from './effects.ts';
import type { Event } from './event.ts';
import type { AnyShape } from './shape.ts';

/** Events that may pass between parts in one step; more is an endless exchange. */
export const EXCHANGES_MAX = 100_000;

export interface Exchange {
  readonly part: number;
  readonly event: Event<AnyShape>;
}

export class ExchangeQueue {
  now = 0 as Ticks;
  #out: Effects<AnyShape> | undefined;
  readonly #entries: Exchange[] = [];
  #head = 0;

  /** The outer effects of the step under way. */
  get out(): Effects<AnyShape> {
    assert(this.#out !== undefined, 'effects to be emitted within a step');
    return this.#out;
  }

  begin(now: Ticks, out: Effects<AnyShape>): void {
    this.now = now;
    this.#out = out;
    // A step that threw may have left entries behind.
    this.#clear();
  }

  end(): void {
    this.#out = undefined;
    this.#clear();
  }

  push(part: number, event: Event<AnyShape>): void {
    this.#entries.push({ part, event });
  }

  shift(): Exchange | undefined {
    assert(this.#head < EXCHANGES_MAX, 'parts to stop exchanging events within one step', { exchanges: this.#head });
    return this.#entries[this.#head++];
  }

  #clear(): void {
    this.#head = 0;
    if (this.#entries.length > 0) this.#entries.length = 0;
  }
}

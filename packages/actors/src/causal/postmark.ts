/**
 * What a message bears where its system has a clock or records: which message it is, and the time at which it was sent.
 * Between nodes it goes beside the payload, so that a payload is refused, listed and replayed as without it.
 */

import { Held } from '../held.ts';
import { isCount } from '../wire.ts';

export interface Postmark {
  /** Who sent it: the node's index, and which of its lives. */
  readonly node: number;
  readonly life: number;
  /** Of the message, among those of that life, from 1. */
  readonly number: number;
  /** By the system's clock; undefined without one. */
  readonly stamp: unknown;
}

/** On the wire, in the place of what went beside the payload before. */
export interface Marked {
  readonly life: number;
  readonly number: number;
  readonly lamport: number;
  readonly stamp: unknown;
  readonly extra: unknown;
}

/** Whether it has the form; the times in it are the clock's matter. */
export function isMarked(extra: unknown): extra is Marked {
  if (typeof extra !== 'object' || extra === null) return false;
  const { life, number } = extra as Partial<Marked>;
  return isCount(life) && life > 0 && life <= LIVES_MAX && isCount(number) && number > 0;
}

/** What went beside the payload before, with or without a postmark. */
export function besideMark(extra: unknown): unknown {
  return isMarked(extra) ? extra.extra : extra;
}

/** Lives of one node: 32 bits of a trace. */
const LIVES_MAX = 2 ** 31 - 1;

/** A tell in a mailbox with its postmark. It holds no memory of a host. */
export class MarkedTell extends Held {
  constructor(origin: Held['origin'], postmark: Postmark, isFromElsewhere: boolean) {
    super(origin, isFromElsewhere);
    this.postmark = postmark;
  }

  override begin(): void {}

  override end(): void {}
}

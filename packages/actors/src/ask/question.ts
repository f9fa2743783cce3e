/** An ask, as the actor that answers it sees it: from this node or from another. */

import type { Context } from '../context.ts';
import type { Milliseconds } from '../host.ts';
import type { ActorRef } from '../ref.ts';
import type { Address } from '../wire.ts';
import type { PendingAsk } from './pending-ask.ts';

export interface Question {
  /** 0: none. */
  readonly deadline: Milliseconds;
  /** Answered, timed out or cancelled: whoever still works on it need not. */
  settled: boolean;
  /** The async handler that works on it, to be told of a cancellation. */
  serving: Context | undefined;
  /** Checks and copies the value. @throws TROUPE_VALUE_REFUSED */
  reply(value: unknown): void;
  fail(error: unknown): void;
  /** The ask itself where the asker is on this node; else undefined. */
  readonly local: PendingAsk | undefined;
  /** Who waits behind it on other nodes, nearest first. */
  readonly chain: readonly Address[];
  /** Who opened it, where it is a stream: nobody waits for the end of that. */
  readonly opener?: ActorRef | undefined;
}

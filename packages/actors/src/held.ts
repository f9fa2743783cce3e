/**
 * A message whose memory its host keeps until it is handled, so that it can outlive the node; or one with a postmark.
 *
 * It stands in the mailbox as the message's origin, marked in the kind: messages that are not held pay nothing for it.
 */
import type { Postmark } from './causal/postmark.ts';
import type { Cell } from './cell.ts';

export abstract class Held {
  /** Who sent it: an actor here, one elsewhere (as a packed address), or nobody that is an actor. */
  readonly origin: Cell | number | undefined;
  /** Nobody is here at whom its refusal could be thrown. */
  readonly isFromElsewhere: boolean;
  /** Where the system has a clock, or records. */
  postmark: Postmark | undefined = undefined;

  constructor(origin: Cell | number | undefined, isFromElsewhere = true) {
    this.origin = origin;
    this.isFromElsewhere = isFromElsewhere;
  }

  /** A handler begins. Called again where the message was put aside meanwhile. */
  abstract begin(): void;

  /** Its handler has ended, or none will begin. May be called again. */
  abstract end(): void;
}

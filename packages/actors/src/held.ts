/**
 * A message whose memory its host keeps until it is handled, so that it can outlive the node.
 *
 * It stands in the mailbox as the message's origin, marked in the kind: messages that are not held pay nothing for it.
 */
export abstract class Held {
  /** Who sent it: an actor elsewhere, as a packed address, or nobody that is an actor. */
  readonly origin: number | undefined;

  constructor(origin: number | undefined) {
    this.origin = origin;
  }

  /** A handler begins. Called again where the message was put aside meanwhile. */
  abstract begin(): void;

  /** Its handler has ended, or none will begin. May be called again. */
  abstract end(): void;
}

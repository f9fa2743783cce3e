/** A message that reached no handler, and why. */

import type { ActorRef, Ref } from './ref.ts';
import type { Stat } from './stats.ts';

export type DeadLetterReason =
  /** The actor had stopped, or there never was one. */
  | 'stopped'
  /** The mailbox was full, and its rule let this message go. */
  | 'overflow'
  /** A newer message of its key took its place. */
  | 'coalesced'
  /** Its node is down, or is up again and the actor has not been started again in time. */
  | 'node-down'
  /** It was in a mailbox on a node that ended; only a count is known. */
  | 'lost-with-node'
  /** It ended its node twice. */
  | 'quarantined'
  /** It came from another node and could not be understood. */
  | 'malformed'
  /** Sent by an incarnation that had been revoked. */
  | 'revoked';

export interface DeadLetter {
  readonly target: Ref<unknown>;
  readonly kind: string;
  readonly payload: unknown;
  readonly reason: DeadLetterReason;
  readonly sender: Ref<unknown> | undefined;
  /** The name of the node on which it came to this. */
  readonly node: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A letter on its way home. */
export interface SentLetter {
  readonly target: ActorRef;
  readonly kind: number;
  readonly payload: unknown;
  readonly reason: DeadLetterReason;
  readonly sender: ActorRef | undefined;
  readonly at: number;
}

/** The counter of each. */
export const REASONS = {
  stopped: 'DeadStopped',
  overflow: 'DeadOverflow',
  coalesced: 'DeadCoalesced',
  'node-down': 'DeadNodeDown',
  'lost-with-node': 'DeadLostWithNode',
  quarantined: 'DeadQuarantined',
  malformed: 'DeadMalformed',
  revoked: 'DeadRevoked',
} as const satisfies { readonly [R in DeadLetterReason]: keyof typeof Stat };

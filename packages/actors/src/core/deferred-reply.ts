/**
 * Leaves the ask being handled open, so that the actor takes its next message and answers later (OTP's `noreply`).
 */

import type { Question } from '../ask/question.ts';
import { Flag } from '../cell.ts';
import type { Context } from '../context.ts';

/** An answer that is owed. One that nobody waits for any more goes nowhere. */
export type DeferredReply = Pick<Question, 'reply' | 'fail' | 'settled'>;

/** Undefined where the message is no ask. For handlers of actors that do not stash meanwhile. */
export function deferReply(ctx: Context): DeferredReply | undefined {
  const { question, cell } = ctx;
  // The dispatcher answers no message that was put aside; without a stash, nothing is kept of it.
  if (question !== undefined) cell.flags |= Flag.Stash;
  return question;
}

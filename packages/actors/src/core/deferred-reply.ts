/**
 * Leaves the ask being handled open, so that the actor takes its next message and answers later (OTP's `noreply`).
 */

import type { Question } from '../ask/question.ts';
import { Flag } from '../cell.ts';
import type { Context } from '../context.ts';

/** An answer that is owed. One that nobody waits for any more goes nowhere. */
export type DeferredReply = Pick<Question, 'reply' | 'fail' | 'settled'>;

/** Undefined where the message is no ask. */
export function deferReply(ctx: Context): DeferredReply | undefined {
  const { question, cell } = ctx;
  if (question !== undefined) cell.flags |= Flag.Deferred;
  return question;
}

/** Messages that an actor has put aside, to be handled later: kept over restarts, and counted until they are put back. */

import { type Cell, Flag } from './cell.ts';
import { actorError } from './errors.ts';
import { MessageQueue } from './message-queue.ts';
import { scope } from './scope.ts';

/** Messages that may be put aside. */
const STASH_MAX = 10_000;

/** Marks the message being handled; it is put aside when its handler has ended. @throws TROUPE_NOT_IN_HANDLER, TROUPE_STASH_FULL */
export function stash(cell: Cell): void {
  if (scope.cell !== cell && (cell.flags & Flag.Suspended) === 0) {
    throw actorError(
      'TROUPE_NOT_IN_HANDLER',
      `Expected ctx.stash() to be called by a running handler, got a call outside of one, in ${cell}.`,
    );
  }
  const aside = (cell.extra.stash ??= new MessageQueue());
  if (aside.size >= STASH_MAX)
    throw actorError(
      'TROUPE_STASH_FULL',
      `Expected at most ${STASH_MAX} stashed messages, got one more in ${cell}. Call ctx.unstashAll() sooner.`,
    );
  cell.flags |= Flag.Stash;
}

/** Puts them back in front of the mailbox, oldest first. */
export function unstashAll(cell: Cell): void {
  const aside = cell.more?.stash;
  if (aside === undefined || aside.size === 0) return;
  cell.extra.stash = undefined;
  cell.putBack(aside);
}

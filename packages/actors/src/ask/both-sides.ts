/** An ask's failure shows both sides: where the handler failed, and who asked. */

import type { PendingAsk } from './pending-ask.ts';

/** Adds to the error's stack who asked whom for what. Never throws; what is no error stays as it is. */
export function withBothSides(error: unknown, ask: PendingAsk): unknown {
  if (!(error instanceof Error)) return error;
  const asker = ask.asker === undefined ? `${ask.kernel.name}, outside actors` : ask.asker.toString();
  const note = `\n    in answer to '${ask.kindName}', asked of ${ask.target} by ${asker}`;
  try {
    // One error may reject several asks on its way up; each adds its line once.
    if (typeof error.stack === 'string' && !error.stack.includes(note)) error.stack += note;
  } catch {
    // A frozen error keeps its stack.
  }
  return error;
}

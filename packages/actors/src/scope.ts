/**
 * Who is being served, as a plain variable: set around each synchronous segment of a handler, read by sends.
 *
 * After an await the variable is empty; async handlers carry the same facts in their host's async scope instead.
 */

import type { Question } from './ask/question.ts';
import type { Cell } from './cell.ts';

interface Scope {
  cell: Cell | undefined;
  /** The ask being answered, if the message is one. */
  question: Question | undefined;
}

export const scope: Scope = { cell: undefined, question: undefined };

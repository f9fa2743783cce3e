/** What broke: the operations, and how they are related. */

import type { Call, Operation } from '../history/history.ts';

export interface Violation<Name extends string> {
  readonly name: Name;
  /** Those that contradict one another, the culprit last. */
  readonly operations: readonly Operation<Call>[];
  /** One sentence for each step from the first to the last of them. */
  readonly because: readonly string[];
  readonly explanation: string;
}

/**
 * The limits of a node's thread, checked before it starts: what V8 can't start with ends the whole process, not the thread.
 */

import type { ResourceLimits } from 'node:worker_threads';
import { actorError } from '@troupe/actors';

/** The least that a node starts with, with some room. Below a heap of 3 MB, or a stack of 0.2, the process ends. */
const LEAST: Readonly<Record<keyof ResourceLimits, number>> = {
  maxOldGenerationSizeMb: 16,
  maxYoungGenerationSizeMb: 1,
  codeRangeSizeMb: 1,
  stackSizeMb: 0.5,
};

/** @throws TROUPE_OPTION_INVALID */
export function checkedLimits(node: string, limits: unknown): ResourceLimits {
  if (limits === undefined) return {};
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits))
    throw invalid(node, `an object with any of ${Object.keys(LEAST).join(', ')}`, limits);
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(LEAST, name)) throw invalid(node, `of ${Object.keys(LEAST).join(', ')}`, name);
    const least = LEAST[name as keyof ResourceLimits];
    if (value !== undefined && !(typeof value === 'number' && value >= least && value < Number.POSITIVE_INFINITY))
      throw invalid(node, `with ${name} a number from ${least}`, value);
  }
  return limits;
}

function invalid(node: string, expected: string, got: unknown): Error {
  const shown = typeof got === 'string' ? `'${got}'` : String(got);
  return actorError(
    'TROUPE_OPTION_INVALID',
    `Expected the resourceLimits of node ${node} to be ${expected}, got ${shown}.`,
  );
}

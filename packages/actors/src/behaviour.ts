/** Which handlers of an actor are in force: those of `on`, or of the behaviour that it became last. */

import type { Cell } from './cell.ts';
import { actorError } from './errors.ts';

/** Behaviours to go back to by `unbecome`; the oldest is forgotten, so that an actor may change for ever. */
const BEHAVIOURS_MAX = 64;

/** @throws TROUPE_BEHAVIOUR_UNKNOWN */
export function become(cell: Cell, behaviour: string): void {
  const table = cell.type.behaviours.get(behaviour);
  if (table === undefined) {
    throw actorError(
      'TROUPE_BEHAVIOUR_UNKNOWN',
      `Expected one of the behaviours [${[...cell.type.behaviours.keys()].join(', ')}] of ${cell.type.key}, got '${behaviour}'.`,
    );
  }
  const stack = (cell.extra.behaviour ??= []);
  stack.push(behaviour);
  if (stack.length > BEHAVIOURS_MAX) stack.shift();
  cell.handlers = table;
}

export function unbecome(cell: Cell): void {
  cell.more?.behaviour?.pop();
  const previous = cell.more?.behaviour?.at(-1);
  cell.handlers = (previous === undefined ? undefined : cell.type.behaviours.get(previous)) ?? cell.type.handlers;
}

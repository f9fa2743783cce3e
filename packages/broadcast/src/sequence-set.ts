/**
 * A set of sequence numbers that are mostly met in order: everything below a floor, and a bounded few ahead of it.
 * A leaf, in plain data: it knows no messages.
 */

/** How far ahead of the floor a number may be. Further on it is refused, so that no peer can fill memory. */
export const AHEAD_MAX = 65_536;

export interface SequenceSet {
  /** Every number below is in the set. */
  floor: number;
  readonly ahead: Set<number>;
}

export function createSequenceSet(): SequenceSet {
  return { floor: 0, ahead: new Set() };
}

export function hasSequence(set: SequenceSet, sequence: number): boolean {
  return sequence < set.floor || set.ahead.has(sequence);
}

/** Adds the number; false where it was in the set, or lies too far ahead. */
export function addSequence(set: SequenceSet, sequence: number): boolean {
  if (hasSequence(set, sequence) || sequence - set.floor > AHEAD_MAX) return false;
  set.ahead.add(sequence);
  closeGap(set);
  return true;
}

/** Adds every number below. */
export function raiseFloor(set: SequenceSet, floor: number): void {
  if (floor <= set.floor) return;
  set.floor = floor;
  for (const sequence of set.ahead) if (sequence < floor) set.ahead.delete(sequence);
  closeGap(set);
}

function closeGap(set: SequenceSet): void {
  while (set.ahead.delete(set.floor)) set.floor++;
}

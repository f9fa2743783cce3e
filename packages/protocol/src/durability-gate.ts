/**
 * Holds sends until the persist that they wait for is durable. A leaf, in plain data, so that drivers and operators
 * share it.
 */
import { assert } from './assert.ts';

export type Label = string | number;

/** Distinct persists that may have failed and not been tried again; more means that the disk is lost. */
export const FAILED_PERSISTS_MAX = 4_096;

export interface DurabilityGate<Item> {
  /** Labels of the persists under way, oldest first; a label may recur, and then the latest counts. */
  readonly pending: Label[];
  /** What waits, in the order in which it came. */
  held: { readonly after: Label; readonly item: Item }[];
  /** Labels whose latest persist failed: nothing may be sent on their word. */
  readonly failed: Set<Label>;
}

export function createGate<Item>(): DurabilityGate<Item> {
  return { pending: [], held: [], failed: new Set() };
}

export function persistStarted<Item>(gate: DurabilityGate<Item>, label: Label): void {
  gate.failed.delete(label);
  gate.pending.push(label);
}

/**
 * What becomes of an item that waits for this persist: it is held while that is under way, dropped if it failed, and
 * free to go if it is durable already.
 */
export function passGate<Item>(gate: DurabilityGate<Item>, after: Label, item: Item): 'held' | 'dropped' | 'free' {
  if (gate.pending.includes(after)) {
    gate.held.push({ after, item });
    return 'held';
  }
  return gate.failed.has(after) ? 'dropped' : 'free';
}

/**
 * The oldest persist has ended, well or not. Gives what waited for it and for no later persist of the same label: to
 * be sent, or to be dropped.
 */
export function persistEnded<Item>(gate: DurabilityGate<Item>, label: Label, durable: boolean): Item[] {
  const oldest = gate.pending.shift();
  assert(oldest === label, 'persists to end in the order in which they were emitted', { expected: oldest, got: label });
  if (gate.pending.includes(label)) return [];
  if (!durable) {
    gate.failed.add(label);
    assert(gate.failed.size <= FAILED_PERSISTS_MAX, 'failed persists to be tried again, or the core to stop');
  }
  if (gate.held.length === 0) return [];
  const released: Item[] = [];
  gate.held = gate.held.filter((entry) => {
    if (entry.after !== label) return true;
    released.push(entry.item);
    return false;
  });
  return released;
}

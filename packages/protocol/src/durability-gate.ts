/**
 * Holds sends until the persist that they wait for is durable. A leaf, in plain data, so that drivers and operators
 * share it.
 */
import { assert } from './assert.ts';

export type Label = string | number;

export interface DurabilityGate<Item> {
  /** Labels of the persists under way, oldest first; a label may recur, and then the latest counts. */
  readonly pending: Label[];
  /** What waits, in the order in which it came. */
  held: { readonly after: Label; readonly item: Item }[];
}

export function createGate<Item>(): DurabilityGate<Item> {
  return { pending: [], held: [] };
}

export function persistStarted<Item>(gate: DurabilityGate<Item>, label: Label): void {
  gate.pending.push(label);
}

/** Keeps the item if its persist is still under way. If not, it is durable already: false, and the caller sends. */
export function holdBack<Item>(gate: DurabilityGate<Item>, after: Label, item: Item): boolean {
  if (!gate.pending.includes(after)) return false;
  gate.held.push({ after, item });
  return true;
}

/** The oldest persist has ended. Gives what waited for it, and for no later persist of the same label. */
export function persistEnded<Item>(gate: DurabilityGate<Item>, label: Label): Item[] {
  const oldest = gate.pending.shift();
  assert(oldest === label, 'persists to end in the order in which they were emitted', { expected: oldest, got: label });
  if (gate.held.length === 0 || gate.pending.includes(label)) return [];
  const released: Item[] = [];
  gate.held = gate.held.filter((entry) => {
    if (entry.after !== label) return true;
    released.push(entry.item);
    return false;
  });
  return released;
}

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
  /** How often each of them is under way. */
  readonly recurring: Map<Label, number>;
  /** What waits for each label, in the order in which it came. */
  readonly held: Map<Label, Item[]>;
  /** Items that wait, in all. */
  waiting: number;
  /** Labels whose latest persist failed: nothing may be sent on their word. */
  readonly failed: Set<Label>;
}

export function createGate<Item>(): DurabilityGate<Item> {
  return { pending: [], recurring: new Map(), held: new Map(), waiting: 0, failed: new Set() };
}

export function persistStarted<Item>(gate: DurabilityGate<Item>, label: Label): void {
  gate.failed.delete(label);
  gate.pending.push(label);
  gate.recurring.set(label, (gate.recurring.get(label) ?? 0) + 1);
}

/**
 * What becomes of an item that waits for this persist: it is held while that is under way, dropped if it failed, and
 * free to go if it is durable already.
 */
export function passGate<Item>(gate: DurabilityGate<Item>, after: Label, item: Item): 'held' | 'dropped' | 'free' {
  if (gate.recurring.has(after)) {
    const held = gate.held.get(after);
    if (held === undefined) gate.held.set(after, [item]);
    else held.push(item);
    gate.waiting++;
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
  const left = (gate.recurring.get(label) ?? 0) - 1;
  if (left > 0) {
    gate.recurring.set(label, left);
    return [];
  }
  gate.recurring.delete(label);
  if (!durable) {
    gate.failed.add(label);
    assert(gate.failed.size <= FAILED_PERSISTS_MAX, 'failed persists to be tried again, or the core to stop');
  }
  const released = gate.held.get(label);
  if (released === undefined) return [];
  gate.held.delete(label);
  gate.waiting -= released.length;
  return released;
}

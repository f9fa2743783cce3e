/** What an event changed of its node's state, by fields. */
import type { StateField, TracedEvent } from '../trace.ts';

export interface StateChange {
  readonly name: string;
  /** Undefined where the field is new, or gone. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface StateStep {
  readonly changes: readonly StateChange[];
  /** Afterwards. */
  readonly state: readonly StateField[];
}

/** Compares each event's state with the one before it at the same node. Feed it events in their order. */
export class StateHistory {
  readonly #latest = new Map<string, readonly StateField[]>();

  /** All fields of the first state that is known of a node are new. */
  take(event: TracedEvent): StateStep {
    if (event.node === undefined) return { changes: [], state: [] };
    const before = this.#latest.get(event.node) ?? [];
    const state = fieldsAfter(event);
    if (state === undefined) return { changes: [], state: before };
    this.#latest.set(event.node, state);
    return { changes: changesBetween(before, state), state };
  }
}

function fieldsAfter({ fields, state }: TracedEvent): readonly StateField[] | undefined {
  return fields ?? (state === undefined ? undefined : [{ name: '', text: state }]);
}

export function changesBetween(before: readonly StateField[], after: readonly StateField[]): StateChange[] {
  const old = new Map(before.map(({ name, text }) => [name, text]));
  const changes: StateChange[] = [];
  for (const { name, text } of after) {
    const was = old.get(name);
    old.delete(name);
    if (was !== text) changes.push({ name, before: was, after: text });
  }
  for (const [name, text] of old) changes.push({ name, before: text, after: undefined });
  return changes;
}

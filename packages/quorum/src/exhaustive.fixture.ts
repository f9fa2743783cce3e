/** Every small case there is, for oracles. */
import { type NodeId, nodeId } from '@troupe/protocol';

/** n1 up to n`count`. */
export function nodes(count: number): NodeId[] {
  return Array.from({ length: count }, (_, index) => nodeId(`n${index + 1}`));
}

/** Every subset, the empty one first. */
export function* subsets<T>(all: readonly T[]): Generator<T[]> {
  for (let bits = 0; bits < 2 ** all.length; bits++) yield all.filter((_, index) => (bits >> index) & 1);
}

/** Every map from `keys` to `values`. */
export function* assignments<T>(keys: readonly NodeId[], values: readonly T[]): Generator<(node: NodeId) => T> {
  for (let code = 0; code < values.length ** keys.length; code++) {
    const assigned = new Map<NodeId, T>();
    let rest = code;
    for (const key of keys) {
      assigned.set(key, values[rest % values.length] as T);
      rest = Math.floor(rest / values.length);
    }
    yield (node) => assigned.get(node) as T;
  }
}

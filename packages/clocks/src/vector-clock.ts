/**
 * Vector clock: e happened before f exactly where V(e) < V(f).
 *
 * A vector grows with every node that ever was. What keeps it small is a floor: a vector that all nodes have reached, as
 * a matrix clock knows it. What a stamp shows at the floor need not be said: a node that has left, and whose last event
 * all have heard of, costs nothing any more. Stamps above one floor compare as they would in full.
 *
 * A restarted node that has forgotten its count must come back under another id.
 *
 * @paper Fidge: Timestamps in message-passing systems that preserve the partial ordering (1988); Mattern: Virtual time and
 *   global states of distributed systems (1989)
 */
import { assertOption, type NodeId } from '@troupe/protocol';
import { type Clock, isCounter, isNodeId, MALFORMED, nextCount, type Order } from './clock.ts';

/** How many events of each node are known; what is missing is at the floor, or 0 without one. */
export type Vector = ReadonlyMap<NodeId, number>;

export interface VectorState {
  readonly self: NodeId;
  readonly counts: Map<NodeId, number>;
  /** All nodes have reached it. */
  floor: Vector;
}

/** Entries of a stamp from elsewhere. */
export const VECTOR_ENTRIES_MAX = 4_096;

const NOTHING: Vector = new Map();

export const vectorClock: Clock<VectorState, Vector> = {
  name: 'vector-clock',
  init: (self) => ({ self, counts: new Map([[self, 0]]), floor: new Map() }),
  tick(state) {
    advance(state);
    return new Map(state.counts);
  },
  refusal: (_state, stamp) => (isVector(stamp) ? undefined : MALFORMED),
  receive(state, stamp) {
    mergeInto(state.counts, stamp);
    advance(state);
    return new Map(state.counts);
  },
  compare: (a, b) => compareVectors(a, b),
};

/** Whether it is a vector of bounded size. */
export function isVector(value: unknown): value is Vector {
  if (!(value instanceof Map) || value.size > VECTOR_ENTRIES_MAX) return false;
  for (const [node, count] of value) if (!isNodeId(node) || !isCounter(count)) return false;
  return true;
}

/** @param floor what entries that are missing stand at, where stamps were compacted */
export function compareVectors(a: Vector, b: Vector, floor: Vector = NOTHING): Order {
  const below = isSomewhereBelow(a, b, floor);
  const above = isSomewhereBelow(b, a, floor);
  if (below && above) return 'concurrent';
  return below ? 'before' : above ? 'after' : 'equal';
}

/** The least vector that is at or above both. */
export function mergeVectors(a: Vector, b: Vector): Vector {
  const merged = new Map(a);
  mergeInto(merged, b);
  return merged;
}

export function mergeInto(counts: Map<NodeId, number>, other: Vector): void {
  for (const [node, count] of other) if (count > (counts.get(node) ?? 0)) counts.set(node, count);
}

/**
 * The same stamp without what stands at the floor.
 *
 * @throws TROUPE_CORE_OPTIONS where the stamp is not at or above the floor: it can't be said by less
 */
export function compactVector(stamp: Vector, floor: Vector): Vector {
  assertOption(!isSomewhereBelow(stamp, floor, NOTHING), 'a stamp at or above the floor', {
    stamp: [...stamp],
    floor: [...floor],
  });
  return new Map([...stamp].filter(([node, count]) => count > (floor.get(node) ?? 0)));
}

/**
 * From here on this clock's stamps leave out what stands at the floor, which must be the same on all nodes before they
 * compare stamps by it. A floor never sinks.
 *
 * @throws TROUPE_CORE_OPTIONS where this node has not reached it
 */
export function raiseFloor(state: VectorState, floor: Vector): void {
  const { counts } = state;
  for (const [node, count] of floor) {
    const known = counts.get(node) ?? state.floor.get(node) ?? 0;
    assertOption(known >= count, `a floor that this node has reached: ${known} of ${node}`, count);
  }
  state.floor = mergeVectors(state.floor, floor);
  for (const [node, count] of counts)
    if (node !== state.self && count <= (state.floor.get(node) ?? 0)) counts.delete(node);
}

function advance({ self, counts }: VectorState): void {
  counts.set(self, nextCount(counts.get(self) ?? 0));
}

/** Whether a has seen less than b of some node. */
function isSomewhereBelow(a: Vector, b: Vector, floor: Vector): boolean {
  for (const [node, count] of b) if ((a.get(node) ?? floor.get(node) ?? 0) < count) return true;
  if (floor.size === 0) return false;
  for (const [node, count] of a) if (count < (b.get(node) ?? floor.get(node) ?? 0)) return true;
  return false;
}

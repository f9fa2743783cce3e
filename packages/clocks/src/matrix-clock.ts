/**
 * Matrix clock: a node's vector, and what it knows of every other node's vector. So it knows what all have heard of
 * (`stableCut`): what may be forgotten, and the floor to which vectors can be cut.
 *
 * @paper Wuu, Bernstein: Efficient solutions to the replicated log and dictionary problems (PODC 1984); Raynal, Singhal:
 *   Logical time: capturing causality in distributed systems (1996)
 */
import type { NodeId } from '@troupe/protocol';
import { type Clock, isNodeId, MALFORMED, nextCount } from './clock.ts';
import { compareVectors, isVector, mergeInto, type Vector } from './vector-clock.ts';

export interface MatrixState {
  readonly self: NodeId;
  /** By node: the vector that it had when it was last heard of, directly or through others. */
  readonly rows: Map<NodeId, Map<NodeId, number>>;
}

export interface MatrixStamp {
  readonly node: NodeId;
  readonly rows: ReadonlyMap<NodeId, Vector>;
}

/** Rows of a stamp from elsewhere; each has as many entries at most. */
export const MATRIX_ROWS_MAX = 256;

const NOTHING: Vector = new Map();

export const matrixClock: Clock<MatrixState, MatrixStamp> = {
  name: 'matrix-clock',
  init: (self) => ({ self, rows: new Map([[self, new Map([[self, 0]])]]) }),
  tick(state) {
    advance(state);
    return stampOf(state);
  },
  refusal(_state, stamp) {
    const { node, rows } = (stamp ?? {}) as Partial<MatrixStamp>;
    if (!isNodeId(node) || !(rows instanceof Map) || rows.size > MATRIX_ROWS_MAX) return MALFORMED;
    for (const [of, row] of rows) if (!isNodeId(of) || !isVector(row) || row.size > MATRIX_ROWS_MAX) return MALFORMED;
    return undefined;
  },
  receive(state, { node, rows }) {
    for (const [of, row] of rows) mergeInto(rowOf(state, of), row);
    mergeInto(rowOf(state, state.self), rows.get(node) ?? NOTHING);
    advance(state);
    return stampOf(state);
  },
  compare: (a, b) => compareVectors(a.rows.get(a.node) ?? NOTHING, b.rows.get(b.node) ?? NOTHING),
};

/** How many events of each node all of these nodes have heard of, as far as this one knows. */
export function stableCut({ rows }: MatrixState, nodes: readonly NodeId[]): Vector {
  const cut = new Map<NodeId, number>();
  for (const of of rows.keys()) {
    const known = nodes.map((node) => rows.get(node)?.get(of) ?? 0);
    const least = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (Number.isFinite(least) && least > 0) cut.set(of, least);
  }
  return cut;
}

/** Drops a node that has left, once all have heard of its last event. */
export function forgetNode({ rows }: MatrixState, node: NodeId): void {
  rows.delete(node);
  for (const row of rows.values()) row.delete(node);
}

function rowOf({ rows }: MatrixState, node: NodeId): Map<NodeId, number> {
  let row = rows.get(node);
  if (row === undefined) {
    row = new Map();
    rows.set(node, row);
  }
  return row;
}

function advance(state: MatrixState): void {
  const own = rowOf(state, state.self);
  own.set(state.self, nextCount(own.get(state.self) ?? 0));
}

function stampOf({ self, rows }: MatrixState): MatrixStamp {
  return { node: self, rows: new Map([...rows].map(([node, row]) => [node, new Map(row)])) };
}

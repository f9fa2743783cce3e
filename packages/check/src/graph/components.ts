/**
 * Strongly connected components, by Tarjan's algorithm without recursion: a component may be as long as the history.
 */

import type { Digraph } from './digraph.ts';

export interface Components {
  readonly count: number;
  /** By node. Numbered in reverse topological order: an edge that leaves a component leads to one of a smaller number. */
  readonly of: Int32Array;
  /** Every node, by component; those of component `c` stand from `starts[c]` up to `starts[c + 1]`. */
  readonly nodes: Int32Array;
  readonly starts: Int32Array;
}

export function membersOf({ nodes, starts }: Components, component: number): Int32Array {
  return nodes.subarray(starts[component]!, starts[component + 1]!);
}

/** Those of the graph of edges whose kind is in the mask. */
export function componentsOf({ nodes, offsets, targets, kinds }: Digraph, mask: number): Components {
  const of = new Int32Array(nodes).fill(-1);
  const closed = new Int32Array(nodes);
  const starts = new Int32Array(nodes + 1);
  const indices = new Int32Array(nodes);
  const lowest = new Int32Array(nodes);
  /** Nodes met whose component is not known yet. */
  const open = new Int32Array(nodes);
  const path = new Int32Array(nodes);
  const nextEdges = new Int32Array(nodes);
  let count = 0;
  let index = 0;
  let openLength = 0;
  let closedLength = 0;

  for (let root = 0; root < nodes; root++) {
    if (indices[root] !== 0) continue;
    let depth = 0;
    let entering = root;
    while (true) {
      if (entering >= 0) {
        indices[entering] = lowest[entering] = ++index;
        open[openLength++] = entering;
        nextEdges[entering] = offsets[entering]!;
        path[depth++] = entering;
        entering = -1;
      }
      const node = path[depth - 1]!;
      const end = offsets[node + 1]!;
      let edge = nextEdges[node]!;
      for (; edge < end; edge++) {
        if ((kinds[edge]! & mask) === 0) continue;
        const target = targets[edge]!;
        if (indices[target] === 0) {
          entering = target;
          edge++;
          break;
        }
        if (of[target] === -1 && indices[target]! < lowest[node]!) lowest[node] = indices[target]!;
      }
      nextEdges[node] = edge;
      if (entering >= 0) continue;

      if (lowest[node] === indices[node]) {
        let member: number;
        do {
          member = open[--openLength]!;
          of[member] = count;
          closed[closedLength++] = member;
        } while (member !== node);
        starts[++count] = closedLength;
      }
      if (--depth === 0) break;
      const parent = path[depth - 1]!;
      if (lowest[node]! < lowest[parent]!) lowest[parent] = lowest[node]!;
    }
  }
  return { count, of, nodes: closed, starts: starts.subarray(0, count + 1) };
}

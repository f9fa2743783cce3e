/**
 * Which of many edges can be closed to a cycle by edges of a mask: 32 of them in one sweep over their component.
 *
 * A search for each edge would cost the product of both numbers where none can, as is usual under snapshot isolation.
 */

import { type Components, componentsOf, membersOf } from './components.ts';
import type { Digraph } from './digraph.ts';

const BATCH = 32;

export class Reachability {
  readonly #graph: Digraph;
  readonly #mask: number;
  /** Components by edges of the mask: what they lead to is a matter of an order without cycles. */
  readonly #inner: Components;
  readonly #marks: Int32Array;

  constructor(graph: Digraph, mask: number) {
    this.#graph = graph;
    this.#mask = mask;
    this.#inner = componentsOf(graph, mask);
    this.#marks = new Int32Array(this.#inner.count);
  }

  /** Those edges, all of one component, whose target leads back to their source by edges of the mask; about `max` at most. */
  closing(edges: readonly number[], within: Components, max: number): number[] {
    const { sources, targets } = this.#graph;
    const inner = this.#inner.of;
    const nodes = membersOf(within, within.of[sources[edges[0]!]!]!).slice();
    // Sources first: components are numbered from the sinks on.
    nodes.sort((a, b) => inner[b]! - inner[a]!);
    const found: number[] = [];
    for (let start = 0; start < edges.length && found.length < max; start += BATCH) {
      const batch = edges.slice(start, start + BATCH);
      for (const node of nodes) this.#marks[inner[node]!] = 0;
      batch.forEach((edge, bit) => {
        this.#marks[inner[targets[edge]!]!]! |= 1 << bit;
      });
      this.#sweep(nodes, within.of);
      batch.forEach((edge, bit) => {
        if ((this.#marks[inner[sources[edge]!]!]! & (1 << bit)) !== 0) found.push(edge);
      });
    }
    return found;
  }

  #sweep(nodes: Int32Array, component: Int32Array): void {
    const { offsets, targets, kinds } = this.#graph;
    const inner = this.#inner.of;
    const marks = this.#marks;
    for (const node of nodes) {
      const mark = marks[inner[node]!]!;
      if (mark === 0) continue;
      for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
        const target = targets[edge]!;
        if ((kinds[edge]! & this.#mask) !== 0 && component[target] === component[node]) marks[inner[target]!]! |= mark;
      }
    }
  }
}

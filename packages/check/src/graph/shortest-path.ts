/** Shortest paths by breadth-first search, with the arrays kept from one search to the next. */

import type { Digraph } from './digraph.ts';

export class PathFinder {
  readonly #graph: Digraph;
  readonly #arrivals: Int32Array;
  readonly #seen: Int32Array;
  readonly #queue: Int32Array;
  #search = 0;

  constructor(graph: Digraph) {
    this.#graph = graph;
    this.#arrivals = new Int32Array(graph.nodes);
    this.#seen = new Int32Array(graph.nodes);
    this.#queue = new Int32Array(graph.nodes);
  }

  /**
   * The edges of a shortest path that uses only edges of the mask, stays in the component of `from`, and has at most
   * `edgesMax` edges; undefined where there is none.
   */
  find(from: number, to: number, mask: number, component: Int32Array, edgesMax: number): number[] | undefined {
    const { offsets, targets, kinds } = this.#graph;
    const search = ++this.#search;
    const queue = this.#queue;
    const home = component[from];
    this.#seen[from] = search;
    queue[0] = from;
    let length = 1;
    let levelEnd = 1;
    let level = 0;
    for (let at = 0; at < length; at++) {
      if (at === levelEnd) {
        level++;
        levelEnd = length;
      }
      if (level >= edgesMax) return undefined;
      const node = queue[at]!;
      for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
        if ((kinds[edge]! & mask) === 0) continue;
        const target = targets[edge]!;
        if (this.#seen[target] === search || component[target] !== home) continue;
        this.#seen[target] = search;
        this.#arrivals[target] = edge;
        if (target === to) return this.#pathTo(from, to);
        queue[length++] = target;
      }
    }
    return undefined;
  }

  #pathTo(from: number, to: number): number[] {
    const path: number[] = [];
    for (let node = to; node !== from; node = this.#graph.sources[path.at(-1)!]!) path.push(this.#arrivals[node]!);
    return path.reverse();
  }
}

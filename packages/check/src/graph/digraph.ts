/**
 * A directed multigraph over numbered nodes: flat arrays, since histories have hundreds of thousands of edges.
 *
 * Each edge has a kind, one bit of a mask, so that every search can be confined to some kinds.
 */

const INITIAL_EDGES = 1024;

/** Five words an edge while it is collected: from, to, kind, and two of its owner's. */
const WORDS = 5;

export interface Digraph {
  readonly nodes: number;
  readonly edges: number;
  /** Edges of node `n` are those numbered `offsets[n]` up to `offsets[n + 1]`. */
  readonly offsets: Int32Array;
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly kinds: Int32Array;
  /** What the owner noted of each edge. */
  readonly labels: Int32Array;
  readonly places: Int32Array;
}

export class DigraphBuilder {
  readonly nodes: number;
  #words = new Int32Array(INITIAL_EDGES * WORDS);
  #used = 0;

  constructor(nodes: number) {
    this.nodes = nodes;
  }

  /** A loop says nothing, and is left out. */
  add(from: number, to: number, kind: number, label = -1, place = -1): void {
    if (from === to) return;
    if (this.#used === this.#words.length) {
      const grown = new Int32Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    const words = this.#words;
    let at = this.#used;
    words[at++] = from;
    words[at++] = to;
    words[at++] = kind;
    words[at++] = label;
    words[at++] = place;
    this.#used = at;
  }

  /** Sorts the edges by their sources, by counting. */
  build(): Digraph {
    const { nodes } = this;
    const words = this.#words;
    const edges = this.#used / WORDS;
    const offsets = new Int32Array(nodes + 1);
    for (let at = 0; at < this.#used; at += WORDS) offsets[words[at]! + 1]!++;
    for (let node = 0; node < nodes; node++) offsets[node + 1]! += offsets[node]!;
    const next = offsets.slice(0, nodes);
    const [sources, targets, kinds, labels, places] = Array.from({ length: WORDS }, () => new Int32Array(edges));
    for (let at = 0; at < this.#used; at += WORDS) {
      const edge = next[words[at]!]!++;
      sources![edge] = words[at]!;
      targets![edge] = words[at + 1]!;
      kinds![edge] = words[at + 2]!;
      labels![edge] = words[at + 3]!;
      places![edge] = words[at + 4]!;
    }
    return {
      nodes,
      edges,
      offsets,
      sources: sources!,
      targets: targets!,
      kinds: kinds!,
      labels: labels!,
      places: places!,
    };
  }
}

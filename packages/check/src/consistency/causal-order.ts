/**
 * The causal order of a history: the order of each process, what each read saw, and whatever follows.
 *
 * It is kept as vector clocks over chains, so that asking whether one access precedes another takes one look.
 */

import type { Digraph } from '../graph/digraph.ts';
import type { Accesses } from './accesses.ts';

export class VectorClocks {
  readonly #accesses: Accesses;
  /** By access and chain: how many of the chain's accesses are before it, or it. */
  readonly #clocks: Int32Array;

  /** The graph must have no cycle. */
  constructor(accesses: Accesses, graph: Digraph) {
    this.#accesses = accesses;
    this.#clocks = new Int32Array(graph.nodes * accesses.chains);
    this.#fill(graph);
  }

  /** How many accesses of the chain are before it, or it. */
  seen(access: number, chain: number): number {
    return this.#clocks[access * this.#accesses.chains + chain]!;
  }

  precedes(earlier: number, later: number): boolean {
    const { chain, place } = this.#accesses.accesses[earlier]!;
    return earlier !== later && this.seen(later, chain) > place;
  }

  #fill({ nodes, offsets, targets }: Digraph): void {
    const { accesses, chains } = this.#accesses;
    const clocks = this.#clocks;
    const waiting = new Int32Array(nodes);
    for (const target of targets) waiting[target]!++;
    const ready: number[] = [];
    for (let node = 0; node < nodes; node++) if (waiting[node] === 0) ready.push(node);
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      const own = accesses[node]!;
      clocks[node * chains + own.chain] = own.place + 1;
      for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
        const target = targets[edge]!;
        for (let chain = 0; chain < chains; chain++) {
          const known = clocks[node * chains + chain]!;
          if (known > clocks[target * chains + chain]!) clocks[target * chains + chain] = known;
        }
        if (--waiting[target]! === 0) ready.push(target);
      }
    }
  }
}

/** The writes of each key, by chain, each chain's in its order. */
export class WriteIndex {
  readonly #byKey: readonly Map<number, { readonly places: number[]; readonly writes: number[] }>[];

  constructor({ accesses, keys }: Accesses) {
    this.#byKey = keys.map(() => new Map());
    accesses.forEach(({ isWrite, key, chain, place }, number) => {
      if (!isWrite) return;
      const chains = this.#byKey[key]!;
      if (!chains.has(chain)) chains.set(chain, { places: [], writes: [] });
      const { places, writes } = chains.get(chain)!;
      places.push(place);
      writes.push(number);
    });
  }

  /** Of each chain, its last write of the key that the clocks say is before the access. */
  *lastBefore(access: number, key: number, clocks: VectorClocks): Generator<number> {
    for (const [chain, { places, writes }] of this.#byKey[key]!) {
      const count = countBelow(places, clocks.seen(access, chain));
      const last = writes[count - 1] === access ? writes[count - 2] : writes[count - 1];
      if (last !== undefined) yield last;
    }
  }
}

/** In a sorted list. */
function countBelow(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How a router picks among its routees. Pure but for the draws of `random`, which the host supplies. */

import type { Choose } from './host.ts';

/** What a strategy sees of a routee. */
export interface Candidate {
  /** The same on every node, and for a named actor also after it was replaced. */
  readonly identity: string;
  /** Messages that wait for it, as far as is known. */
  readonly depth: () => number;
}

export interface Picker {
  /** Picks one of at least one. `key` is undefined but for consistent hashing. */
  pick<C extends Candidate>(candidates: readonly C[], key: string | undefined): C;
}

/** One after the other. */
export class RoundRobin implements Picker {
  private turn = 0;

  pick<C extends Candidate>(candidates: readonly C[]): C {
    // Modulo each time: the list may have changed.
    const at = this.turn % candidates.length;
    this.turn = at + 1;
    return candidates[at] as C;
  }
}

export class Random implements Picker {
  private readonly choose: Choose;

  constructor(choose: Choose) {
    this.choose = choose;
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    return candidates[this.choose('route', candidates.length)] as C;
  }
}

/** The one with the fewest messages; among equals, one after the other. */
export class SmallestMailbox implements Picker {
  private turn = 0;

  pick<C extends Candidate>(candidates: readonly C[]): C {
    const start = this.turn++ % candidates.length;
    let least = candidates[start] as C;
    let leastDepth = least.depth();
    for (let step = 1; step < candidates.length && leastDepth > 0; step++) {
      const candidate = candidates[(start + step) % candidates.length] as C;
      const depth = candidate.depth();
      if (depth < leastDepth) [least, leastDepth] = [candidate, depth];
    }
    return least;
  }
}

/**
 * Equal keys go to the same routee for as long as it is there: the one with the highest weight for the key.
 *
 * Thaler, Ravishankar, "Using name-based mappings to increase hit rates" (1998). When routees come or go, only the keys of
 * those move: one in n of n. It takes a step for each routee, and no memory.
 */
export class ConsistentHash implements Picker {
  private readonly hashes = new WeakMap<Candidate, number>();

  pick<C extends Candidate>(candidates: readonly C[], key = ''): C {
    const hashed = hash(key);
    let best = candidates[0] as C;
    let bestWeight = -1;
    for (const candidate of candidates) {
      const weight = mix(hashed ^ this.hashOf(candidate));
      // Equal weights, which are rare, must not depend on the order of the list.
      if (weight > bestWeight || (weight === bestWeight && candidate.identity < best.identity))
        [best, bestWeight] = [candidate, weight];
    }
    return best;
  }

  private hashOf(candidate: Candidate): number {
    let hashed = this.hashes.get(candidate);
    if (hashed === undefined) this.hashes.set(candidate, (hashed = mix(hash(candidate.identity))));
    return hashed;
  }
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hash(text: string): number {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193);
  return hashed >>> 0;
}

/** Spreads every bit over all others (the last step of MurmurHash3). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

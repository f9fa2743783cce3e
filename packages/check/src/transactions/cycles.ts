/**
 * Shortest cycles of a dependency graph, one of each class for each strongly connected component.
 *
 * G0: ww alone. G1c: ww and wr. G-single: one rw. G-nonadjacent: several rw, no two in a row, which snapshot isolation
 * forbids as well (Fekete et al. 2005). G2: any with rw; looked for only where none of the two before was found, since
 * they imply it.
 */

import { type Components, componentsOf, membersOf } from '../graph/components.ts';
import { type Digraph, DigraphBuilder } from '../graph/digraph.ts';
import { Reachability } from '../graph/reachability.ts';
import { PathFinder } from '../graph/shortest-path.ts';
import { RW, WR, WW } from './dependencies.ts';
import type { CycleClass } from './isolation-level.ts';

/** A cycle is the shortest through any of so many edges of its component. */
const EDGES_TRIED_MAX = 256;

/** Further cycles of a class are left out: they rule out nothing more. */
const CYCLES_PER_CLASS_MAX = 32;

export interface Cycle {
  readonly class: CycleClass;
  /** Numbers of edges; each begins where the one before ends, and the first where the last ends. */
  readonly edges: readonly number[];
}

/** `order`: the kinds that count as dependencies beside ww and wr, or 0. */
export function findCycles(graph: Digraph, order: number): Cycle[] {
  const search = new CycleSearch(graph, order);
  return [
    ...search.dependencyCycles('G0', WW),
    ...search.dependencyCycles('G1c', WR),
    ...search.antiDependencyCycles(),
  ];
}

class CycleSearch {
  readonly #graph: Digraph;
  readonly #order: number;
  readonly #finder: PathFinder;

  constructor(graph: Digraph, order: number) {
    this.#graph = graph;
    this.#order = order;
    this.#finder = new PathFinder(graph);
  }

  dependencyCycles(name: 'G0' | 'G1c', through: number): Cycle[] {
    const mask = WW | through | this.#order;
    const components = componentsOf(this.#graph, mask);
    const seeds = seedsByComponent(this.#graph, components, through).slice(0, CYCLES_PER_CLASS_MAX);
    return seeds.map((edges) => ({
      class: name,
      edges: shortestThrough(this.#graph, this.#finder, edges, mask, components)!,
    }));
  }

  /** Each anti-dependency within a component lies on some cycle of it. */
  antiDependencyCycles(): Cycle[] {
    const components = componentsOf(this.#graph, WW | WR | RW | this.#order);
    const mask = WW | WR | this.#order;
    const groups = seedsByComponent(this.#graph, components, RW);
    if (groups.length === 0) return [];
    const reachability = new Reachability(this.#graph, mask);
    const found: Record<'G-single' | 'G-nonadjacent' | 'G2', Cycle[]> = { 'G-single': [], 'G-nonadjacent': [], G2: [] };
    for (const seeds of groups) {
      const closing = reachability.closing(seeds, components, EDGES_TRIED_MAX);
      const cycle =
        closing.length > 0
          ? ({
              class: 'G-single',
              edges: shortestThrough(this.#graph, this.#finder, closing, mask, components)!,
            } as const)
          : this.#severalAntiDependencies(seeds, components);
      if (found[cycle.class].length < CYCLES_PER_CLASS_MAX) found[cycle.class].push(cycle);
      if (found['G-single'].length === CYCLES_PER_CLASS_MAX) break;
    }
    return Object.values(found).flat();
  }

  #severalAntiDependencies(seeds: readonly number[], components: Components) {
    const apart = nonadjacentCycle(this.#graph, seeds, WW | WR | this.#order, components);
    if (apart !== undefined) return { class: 'G-nonadjacent', edges: apart } as const;
    const mask = WW | WR | RW | this.#order;
    return { class: 'G2', edges: shortestThrough(this.#graph, this.#finder, seeds, mask, components)! } as const;
  }
}

/** The edges of the mask that stay within a component, for each that has some. */
function seedsByComponent(graph: Digraph, components: Components, mask: number): number[][] {
  const seeds = new Map<number, number[]>();
  for (let edge = 0; edge < graph.edges; edge++) {
    if ((graph.kinds[edge]! & mask) === 0) continue;
    const component = components.of[graph.sources[edge]!]!;
    if (component !== components.of[graph.targets[edge]!]) continue;
    const known = seeds.get(component);
    if (known === undefined) seeds.set(component, [edge]);
    else known.push(edge);
  }
  return [...seeds.values()];
}

function shortestThrough(
  { sources, targets }: Digraph,
  finder: PathFinder,
  seeds: readonly number[],
  mask: number,
  { of }: Components,
): number[] | undefined {
  let shortest: number[] | undefined;
  for (const seed of seeds.slice(0, EDGES_TRIED_MAX)) {
    const roomLeft = shortest === undefined ? Number.POSITIVE_INFINITY : shortest.length - 2;
    if (roomLeft < 1) break;
    const back = finder.find(targets[seed]!, sources[seed]!, mask, of, roomLeft);
    if (back !== undefined) shortest = [seed, ...back];
  }
  return shortest;
}

/**
 * A graph of two nodes for each transaction, come to by a dependency or by an anti-dependency: from the second only
 * dependencies lead on. Its cycles are those of the component in which no two anti-dependencies are adjacent.
 */
function nonadjacentCycle(
  { offsets, sources, targets, kinds }: Digraph,
  seeds: readonly number[],
  dependencies: number,
  components: Components,
): number[] | undefined {
  const members = membersOf(components, components.of[sources[seeds[0]!]!]!);
  const local = new Map<number, number>();
  for (const node of members) local.set(node, local.size);
  const size = members.length;
  const doubled = new DigraphBuilder(size * 2);
  for (const [node, from] of local) {
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
      const to = local.get(targets[edge]!);
      if (to === undefined) continue;
      if (kinds[edge] === RW) doubled.add(from, to + size, RW, edge);
      else if ((kinds[edge]! & dependencies) !== 0) {
        doubled.add(from, to, WW, edge);
        doubled.add(from + size, to, WW, edge);
      }
    }
  }
  const built = doubled.build();
  const inner = componentsOf(built, WW | RW);
  const [first] = seedsByComponent(built, inner, RW);
  if (first === undefined) return undefined;
  return shortestThrough(built, new PathFinder(built), first, WW | RW, inner)!.map((edge) => built.labels[edge]!);
}

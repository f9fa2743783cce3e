/**
 * Which states are one but for the names of nodes: a representative of each such class, the least row of those that
 * renaming leads to. A search keeps the states it met and goes on from these; it takes a state for known where its
 * representative is. So every trace is one that can happen.
 *
 * Sound where the nodes asked for may indeed change places: nothing in the core, the options, the requests and the
 * properties may depend on which of them is which, nor on the order in which a step walks over them.
 *
 * @paper Ip, Dill: Better verification through symmetry (1996)
 */
import { assertOption, type NodeId } from '@troupe/protocol';
import type { Names } from './rename.ts';

/** Of the nodes that may change places: they have 720 orders. */
export const SYMMETRIC_NODES_MAX = 6;

/** What a renaming makes of the parts of a row. */
export interface Renamer {
  /** The number among the states of the node that it becomes. */
  local(node: number, local: number, renaming: Renaming): number;
  flight(flight: number, renaming: Renaming): number;
  observed(observed: number, renaming: Renaming): number;
  /** Of the requests that were made, a bit each. */
  requests(made: number, renaming: Renaming): number;
}

export class Renaming {
  readonly names: Names;
  /** Which node each becomes. */
  readonly places: readonly number[];
  readonly locals: readonly number[][];
  readonly flights: number[] = [];
  readonly observed: number[] = [];
  readonly requests = new Map<number, number>();

  constructor(nodes: readonly NodeId[], places: readonly number[]) {
    this.places = places;
    this.names = new Map(nodes.map((id, index) => [id, nodes[places[index] as number] as NodeId]));
    this.locals = nodes.map(() => []);
  }
}

export class Symmetry {
  readonly #nodes: number;
  readonly #renamings: readonly Renaming[];
  readonly #renamer: Renamer;
  readonly #renamed: Int32Array;

  constructor(nodes: readonly NodeId[], asked: readonly NodeId[], renamer: Renamer) {
    assertOption(
      asked.length <= SYMMETRIC_NODES_MAX &&
        new Set(asked).size === asked.length &&
        asked.every((id) => nodes.includes(id)),
      `exploration.symmetry to give at most ${SYMMETRIC_NODES_MAX} of the nodes, each once`,
      asked,
    );
    this.#nodes = nodes.length;
    this.#renamer = renamer;
    this.#renamed = new Int32Array(nodes.length + 4);
    const movable = asked.map((id) => nodes.indexOf(id));
    this.#renamings = permutations(movable)
      .slice(1)
      .map((order) => {
        const places = nodes.map((_, index) => index);
        movable.forEach((node, index) => {
          places[node] = order[index] as number;
        });
        return new Renaming(nodes, places);
      });
  }

  /** Writes the representative of a row. */
  represent(row: Int32Array, into: Int32Array): void {
    into.set(row);
    for (const renaming of this.#renamings) {
      const renamed = this.#rename(row, renaming);
      if (isLess(renamed, into)) into.set(renamed);
    }
  }

  #rename(row: Int32Array, renaming: Renaming): Int32Array {
    const n = this.#nodes;
    const renamed = this.#renamed;
    const { places, locals, flights, observed, requests } = renaming;
    for (let node = 0; node < n; node++) {
      const known = locals[node] as number[];
      const local = row[node] as number;
      renamed[places[node] as number] = known[local] ??= this.#renamer.local(node, local, renaming);
    }
    const flight = row[n] as number;
    renamed[n] = flights[flight] ??= this.#renamer.flight(flight, renaming);
    const past = row[n + 1] as number;
    renamed[n + 1] = observed[past] ??= this.#renamer.observed(past, renaming);
    const made = row[n + 2] as number;
    let others = requests.get(made);
    if (others === undefined) {
      others = this.#renamer.requests(made, renaming);
      requests.set(made, others);
    }
    renamed[n + 2] = others;
    renamed[n + 3] = row[n + 3] as number;
    return renamed;
  }
}

function isLess(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The order as it is comes first. */
function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

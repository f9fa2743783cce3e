/** Ways through the states, by number and in words. */
import type { IntList } from './int-list.ts';
import type { Trace } from './report.ts';
import type { StateSpace } from './state-space.ts';

export class Traces {
  readonly #space: StateSpace;
  readonly #parents: IntList;

  constructor(space: StateSpace, parents: IntList) {
    this.#space = space;
    this.#parents = parents;
  }

  /** The states of a shortest way, from an initial one up to this. */
  path(state: number): number[] {
    return pathTo(state, this.#parents);
  }

  to(state: number): Trace {
    return this.along(this.path(state));
  }

  along(path: readonly number[]): Trace {
    const [first] = path;
    const steps = path.slice(1).map((to, index) => this.#space.describe(path[index] as number, to));
    return { start: first === undefined ? '' : this.#space.describeStart(first), steps };
  }
}

export function pathTo(state: number, parents: IntList): number[] {
  const path: number[] = [];
  for (let at = state; at !== -1; at = parents.at(at)) path.push(at);
  return path.reverse();
}

/**
 * Does a property come to hold on every way that is long enough: on every one that goes on fairly until nothing more can
 * happen, or for ever? Faults may come first, and end: what counts is what follows the last of them.
 *
 * So it fails where states without it lead, by progress alone, from a start (an initial state, or one that a fault led
 * to) either to an end, or round a cycle that is weakly fair: no transition stays possible all around it without being
 * taken. Cycles are found as strongly connected components; a whole component is weakly fair exactly where some cycle
 * in it is, since what a cycle leaves out is left out by none that is larger. This decides what searches that only know
 * a state again, such as stateright's, leave open.
 *
 * @paper Tarjan: Depth-first search and linear graph algorithms (1972); Lichtenstein, Pnueli (1985)
 */
import type { IntList } from './int-list.ts';
import { IntList as Integers } from './int-list.ts';
import type { SpaceProperty, StateSpace } from './state-space.ts';
import { pathTo } from './traces.ts';

export interface Unmet {
  /** States up to where it ends, or to where the loop begins. */
  readonly path: readonly number[];
  /** States once round, the first again at the end; empty where nothing happens any more. */
  readonly loop: readonly number[];
}

/** A way on which it never holds, or undefined where it comes to hold on all. Needs a space that was searched in full. */
export function findUnmet(space: StateSpace, holds: SpaceProperty, parents: IntList): Unmet | undefined {
  const region = new Region(space, holds, parents);
  for (const state of region.order) {
    if (region.isEnd(state)) return { path: region.pathTo(state), loop: [] };
  }
  for (const component of region.components()) {
    if (!region.isFair(component)) continue;
    const entry = region.nearest(component);
    return { path: region.pathTo(entry), loop: region.loopAt(entry, new Set(component)) };
  }
  return undefined;
}

const OUTSIDE = -2;

/** The states without the property that progress alone leads to from a start, and the transitions between them. */
class Region {
  /** Breadth first from the starts. */
  readonly order: number[] = [];
  readonly #space: StateSpace;
  readonly #parents: IntList;
  /** Where the transitions of a state begin in `#targets`; progress alone, and inside alone. */
  readonly #offsets: Int32Array;
  readonly #targets = new Integers();
  readonly #ends: Uint8Array;
  /** The state before it on a way from a start; -1 for starts. */
  readonly #before: Int32Array;

  constructor(space: StateSpace, holds: SpaceProperty, parents: IntList) {
    this.#space = space;
    this.#parents = parents;
    const { size } = space;
    this.#offsets = new Int32Array(size + 1);
    this.#ends = new Uint8Array(size);
    this.#before = new Int32Array(size).fill(OUTSIDE);
    const lacks = this.#lacking(holds);
    const starts = new Uint8Array(size);
    for (let from = 0; from < size; from++) {
      this.#offsets[from] = this.#targets.length;
      let ends = true;
      space.expand(from, (to, progress) => {
        if (!progress) {
          starts[to] = 1;
          return;
        }
        ends = false;
        if (lacks[from] === 1 && lacks[to] === 1) this.#targets.push(to);
      });
      if (ends) this.#ends[from] = 1;
      if (parents.at(from) === -1) starts[from] = 1;
    }
    this.#offsets[size] = this.#targets.length;
    this.#walk(starts, lacks);
  }

  isEnd(state: number): boolean {
    return this.#ends[state] === 1;
  }

  /** The one of them that is reached first. */
  nearest(component: readonly number[]): number {
    const members = new Set(component);
    return this.order.find((state) => members.has(state)) as number;
  }

  /** From an initial state to a start, and from there through states without the property. */
  pathTo(state: number): number[] {
    const inside: number[] = [];
    let at = state;
    for (; this.#before[at] !== -1; at = this.#before[at] as number) inside.push(at);
    return [...pathTo(at, this.#parents), ...inside.reverse()];
  }

  /** Once round from here, inside the component. */
  loopAt(entry: number, component: ReadonlySet<number>): number[] {
    const before = new Map<number, number>();
    const queue = [entry];
    for (const from of queue) {
      for (const to of this.#next(from)) {
        if (to === entry) {
          const loop = [entry];
          for (let at = from; at !== entry; at = before.get(at) as number) loop.push(at);
          return [...loop, entry].reverse();
        }
        if (!component.has(to) || before.has(to)) continue;
        before.set(to, from);
        queue.push(to);
      }
    }
    return [];
  }

  /** No transition stays possible in all of it, leads nowhere in it, and is so never taken. */
  isFair(component: readonly number[]): boolean {
    const inside = new Set(component);
    const taken = new Set<number>();
    let possible: Set<number> | undefined;
    for (const from of component) {
      const here = new Set<number>();
      this.#space.fairness(from, (to, obligation) => {
        here.add(obligation);
        if (inside.has(to)) taken.add(obligation);
      });
      possible = possible === undefined ? here : possible.intersection(here);
    }
    return possible?.isSubsetOf(taken) ?? true;
  }

  /** Strongly connected components that have a cycle. Tarjan's algorithm, without recursion. */
  *components(): Iterable<number[]> {
    const index = new Int32Array(this.#space.size).fill(-1);
    const low = new Int32Array(this.#space.size);
    const onStack = new Uint8Array(this.#space.size);
    const stack: number[] = [];
    let next = 0;
    for (const root of this.order) {
      if (index[root] !== -1) continue;
      const calls = [{ state: root, edge: this.#offsets[root] as number }];
      index[root] = low[root] = next++;
      stack.push(root);
      onStack[root] = 1;
      for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
        const { state } = call;
        if (call.edge < (this.#offsets[state + 1] as number)) {
          const to = this.#targets.at(call.edge++);
          if (index[to] === -1) {
            index[to] = low[to] = next++;
            stack.push(to);
            onStack[to] = 1;
            calls.push({ state: to, edge: this.#offsets[to] as number });
          } else if (onStack[to] === 1) {
            low[state] = Math.min(low[state] as number, index[to] as number);
          }
          continue;
        }
        calls.pop();
        const caller = calls.at(-1);
        if (caller !== undefined) low[caller.state] = Math.min(low[caller.state] as number, low[state] as number);
        if (low[state] !== index[state]) continue;
        const component = stack.splice(stack.lastIndexOf(state));
        for (const member of component) onStack[member] = 0;
        if (component.length > 1 || this.#next(state).includes(state)) yield component;
      }
    }
  }

  #lacking(holds: SpaceProperty): Uint8Array {
    const byView: boolean[] = [];
    const lacks = new Uint8Array(this.#space.size);
    for (let state = 0; state < lacks.length; state++) {
      const view = this.#space.viewOf(state);
      byView[view] ??= holds(state) !== true;
      if (byView[view] === true) lacks[state] = 1;
    }
    return lacks;
  }

  /** By length of the whole way, so that what is found first has the shortest. */
  #walk(starts: Uint8Array, lacks: Uint8Array): void {
    const startsAt = new Map<number, number[]>();
    const depths = new Int32Array(starts.length);
    for (let state = 0; state < starts.length; state++) {
      const parent = this.#parents.at(state);
      if (parent !== -1) depths[state] = (depths[parent] as number) + 1;
      if (starts[state] !== 1 || lacks[state] !== 1) continue;
      const depth = depths[state] as number;
      const others = startsAt.get(depth);
      if (others === undefined) startsAt.set(depth, [state]);
      else others.push(state);
    }
    const meet = (state: number, before: number): void => {
      if (this.#before[state] !== OUTSIDE) return;
      this.#before[state] = before;
      this.order.push(state);
    };
    for (let depth = 0, from = 0; from < this.order.length || startsAt.size > 0; depth++) {
      for (const state of startsAt.get(depth) ?? []) meet(state, -1);
      startsAt.delete(depth);
      const end = this.order.length;
      for (; from < end; from++) {
        const state = this.order[from] as number;
        for (const to of this.#next(state)) meet(to, state);
      }
    }
  }

  #next(state: number): number[] {
    const targets: number[] = [];
    const end = this.#offsets[state + 1] as number;
    for (let edge = this.#offsets[state] as number; edge < end; edge++) targets.push(this.#targets.at(edge));
    return targets;
  }
}

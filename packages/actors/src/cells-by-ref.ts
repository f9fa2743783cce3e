/** Actors of this node by an actor elsewhere that they have to do with. */

import type { Cell } from './cell.ts';
import type { ActorRef } from './ref.ts';

export class CellsByRef {
  private readonly map = new Map<ActorRef, Set<Cell>>();

  has(ref: ActorRef, cell: Cell): boolean {
    return this.map.get(ref)?.has(cell) === true;
  }

  /** @returns whether it is new */
  add(ref: ActorRef, cell: Cell): boolean {
    const cells = this.map.get(ref);
    if (cells?.has(cell)) return false;
    if (cells === undefined) this.map.set(ref, new Set([cell]));
    else cells.add(cell);
    return true;
  }

  /** @returns whether it was there */
  remove(ref: ActorRef, cell: Cell): boolean {
    const cells = this.map.get(ref);
    if (cells === undefined || !cells.delete(cell)) return false;
    if (cells.size === 0) this.map.delete(ref);
    return true;
  }

  /** All of one, which are forgotten. */
  take(ref: ActorRef): ReadonlySet<Cell> {
    const cells = this.map.get(ref);
    this.map.delete(ref);
    return cells ?? new Set();
  }

  /** Those of one node. */
  of(node: number): readonly ActorRef[] {
    return [...this.map.keys()].filter(({ nodeIndex }) => nodeIndex === node);
  }
}

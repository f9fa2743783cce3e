/**
 * Partial-order reduction: steps of different nodes commute, so that of many orders one is enough. In a state in which a
 * node can't hear anything new before it takes a step of its own, its steps alone are taken, and the others' later.
 *
 * The node's steps are a persistent set: whatever the others do meanwhile is independent of them (C1), since none of them
 * may send to it, ever (`Futures`), no count of faults is shared any more, and nothing that is observed in order is told.
 * One successor at least has not been gone from yet, so that nobody waits for ever (C3, as it is for breadth first). Kept are
 * all ends, and all states of each single node: hence `finally`, properties that look at one node at a time
 * (`exploration.local`), and steps that throw. States of several nodes at once are left out: that is the reduction.
 *
 * @paper Clarke, Grumberg, Peled: Model checking, ch. 10; Godefroid: Partial-order methods (1996); Bošnački, Holzmann:
 *   Improving Spin's partial-order reduction for breadth-first search (2005)
 */
import type { CoreShape } from '@troupe/protocol';
import type { Futures } from './futures.ts';
import type { Outcome } from './local-state.ts';

export interface ReductionOptions {
  /** What is told is kept in order. */
  readonly isObserved: boolean;
  /** Equal messages under way are counted. */
  readonly countsCopies: boolean;
}

export class Reduction<S extends CoreShape> {
  readonly #futures: Futures<S>;
  readonly #options: ReductionOptions;

  constructor(futures: Futures<S>, options: ReductionOptions) {
    this.#futures = futures;
    this.#options = options;
  }

  /** None of the others may send to it. */
  hearsNothingNew(node: number, row: Int32Array, nodes: number, made: number): boolean {
    for (let other = 0; other < nodes; other++) {
      if (other !== node && (this.#futures.reach(other, row[other] as number, made) & (1 << node)) !== 0) return false;
    }
    return true;
  }

  /** Nothing of this step can be told from a step of another node that comes before or after it. */
  isIndependent({ sends, told }: Outcome): boolean {
    return !(this.#options.isObserved && told !== 0) && !(this.#options.countsCopies && sends !== 0);
  }
}

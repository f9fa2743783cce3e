/** What an observer makes of the past, by number: each value once, and what each occurrence makes of it once. */
import { type CoreShape, clonePlain, fingerprint, type NodeId, type Ticks } from '@troupe/protocol';
import type { Observer, Occurrence } from '../view.ts';
import { Interner } from './interner.ts';

const NOW = 0 as Ticks;

interface Observed<O> {
  readonly value: O;
  /** By the number of what was told. */
  readonly after: Map<number, number>;
}

export class Observations<S extends CoreShape, O> {
  readonly #observer: Observer<S, O> | undefined;
  readonly #told: Interner<readonly Occurrence<S>[]>;
  readonly #observed = new Interner<Observed<O>>();

  constructor(
    observer: Observer<S, O> | undefined,
    nodes: readonly NodeId[],
    told: Interner<readonly Occurrence<S>[]>,
  ) {
    this.#observer = observer;
    this.#told = told;
    this.number(observer?.init(nodes) as O);
  }

  at(number: number): O {
    return this.#observed.at(number).value;
  }

  number(value: O): number {
    return this.#observed.number(fingerprint(value), () => ({ value, after: new Map() }));
  }

  /** Of what was observed, and of what a step told since. */
  after(number: number, told: number): number {
    if (told === 0 || this.#observer === undefined) return number;
    const observed = this.#observed.at(number);
    let next = observed.after.get(told);
    if (next === undefined) {
      const value = clonePlain(observed.value);
      for (const occurrence of this.#told.at(told)) this.#observer.on(value, occurrence, NOW);
      next = this.number(value);
      observed.after.set(told, next);
    }
    return next;
  }
}

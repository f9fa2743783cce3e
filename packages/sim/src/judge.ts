/** Holds a run to its simulation's properties. */
import type { CoreShape } from '@troupe/protocol';
import { Broken } from './outcome.ts';
import type { Properties, Property, View } from './view.ts';

interface Judged<S extends CoreShape, O> {
  readonly always?: Properties<S, O>;
  readonly finally?: Properties<S, O>;
  readonly sometimes?: Properties<S, O>;
  readonly eventually?: Properties<S, O>;
}

type Named<S extends CoreShape, O> = readonly (readonly [name: string, property: Property<S, O>])[];

export class Judge<S extends CoreShape, O> {
  /** Conditions that have held. */
  readonly reached: string[] = [];
  readonly #view: View<S, O>;
  readonly #always: Named<S, O>;
  readonly #finally: Named<S, O>;
  #sometimes: Named<S, O>;
  #eventually: Named<S, O>;

  constructor(view: View<S, O>, judged: Judged<S, O>) {
    this.#view = view;
    this.#always = Object.entries(judged.always ?? {});
    this.#finally = Object.entries(judged.finally ?? {});
    this.#sometimes = Object.entries(judged.sometimes ?? {});
    this.#eventually = Object.entries(judged.eventually ?? {});
  }

  /** After an event. @throws Broken */
  look(): void {
    for (const [name, property] of this.#always) this.#demand('always', name, property);
    if (this.#sometimes.length > 0)
      this.#sometimes = this.#sometimes.filter(([name, property]) => !this.#reach(name, property));
  }

  /** After an event, once faults have ended. @returns whether all that must come to hold has */
  awaitProgress(): boolean {
    if (this.#eventually.length > 0)
      this.#eventually = this.#eventually.filter(([, property]) => property(this.#view) !== true);
    return this.#eventually.length === 0;
  }

  /** The time for progress is over. @throws Broken */
  demandProgress(ticks: number): void {
    for (const [name, property] of this.#eventually) {
      const holds = property(this.#view);
      const why = typeof holds === 'string' ? `: ${holds}` : '';
      throw new Broken('eventually', name, `it did not come to hold within ${ticks} ticks of calm${why}`);
    }
  }

  /** The run is over. @throws Broken */
  close(): void {
    for (const [name, property] of this.#finally) this.#demand('finally', name, property);
  }

  get hasFinally(): boolean {
    return this.#finally.length > 0;
  }

  #demand(kind: 'always' | 'finally', name: string, property: Property<S, O>): void {
    const holds = property(this.#view);
    if (holds !== true) throw new Broken(kind, name, holds === false ? 'it does not hold' : holds);
  }

  #reach(name: string, property: Property<S, O>): boolean {
    if (property(this.#view) !== true) return false;
    this.reached.push(name);
    return true;
  }
}

/** Holds a run to its simulation's properties. */
import { Broken } from './outcome.ts';

/** True where it holds; a text says what is wrong. */
type PropertyOf<V> = (view: V) => boolean | string;
type PropertiesOf<V> = Readonly<Record<string, PropertyOf<V>>>;

interface Judged<V> {
  readonly always?: PropertiesOf<V>;
  readonly finally?: PropertiesOf<V>;
  readonly sometimes?: PropertiesOf<V>;
  readonly eventually?: PropertiesOf<V>;
}

type Named<V> = readonly (readonly [name: string, property: PropertyOf<V>])[];

/** Of cores or of actors: what is looked at is its own matter. */
export class Judge<V> {
  /** Conditions that have held. */
  readonly reached: string[] = [];
  readonly #view: V;
  readonly #always: Named<V>;
  readonly #finally: Named<V>;
  #sometimes: Named<V>;
  #eventually: Named<V>;

  constructor(view: V, judged: Judged<V>) {
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

  #demand(kind: 'always' | 'finally', name: string, property: PropertyOf<V>): void {
    const holds = property(this.#view);
    if (holds !== true) throw new Broken(kind, name, holds === false ? 'it does not hold' : holds);
  }

  #reach(name: string, property: PropertyOf<V>): boolean {
    if (property(this.#view) !== true) return false;
    this.reached.push(name);
    return true;
  }
}

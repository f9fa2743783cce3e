/** Holds a run to its simulation's properties. */
import { simError } from './errors.ts';
import { Broken, threw } from './outcome.ts';

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
      this.#eventually = this.#eventually.filter(([name, property]) => this.#ask(name, property) !== true);
    return this.#eventually.length === 0;
  }

  /** The time for progress is over. @throws Broken */
  demandProgress(ticks: number): void {
    for (const [name, property] of this.#eventually) {
      const holds = this.#ask(name, property);
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
    const holds = this.#ask(name, property);
    if (holds !== true) throw new Broken(kind, name, holds === false ? 'it does not hold' : holds);
  }

  #reach(name: string, property: PropertyOf<V>): boolean {
    if (this.#ask(name, property) !== true) return false;
    this.reached.push(name);
    return true;
  }

  #ask(name: string, property: PropertyOf<V>): boolean | string {
    let holds: unknown;
    try {
      holds = property(this.#view);
    } catch (error) {
      throw threw(`property '${name}'`, error);
    }
    if (typeof holds === 'boolean' || typeof holds === 'string') return holds;
    const got = holds instanceof Promise ? 'a promise' : String(holds);
    throw simError(
      'TROUPE_SIM_DEFINITION',
      `Expected property '${name}' to give true, or false or a text that says what is wrong, got ${got}.`,
    );
  }
}

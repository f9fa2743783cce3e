/** The states of a model by number: each is kept as it is, and found by its key. */
import { fingerprint } from '@troupe/protocol';
import type { Model, ModelProperties } from './model.ts';
import type { SpaceProperties, SpaceProperty, StateSpace, StepWords, Visit } from './state-space.ts';

export class ModelSpace<State, Action> implements StateSpace {
  readonly properties: SpaceProperties;
  readonly #model: Model<State, Action>;
  readonly #key: (state: State) => string | number;
  readonly #states: State[] = [];
  readonly #numbers = new Map<string | number, number>();

  constructor(model: Model<State, Action>) {
    this.#model = model;
    const key = model.key ?? fingerprint;
    const { representative } = model;
    this.#key = representative === undefined ? key : (state) => key(representative(state));
    this.properties = {
      always: this.#properties(model.always),
      finally: new Map(),
      sometimes: this.#properties(model.sometimes),
      eventually: this.#properties(model.eventually),
    };
  }

  get size(): number {
    return this.#states.length;
  }

  start(): void {
    for (const state of this.#model.init()) this.#meet(state);
  }

  expand(from: number, visit: Visit): void {
    this.#model.steps(this.#state(from), (_action, to) => visit(this.#meet(to), true));
  }

  viewOf(state: number): number {
    return state;
  }

  /** A model's actions are owed fairness by their names. */
  fairness(from: number, visit: (to: number, obligation: number) => void): void {
    this.#model.steps(this.#state(from), (action, to) => visit(this.#meet(to), this.#obligation(action)));
  }

  describe(from: number, to: number): StepWords {
    let words: string | undefined;
    this.#model.steps(this.#state(from), (action, next) => {
      if (words === undefined && this.#meet(next) === to) words = this.#showAction(action);
    });
    return { action: words ?? 'a step that is not taken twice alike', effects: [this.#show(to)] };
  }

  describeStart(state: number): string {
    return this.#show(state);
  }

  undecided(kind: keyof SpaceProperties): string | undefined {
    const isQuotient = this.#model.representative !== undefined;
    return kind === 'eventually' && isQuotient ? 'states that differ by names are one' : undefined;
  }

  failureOf(): undefined {
    return undefined;
  }

  readonly #obligations = new Map<string, number>();

  #obligation(action: Action): number {
    const name = this.#showAction(action);
    let obligation = this.#obligations.get(name);
    if (obligation === undefined) this.#obligations.set(name, (obligation = this.#obligations.size));
    return obligation;
  }

  #meet(state: State): number {
    const key = this.#key(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.length;
    this.#numbers.set(key, number);
    this.#states.push(state);
    return number;
  }

  #state(number: number): State {
    return this.#states[number] as State;
  }

  #show(number: number): string {
    return this.#model.show?.(this.#state(number)) ?? fingerprint(this.#state(number));
  }

  #showAction(action: Action): string {
    return this.#model.showAction?.(action) ?? (typeof action === 'string' ? action : fingerprint(action));
  }

  #properties(given: ModelProperties<State> = {}): ReadonlyMap<string, SpaceProperty> {
    return new Map(Object.entries(given).map(([name, holds]) => [name, (state) => holds(this.#state(state))]));
  }
}

/**
 * A model as the literature has it: initial states, the steps that may follow a state, and what must hold. Written by
 * hand, for a specification that is no core (yet), and for the published ones that the explorer is measured by.
 */

export interface Model<State, Action> {
  readonly name: string;
  readonly init: () => readonly State[];
  /** Tells every step that may be taken: the action, and the state after it. It mutates nothing that it was given. */
  readonly steps: (state: State, step: (action: Action, to: State) => void) => void;
  /** Equal exactly where two states are. Default: the fingerprint of the state, which is plain data; that is slow. */
  readonly key?: (state: State) => string | number;
  /**
   * For symmetry: the one of all states that differ only by who is who. Search goes on from the states themselves; it
   * takes a state for known where its representative is.
   */
  readonly representative?: (state: State) => State;
  readonly always?: ModelProperties<State>;
  readonly sometimes?: ModelProperties<State>;
  readonly eventually?: ModelProperties<State>;
  readonly show?: (state: State) => string;
  readonly showAction?: (action: Action) => string;
}

/** True where it holds; a text says what is wrong. */
export type ModelProperties<State> = Readonly<Record<string, (state: State) => boolean | string>>;

/** Infers the types of a definition. */
export function defineModel<State, Action>(model: Model<State, Action>): Model<State, Action> {
  return model;
}

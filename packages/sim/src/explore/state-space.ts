/**
 * What a search goes through: states by number, in the order in which they were first met. So a search breadth first is
 * a count from 0 up, whoever stands behind the numbers: a model of the literature, or cores with everything between them.
 */

/** Told once for each transition. */
export type Visit = (to: number, progress: boolean) => void;

export interface StateSpace {
  /** How many states have been met. */
  readonly size: number;
  /** Meets the initial states: they are numbered from 0 up. Called once. */
  start(): void;
  /**
   * Goes from a state to all that may follow. A transition that isn't `progress` is a fault: it may happen, and never
   * has to.
   */
  expand(from: number, visit: Visit): void;
  /** What was met rests on something that has turned out wrong: it is to be searched again, after `restart`. */
  readonly isStale?: boolean;
  /** Forgets all states, and meets the initial ones. */
  restart?(): void;
  /** Properties are judged by what they look at: states of the same view are judged once. Numbered from 0 up. */
  viewOf(state: number): number;
  readonly properties: SpaceProperties;
  /** Why a property can't be decided here, if so. A violation that is found is one all the same. */
  undecided(kind: keyof SpaceProperties, property: string): string | undefined;
  /**
   * What fairness is owed to: of two transitions of a state with the same number, taking one serves both. Called with a
   * state and told each transition out of it.
   */
  fairness(from: number, visit: (to: number, obligation: number) => void): void;
  /** One transition between the two, in words. */
  describe(from: number, to: number): StepWords;
  /** The initial state in words. */
  describeStart(state: number): string;
  /** Where every step of the system works; else what broke, as after a step that threw. */
  failureOf(state: number): string | undefined;
}

export interface StepWords {
  readonly action: string;
  /** What it brought about, a line each. */
  readonly effects: readonly string[];
}

/** Each is asked about a state; a text says what is wrong. */
export type SpaceProperty = (state: number) => boolean | string;

export interface SpaceProperties {
  readonly always: ReadonlyMap<string, SpaceProperty>;
  /** Asked where nothing but faults can happen any more. */
  readonly finally: ReadonlyMap<string, SpaceProperty>;
  readonly sometimes: ReadonlyMap<string, SpaceProperty>;
  readonly eventually: ReadonlyMap<string, SpaceProperty>;
}

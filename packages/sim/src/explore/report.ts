/** What a search found, as data: for the command line, for tests, and for whoever reads JSON. */
import type { StepWords } from './state-space.ts';

export type Bound = 'maxStates' | 'maxDepth' | 'maxMegabytes';

export interface ExploreOptions {
  readonly maxStates?: number;
  /** Steps from an initial state. */
  readonly maxDepth?: number;
  /** What the process may grow by. */
  readonly maxMegabytes?: number;
  /**
   * Takes states for one that differ by the names of `exploration.symmetry` alone: fewer states, and `eventually` is not
   * decided. Default false.
   */
  readonly symmetry?: boolean;
  /**
   * Leaves out messages that can change nothing any more, and orders of steps that commute. Where it left out orders,
   * decided are `finally` and what `exploration.local` names; `eventually` never is. Not with symmetry. Default false.
   */
  readonly reduction?: boolean;
  /** Called about once a second. */
  readonly onProgress?: (progress: ExploreProgress) => void;
  /** Called for every state that is gone from, and before every step of a node that is new, with what it is. */
  readonly onBeat?: (what?: () => string) => void;
}

export const EXPLORE_DEFAULTS = {
  maxStates: 50_000_000,
  maxDepth: 1_000_000,
  maxMegabytes: 2_048,
  symmetry: false,
  reduction: false,
} as const satisfies ExploreOptions;

export interface ExploreProgress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** Met, and not gone from yet. */
  readonly waiting: number;
  readonly seconds: number;
}

export interface ExplorationReport {
  readonly name: string;
  /**
   * `holds`: every state was reached and none breaks a property; `vacuous`: the same, and something of `sometimes` never
   * held; `not exhaustive`: no violation up to a bound, which proves nothing.
   */
  readonly verdict: 'holds' | 'violated' | 'vacuous' | 'not exhaustive';
  /** What ended a search that is not exhaustive. */
  readonly bound?: Bound;
  readonly violation?: Violation;
  /** Distinct states; with symmetry, of those that differ by names alone one. */
  readonly states: number;
  /** Steps taken from them; some lead to the same state. */
  readonly transitions: number;
  /** The most steps that a shortest way to a state has. */
  readonly depth: number;
  /** States after which nothing but faults can happen. */
  readonly terminals: number;
  readonly seconds: number;
  readonly statesPerSecond: number;
  /** After how many steps each of `sometimes` held first. */
  readonly reached: Readonly<Record<string, number>>;
  readonly neverHeld: readonly string[];
  /** Properties that this search does not decide, and why. */
  readonly undecided: Readonly<Record<string, string>>;
}

export interface Violation {
  readonly kind: 'always' | 'finally' | 'eventually' | 'throws';
  /** The property's name. */
  readonly property: string;
  readonly why: string;
  /** The shortest way there. */
  readonly trace: Trace;
  /** Of `eventually`: what may go on for ever after it. Empty where nothing happens any more. */
  readonly loop: readonly StepWords[];
}

export interface Trace {
  readonly start: string;
  readonly steps: readonly StepWords[];
}

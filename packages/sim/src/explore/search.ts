/**
 * The exhaustive search: breadth first, so that the first violation of `always` has the shortest trace. It goes through
 * every state, or says which bound ended it.
 */
import { performance } from 'node:perf_hooks';
import { isTroupeError } from '@troupe/protocol';
import { simError } from '../errors.ts';
import { findUnmet } from './eventually.ts';
import { IntList } from './int-list.ts';
import { type Bound, EXPLORE_DEFAULTS, type ExplorationReport, type ExploreOptions, type Violation } from './report.ts';
import type { SpaceProperties, SpaceProperty, StateSpace } from './state-space.ts';
import { Traces } from './traces.ts';

/** States between two looks at the clock and at the memory. */
const CHECK_EVERY = 16_384;
const PROGRESS_MILLISECONDS = 1_000;
/** A search of fewer states costs nothing. */
const STALE_STATES_MIN = 2_000;

export function search(name: string, space: StateSpace, options: ExploreOptions = {}): ExplorationReport {
  try {
    const begun = performance.now();
    space.start();
    for (;;) {
      const report = new Search(name, space, options, begun).run();
      if (report !== undefined) return report;
      space.restart?.();
    }
  } catch (cause) {
    if (isTroupeError(cause, 'TROUPE_SIM_DEFINITION') || isTroupeError(cause, 'TROUPE_CORE_OPTIONS')) throw cause;
    const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw simError('TROUPE_SIM_MODEL', `Expected ${name} to step and to judge every state, got ${got}.`, { cause });
  }
}

class Search {
  readonly #name: string;
  readonly #space: StateSpace;
  readonly #options: ExploreOptions & Required<Omit<ExploreOptions, 'onProgress' | 'onBeat'>>;
  readonly #traces: Traces;
  /** The state from which each was met first; -1 for initial ones. */
  readonly #parents = new IntList();
  readonly #reached: Record<string, number> = {};
  readonly #awaited: Map<string, SpaceProperty>;
  readonly #always: readonly (readonly [string, SpaceProperty])[];
  readonly #begun: number;
  readonly #memoryAtFirst = process.memoryUsage.rss();
  #reported: number;
  #views = 0;
  #depth = 0;
  #transitions = 0;
  #terminals = 0;
  #from = -1;
  #mayProgress = false;
  #violation: Violation | undefined;
  #bound: Bound | undefined;

  constructor(name: string, space: StateSpace, options: ExploreOptions, begun: number) {
    this.#begun = begun;
    this.#reported = begun;
    this.#name = name;
    this.#space = space;
    this.#options = { ...EXPLORE_DEFAULTS, ...options };
    this.#traces = new Traces(space, this.#parents);
    this.#always = [...space.properties.always];
    this.#awaited = new Map(space.properties.sometimes);
  }

  /** Undefined where the space has turned out stale. */
  run(): ExplorationReport | undefined {
    for (let state = 0; state < this.#space.size && this.#violation === undefined; state++) this.#meet(state);
    this.#expandAll();
    if (this.#space.isStale === true) return undefined;
    const undecided: Record<string, string> = {};
    this.#listUndecided('always', this.#space.properties.always.keys(), undecided);
    this.#listUndecided('sometimes', this.#awaited.keys(), undecided);
    if (this.#violation === undefined) this.#judgeEventually(undecided);
    return this.#report(undecided);
  }

  #expandAll(): void {
    const space = this.#space;
    const { maxStates, maxDepth } = this.#options;
    const visit = (to: number, progress: boolean): void => {
      this.#transitions++;
      if (progress) this.#mayProgress = true;
      this.#meetUpTo(to);
    };
    let levelEnd = space.size;
    /** Of a space that is stale: until then it goes on, to find what else is wrong. So all searches together cost little more. */
    let staleEnd = Number.POSITIVE_INFINITY;
    for (let from = 0; from < space.size; from++) {
      if (this.#violation !== undefined || this.#bound !== undefined) return;
      if (space.isStale === true && staleEnd === Number.POSITIVE_INFINITY) staleEnd = STALE_STATES_MIN + 2 * space.size;
      if (space.size > staleEnd) return;
      if (from === levelEnd) {
        this.#depth++;
        levelEnd = space.size;
      }
      if (this.#depth >= maxDepth) this.#bound = 'maxDepth';
      else if (space.size > maxStates) this.#bound = 'maxStates';
      else if (from % CHECK_EVERY === 0) this.#look(from);
      if (this.#bound !== undefined) return;
      this.#from = from;
      this.#mayProgress = false;
      space.expand(from, visit);
      // Also those that were looked at, and then left to others.
      this.#meetUpTo(space.size - 1);
      if (!this.#mayProgress) this.#end(from);
    }
  }

  #meetUpTo(state: number): void {
    while (this.#parents.length <= state) this.#meet(this.#parents.length);
  }

  /** A state that was not known. */
  #meet(state: number): void {
    this.#parents.push(this.#from);
    if (this.#violation !== undefined) return;
    const broken = this.#space.failureOf(state);
    if (broken !== undefined) this.#break('throws', 'no step throws', broken, state);
    const view = this.#space.viewOf(state);
    if (view < this.#views) return;
    this.#views = view + 1;
    for (const [property, holds] of this.#always) {
      const verdict = holds(state);
      if (verdict !== true) {
        this.#break('always', property, verdict, state);
        return;
      }
    }
    for (const [property, holds] of this.#awaited) {
      if (holds(state) !== true) continue;
      this.#awaited.delete(property);
      this.#reached[property] = this.#traces.path(state).length - 1;
    }
  }

  /** A state after which nothing but faults can happen. */
  #end(state: number): void {
    this.#terminals++;
    for (const [property, holds] of this.#space.properties.finally) {
      const verdict = holds(state);
      if (verdict !== true && this.#violation === undefined) this.#break('finally', property, verdict, state);
    }
  }

  #break(kind: Violation['kind'], property: string, verdict: boolean | string, state: number): void {
    const why = typeof verdict === 'string' ? verdict : `'${property}' does not hold`;
    this.#violation = { kind, property, why, trace: this.#traces.to(state), loop: [] };
  }

  #listUndecided(kind: keyof SpaceProperties, properties: Iterable<string>, undecided: Record<string, string>): void {
    for (const property of properties) {
      const why = this.#space.undecided(kind, property);
      if (why !== undefined) undecided[property] = why;
    }
  }

  #judgeEventually(undecided: Record<string, string>): void {
    for (const [property, holds] of this.#space.properties.eventually) {
      const obstacle =
        this.#bound === undefined
          ? this.#space.undecided('eventually', property)
          : `the search ended at ${this.#bound}`;
      if (obstacle !== undefined) {
        undecided[property] = obstacle;
        continue;
      }
      const unmet = findUnmet(this.#space, holds, this.#parents);
      if (unmet === undefined) continue;
      const trace = this.#traces.along(unmet.path);
      const loop = this.#traces.along(unmet.loop).steps;
      const why =
        loop.length === 0
          ? 'nothing but faults can happen any more, and it does not hold'
          : 'it may go on for ever without it';
      this.#violation = { kind: 'eventually', property, why, trace, loop };
      return;
    }
  }

  #look(from: number): void {
    const now = performance.now();
    const megabytes = (process.memoryUsage.rss() - this.#memoryAtFirst) / 2 ** 20;
    if (megabytes > this.#options.maxMegabytes) this.#bound = 'maxMegabytes';
    if (now - this.#reported < PROGRESS_MILLISECONDS) return;
    this.#reported = now;
    this.#options.onProgress?.({
      states: this.#space.size,
      transitions: this.#transitions,
      depth: this.#depth,
      waiting: this.#space.size - from,
      seconds: (now - this.#begun) / 1_000,
    });
  }

  #report(undecided: Readonly<Record<string, string>>): ExplorationReport {
    const seconds = (performance.now() - this.#begun) / 1_000;
    const neverHeld = [...this.#awaited.keys()].filter((property) => undecided[property] === undefined);
    const whole = neverHeld.length === 0 ? 'holds' : 'vacuous';
    const verdict = this.#violation !== undefined ? 'violated' : this.#bound !== undefined ? 'not exhaustive' : whole;
    const states = this.#space.size;
    return {
      name: this.#name,
      verdict,
      ...(this.#bound === undefined ? {} : { bound: this.#bound }),
      ...(this.#violation === undefined ? {} : { violation: this.#violation }),
      states,
      transitions: this.#transitions,
      depth: this.#depth,
      terminals: this.#terminals,
      seconds,
      statesPerSecond: Math.round(states / Math.max(seconds, 1e-6)),
      reached: this.#reached,
      neverHeld,
      undecided,
    };
  }
}

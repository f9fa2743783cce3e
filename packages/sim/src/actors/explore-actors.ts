/**
 * Every run of a small system of actors, each by replay from the start, since actors can't be cloned: messages arrive in every
 * order, timers fire, faults strike as often as they may, and actors draw whatever they can.
 *
 * What two nodes do at once commutes, so of the orders that differ by that alone one is run: sleep sets. They leave no
 * situation of the system out, so that every sort of property is decided. A run whose next steps have all been taken in
 * another order ends there.
 *
 * @paper Godefroid: Partial-order methods for the verification of concurrent systems (1996), ch. 5
 */
import { assertOption, ticks } from '@troupe/protocol';
import type { Chooser, Occasion } from '../choices/chooser.ts';
import { DELAY } from '../choices/priority-chooser.ts';
import { simError } from '../errors.ts';
import { ChoiceTree, EXHAUSTIVE_DEFAULTS, type ExhaustiveBounds } from '../explore/choice-tree.ts';
import type { Violation } from '../outcome.ts';
import { type TracedEvent, Tracer } from '../trace.ts';
import { runActors } from './actor-run.ts';
import type { ActorSimulation } from './actor-simulation.ts';
import { EVERYWHERE, type Order, type OrderBudgets, type Step } from './open-agenda.ts';

export interface ActorExplorationReport {
  readonly name: string;
  /** `not exhaustive`: a bound left something out. `vacuous`: a condition that is to hold sometimes never did. */
  readonly verdict: 'holds' | 'violated' | 'vacuous' | 'not exhaustive';
  readonly runs: number;
  /** Situations that were met in them, by the way there: those that runs have in common count once. */
  readonly states: number;
  /** The most choices that a run had: what comes next, and what is drawn. */
  readonly depth: number;
  readonly violations: 0 | 1;
  readonly violation: Violation | undefined;
  /** Of the run that failed. */
  readonly trace: readonly TracedEvent[];
  /** Conditions that are to hold sometimes and never did. */
  readonly neverHeld: readonly string[];
  readonly seconds: number;
}

export interface ActorExploreOptions extends ExhaustiveBounds {
  /** Called before everything that happens, with what it is: it may never end. */
  readonly onBeat?: (what: () => string) => void;
  /** Runs orders that differ by what commutes as well: to see that nothing is left out without them. Default false. */
  readonly everyOrder?: boolean;
  readonly onProgress?: (progress: ActorExploreProgress) => void;
}

export interface ActorExploreProgress {
  readonly runs: number;
  readonly states: number;
}

/** Runs between two reports of progress. */
const PROGRESS_EVERY = 500;
const ALL = Number.MAX_SAFE_INTEGER;
const NO_FAULTS: OrderBudgets = { crashes: 0, drops: 0, timeouts: 0 };

/** @throws TROUPE_SIM_DEFINITION where the simulation says nothing of an exploration, or depends on more than its choices */
export async function exploreActors<O>(
  simulation: ActorSimulation<O>,
  options: ActorExploreOptions = {},
): Promise<ActorExplorationReport> {
  const small = smallest(simulation);
  const { crashes = 0, drops = 0, timeouts = 0 } = simulation.exploration ?? {};
  const budgets = { crashes, drops, timeouts };
  const { maxChoices, maxRuns, everyOrder = false, onProgress, onBeat } = { ...EXHAUSTIVE_DEFAULTS, ...options };
  const waits = await saysWhenReady(small, onBeat);
  const tree = new ChoiceTree(maxChoices);
  const begun = performance.now();
  const reached = new Set<string>();
  let runs = 0;
  let depth = 0;
  let failed: { readonly violation: Violation; readonly trace: readonly TracedEvent[] } | undefined;
  let isWhole = true;
  do {
    if (runs === maxRuns) {
      isWhole = false;
      break;
    }
    runs++;
    const chooser = new TreeChooser(tree, waits, budgets, { everyOrder, onBeat });
    const outcome = await runActors(small, chooser, undefined, chooser);
    depth = Math.max(depth, tree.depth);
    for (const condition of outcome.reached) reached.add(condition);
    if (outcome.violation !== undefined && !chooser.isCutShort)
      failed = await replay(
        small,
        new TreeChooser(new ChoiceTree(ALL, tree.path()), waits, budgets),
        outcome.violation,
      );
    if (runs % PROGRESS_EVERY === 0) onProgress?.({ runs, states: tree.met });
  } while (failed === undefined && tree.next());
  const neverHeld = Object.keys(simulation.sometimes ?? {}).filter((condition) => !reached.has(condition));
  const rest = !isWhole || tree.wasCut ? 'not exhaustive' : neverHeld.length > 0 ? 'vacuous' : 'holds';
  return {
    name: simulation.name,
    verdict: failed === undefined ? rest : 'violated',
    runs,
    states: tree.met,
    depth,
    violations: failed === undefined ? 0 : 1,
    violation: failed?.violation,
    trace: failed?.trace ?? [],
    neverHeld,
    seconds: (performance.now() - begun) / 1_000,
  };
}

/** As many nodes as the exploration says, on which nothing goes wrong by itself. */
function smallest<O>(simulation: ActorSimulation<O>): ActorSimulation<O> {
  const { exploration, name } = simulation;
  if (exploration === undefined)
    throw simError(
      'TROUPE_SIM_DEFINITION',
      `Expected an exploration in the simulation ${name}, got none: give it a number of nodes, { nodes: 1 }.`,
    );
  const { nodes, ...budgets } = exploration;
  for (const [fault, count] of Object.entries(budgets))
    assertOption(
      fault in NO_FAULTS && Number.isSafeInteger(count) && count >= 0,
      `exploration.${fault} as a count`,
      count,
    );
  return {
    ...simulation,
    nodes,
    faults: {
      links: { delayMax: ticks(0) },
      processes: { crashes: () => 0, pauses: false, slow: false },
      clocks: { driftPerMillion: 0, offsetMax: ticks(0) },
    },
  };
}

interface TreeChooserOptions {
  readonly everyOrder?: boolean;
  readonly onBeat?: ActorExploreOptions['onBeat'];
}

/** Goes the way of the tree, from the beginning or, where the program says when it is ready, from there. */
class TreeChooser implements Chooser, Order {
  /** The program has said so, in this run. */
  isReady = false;
  /** What could come next had all been taken in another order. */
  isCutShort = false;
  readonly #tree: ChoiceTree;
  readonly #waits: boolean;
  readonly #budgets: OrderBudgets;
  readonly #everyOrder: boolean;
  readonly #onBeat: ActorExploreOptions['onBeat'];
  /** Steps that lead nowhere new from here: they were taken before what was taken since, which commutes with them. */
  #asleep: ReadonlyMap<string, Step> = new Map();

  constructor(tree: ChoiceTree, waits: boolean, budgets: OrderBudgets, options: TreeChooserOptions = {}) {
    this.#everyOrder = options.everyOrder ?? false;
    this.#onBeat = options.onBeat;
    this.#tree = tree;
    this.#waits = waits;
    this.#budgets = budgets;
  }

  get budgets(): OrderBudgets {
    return this.#isSetUp ? this.#budgets : NO_FAULTS;
  }

  choose(label: string, n: number): number {
    // Order is chosen, not time.
    if (n === 1 || !this.#isSetUp || label.startsWith(DELAY)) return 0;
    return this.#tree.choose(label, n);
  }

  next(steps: readonly Step[]): number | undefined {
    if (!this.#isSetUp) return 0;
    const asleep = this.#asleep;
    const keys = steps.map(({ key }) => key).join();
    const chosen = this.#tree.pick(keys, steps.length, (at) => asleep.has((steps[at] as Step).key));
    if (chosen === undefined) {
      this.isCutShort = true;
      return undefined;
    }
    if (this.#everyOrder) return chosen;
    const step = steps[chosen] as Step;
    const taken = [...asleep.values(), ...steps.slice(0, chosen)];
    this.#asleep = new Map(taken.filter((other) => commute(other, step)).map((other) => [other.key, other]));
    return chosen;
  }

  begin(occasion: Occasion): boolean {
    this.within(occasion);
    return true;
  }

  within(occasion: Occasion): void {
    this.#onBeat?.(() => occasion.label());
  }

  ready(): void {
    this.isReady = true;
  }

  get #isSetUp(): boolean {
    return this.isReady || !this.#waits;
  }
}

function commute(a: Step, b: Step): boolean {
  return a.node !== b.node && a.node !== EVERYWHERE && b.node !== EVERYWHERE;
}

/** Whether the program says when it is ready. */
async function saysWhenReady<O>(
  simulation: ActorSimulation<O>,
  onBeat: ActorExploreOptions['onBeat'],
): Promise<boolean> {
  const chooser = new TreeChooser(new ChoiceTree(), false, NO_FAULTS, { onBeat });
  await runActors(simulation, chooser, undefined, chooser);
  return chooser.isReady;
}

async function replay<O>(simulation: ActorSimulation<O>, chooser: TreeChooser, violation: Violation) {
  const tracer = new Tracer();
  await runActors(simulation, chooser, tracer, chooser);
  return { violation, trace: tracer.events };
}

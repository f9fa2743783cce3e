/**
 * Every run of a small system of actors that its choices allow, each by replay from the start, since actors can't be
 * cloned: every combination of how long messages take, and of what its actors and its program draw. Nothing else goes
 * wrong, so what is exhausted are interleavings.
 */
import { ticks } from '@troupe/protocol';
import type { Chooser } from '../choices/chooser.ts';
import { simError } from '../errors.ts';
import { ChoiceTree, EXHAUSTIVE_DEFAULTS, type ExhaustiveBounds } from '../explore/choice-tree.ts';
import type { Violation } from '../outcome.ts';
import { type TracedEvent, Tracer } from '../trace.ts';
import { runActors } from './actor-run.ts';
import type { ActorSimulation } from './actor-simulation.ts';

export interface ActorExplorationReport {
  readonly name: string;
  /** `not exhaustive`: a bound left something out. `vacuous`: a condition that is to hold sometimes never did. */
  readonly verdict: 'holds' | 'violated' | 'vacuous' | 'not exhaustive';
  readonly runs: number;
  /** Runs in which something else happened, or in another order. */
  readonly states: number;
  /** The most choices that a run had. */
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
  readonly onProgress?: (progress: { readonly runs: number; readonly states: number }) => void;
}

/** Runs between two reports of progress. */
const PROGRESS_EVERY = 500;

/** @throws TROUPE_SIM_DEFINITION where the simulation says nothing of an exploration, or depends on more than its choices */
export async function exploreActors<O>(
  simulation: ActorSimulation<O>,
  options: ActorExploreOptions = {},
): Promise<ActorExplorationReport> {
  const small = smallest(simulation);
  const { maxChoices, maxRuns, onProgress } = { ...EXHAUSTIVE_DEFAULTS, ...options };
  const waits = await saysWhenReady(small);
  const tree = new ChoiceTree(maxChoices);
  const begun = performance.now();
  const hashes = new Set<string>();
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
    const outcome = await runActors(small, new TreeChooser(tree, waits));
    depth = Math.max(depth, tree.depth);
    hashes.add(outcome.hash);
    for (const condition of outcome.reached) reached.add(condition);
    if (outcome.violation !== undefined) failed = await replay(small, tree.path(), waits, outcome.violation);
    if (runs % PROGRESS_EVERY === 0) onProgress?.({ runs, states: hashes.size });
  } while (failed === undefined && tree.next());
  const neverHeld = Object.keys(simulation.sometimes ?? {}).filter((condition) => !reached.has(condition));
  const rest = !isWhole || tree.wasCut ? 'not exhaustive' : neverHeld.length > 0 ? 'vacuous' : 'holds';
  return {
    name: simulation.name,
    verdict: failed === undefined ? rest : 'violated',
    runs,
    states: hashes.size,
    depth,
    violations: failed === undefined ? 0 : 1,
    violation: failed?.violation,
    trace: failed?.trace ?? [],
    neverHeld,
    seconds: (performance.now() - begun) / 1_000,
  };
}

/** As many nodes as the exploration says, between which messages take at most so long; and no other fault. */
function smallest<O>(simulation: ActorSimulation<O>): ActorSimulation<O> {
  const { exploration, name } = simulation;
  if (exploration === undefined)
    throw simError(
      'TROUPE_SIM_DEFINITION',
      `Expected an exploration in the simulation ${name}, got none: give it a number of nodes, { nodes: 1 }.`,
    );
  const { nodes, delayMax = 1 } = exploration;
  return {
    ...simulation,
    nodes,
    faults: {
      links: { delayMax: ticks(delayMax) },
      processes: { crashes: () => 0, pauses: false, slow: false },
      clocks: { driftPerMillion: 0, offsetMax: ticks(0) },
    },
  };
}

/** What the swarm draws is settled: delays there are, of every length up to the most. */
const SETTLED = 'swarm ';
const EVEN = 'swarm long tail';

/** Goes the way of the tree, from the beginning or, where the program says when it is ready, from there. */
class TreeChooser implements Chooser {
  /** The program has said so, in this run. */
  isReady = false;
  readonly #tree: ChoiceTree;
  readonly #waits: boolean;

  constructor(tree: ChoiceTree, waits: boolean) {
    this.#tree = tree;
    this.#waits = waits;
  }

  choose(label: string, n: number): number {
    if (label.startsWith(SETTLED)) return label === EVEN ? 0 : n - 1;
    if (n === 1 || (this.#waits && !this.isReady)) return 0;
    return this.#tree.choose(label, n);
  }

  begin(): boolean {
    return true;
  }

  ready(): void {
    this.isReady = true;
  }
}

/** Whether the program says when it is ready. */
async function saysWhenReady<O>(simulation: ActorSimulation<O>): Promise<boolean> {
  const chooser = new TreeChooser(new ChoiceTree(), false);
  await runActors(simulation, chooser);
  return chooser.isReady;
}

async function replay<O>(
  simulation: ActorSimulation<O>,
  path: readonly number[],
  waits: boolean,
  violation: Violation,
) {
  const tracer = new Tracer();
  await runActors(simulation, new TreeChooser(new ChoiceTree(Number.MAX_SAFE_INTEGER, path), waits), tracer);
  return { violation, trace: tracer.events };
}

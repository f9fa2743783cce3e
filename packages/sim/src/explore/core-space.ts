/**
 * The states of a system of cores: a row of numbers each, for the state of every node, for what is on its way, for what
 * the observer made of the past, for the requests that were made, and for the faults that are spent. Whatever may
 * happen next does: any message arrives, any timer that is set and due fires, time passes (where there is any), a record
 * becomes durable, a request is made, a fault strikes. A step of a node is taken once, however many states of the system it is met in.
 */
import { assertOption, type CoreShape, type NodeId, nodeId, type RequestId } from '@troupe/protocol';
import type { Exploration, ExplorationClock, Simulation } from '../simulation.ts';
import type { Properties, View } from '../view.ts';
import { type Budgets, budgetsOf, type Fault, spend, spentAll } from './budgets.ts';
import { CoreRenamer } from './core-renamer.ts';
import { type CoreStep, CoreWords } from './core-words.ts';
import { Futures } from './futures.ts';
import { InFlight } from './in-flight.ts';
import { Interner } from './interner.ts';
import type { LocalState, LocalStep, Outcome } from './local-state.ts';
import { Observations } from './observations.ts';
import { Reduction } from './reduction.ts';
import type { ExploreOptions } from './report.ts';
import { RowSet } from './row-set.ts';
import { SpentMessages } from './spent-messages.ts';
import { StateRows } from './state-rows.ts';
import type { SpaceProperties, SpaceProperty, StateSpace, StepWords, Visit } from './state-space.ts';
import { type NodeRequest, Stepper } from './stepper.ts';
import { Symmetry } from './symmetry.ts';

/** One bit each. */
export const REQUESTS_MAX = 31;
export const NODES_MAX = 16;

const EVERYONE = -1;

type Emit = (to: number, progress: boolean, step: CoreStep, node: number, outcome: Outcome | undefined) => void;

export class CoreSpace<S extends CoreShape, O> implements StateSpace {
  readonly properties: SpaceProperties;
  readonly #isReduced: boolean;
  readonly #nodes: readonly NodeId[];
  readonly #inFlight: InFlight;
  readonly #stepper: Stepper<S>;
  readonly #observations: Observations<S, O>;
  readonly #simulation: Simulation<S, O>;
  readonly #exploration: Exploration<S, O>;
  readonly #budgets: Budgets;
  readonly #spentAll: number;
  readonly #onBeat: ExploreOptions['onBeat'];
  #reduction: Reduction<S> | undefined;
  #spent: SpentMessages<S> | undefined;
  /** Orders of steps were left out, and with them states of several nodes. */
  #hasLeftOut = false;
  #rows: StateRows;
  #views: RowSet;
  readonly #words: CoreWords<S>;
  readonly #obligations = new Interner<undefined>();
  /** The columns behind those of the nodes. */
  readonly #flightAt: number;
  readonly #observedAt: number;
  readonly #madeAt: number;
  readonly #usedAt: number;
  /** The row that is gone from, the one that is made of it, and the one that is looked up as a view. */
  readonly #from: Int32Array;
  readonly #next: Int32Array;
  readonly #view: Int32Array;

  constructor(
    whole: Simulation<S, O>,
    exploration: Exploration<S, O>,
    options: Pick<ExploreOptions, 'symmetry' | 'reduction' | 'onBeat'> = {},
  ) {
    const { symmetry: isSymmetric = false, reduction = false, onBeat } = options;
    this.#onBeat = onBeat;
    const simulation = { ...whole, ...exploration.instead };
    this.#simulation = simulation;
    const count = exploration.nodes;
    assertOption(Number.isInteger(count) && count >= 1 && count <= NODES_MAX, `1 to ${NODES_MAX} nodes`, count);
    const nodes = Array.from({ length: count }, (_, index) => nodeId(`n${index + 1}`));
    const { fifo = false, copies = Number.POSITIVE_INFINITY } = exploration;
    this.#nodes = nodes;
    this.#budgets = budgetsOf(exploration);
    this.#inFlight = new InFlight(nodes, { fifo, copies });
    this.#stepper = new Stepper<S>(simulation, nodes, numberRequests(exploration, nodes), this.#inFlight, {
      mayCrash: this.#budgets.crashes !== 0,
      mayFailToPersist: this.#budgets.persistFailures !== 0,
      clock: checkedClock(exploration.clock),
      records: exploration.records,
      onStep: onBeat && ((node, step) => onBeat(() => this.#words.action(step, node))),
    });
    this.#observations = new Observations<S, O>(simulation.observer, nodes, this.#stepper.told);
    this.#words = new CoreWords(nodes, this.#stepper, this.#inFlight);
    [this.#flightAt, this.#observedAt, this.#madeAt, this.#usedAt] = [count, count + 1, count + 2, count + 3];
    this.#from = new Int32Array(count + 4);
    this.#next = new Int32Array(count + 4);
    this.#view = new Int32Array(count + 1);
    this.#views = new RowSet(count + 1);
    const symmetric = (isSymmetric ? exploration.symmetry?.(nodes) : undefined) ?? [];
    const renamer = new CoreRenamer(nodes, this.#stepper, this.#inFlight, this.#observations);
    const symmetry = symmetric.length < 2 ? undefined : new Symmetry(nodes, symmetric, renamer);
    this.#rows = new StateRows(count + 4, symmetry);
    this.#exploration = exploration;
    this.#isReduced = reduction;
    assertOption(!(reduction && symmetry !== undefined), 'either reduction or symmetry', { reduction, isSymmetric });
    this.#spentAll = spentAll(this.#budgets);
    this.properties = {
      always: this.#properties(simulation.always),
      finally: this.#properties(simulation.finally),
      sometimes: this.#properties(simulation.sometimes),
      eventually: this.#properties(simulation.eventually),
    };
  }

  get size(): number {
    return this.#rows.size;
  }

  start(): void {
    this.#next.fill(0);
    this.#startFrom(0);
    // A clock that goes on depends on every node, and every node on it.
    if (!this.#isReduced || this.#exploration.clock !== undefined) return;
    this.#spent = new SpentMessages(this.#stepper);
    const futures = new Futures(this.#nodes, this.#stepper, this.#inFlight);
    this.#reduction = new Reduction(futures, {
      isObserved: this.#simulation.observer !== undefined,
      countsCopies: this.#exploration.copies !== undefined,
    });
  }

  get isStale(): boolean {
    return this.#spent?.isStale ?? false;
  }

  restart(): void {
    this.#rows = new StateRows(this.#nodes.length + 4, undefined);
    this.#views = new RowSet(this.#nodes.length + 1);
    if (this.#spent !== undefined) this.#spent.isStale = false;
    this.#hasLeftOut = false;
    this.#next.fill(0);
    this.#startFrom(0);
  }

  expand(from: number, visit: Visit): void {
    if (this.#reduction !== undefined && this.#expandOneNode(from, this.#reduction, visit)) this.#hasLeftOut = true;
    else this.#moves(from, visit);
  }

  undecided(kind: keyof SpaceProperties, property: string): string | undefined {
    const { timeouts, local, clock } = this.#exploration;
    if (this.#hasLeftOut && kind === 'always' && local?.includes(property) !== true)
      return 'it may look at several nodes at once, and reduction leaves such states out: see exploration.local';
    if (this.#isReduced && kind === 'eventually') return 'reduction leaves states out';
    if (this.#hasLeftOut && kind === 'sometimes') return 'reduction leaves states out';
    if (kind !== 'eventually') return undefined;
    if (timeouts !== undefined) return 'exploration.timeouts bounds how often timers fire';
    if (clock !== undefined) return 'exploration.clock ends';
    return this.#rows.isQuotient ? 'states that differ by names are one, with symmetry' : undefined;
  }

  viewOf(state: number): number {
    const view = this.#view;
    for (let node = 0; node < this.#nodes.length; node++) view[node] = this.#localOf(state, node).viewNumber;
    view[this.#nodes.length] = this.#rows.part(state, this.#observedAt);
    return this.#views.add(view);
  }

  fairness(from: number, visit: (to: number, obligation: number) => void): void {
    this.#moves(from, (to, progress, step, node) => {
      if (progress)
        visit(
          to,
          this.#obligations.number(`${node} ${JSON.stringify(step)}`, () => undefined),
        );
    });
  }

  describe(from: number, to: number): StepWords {
    let words: StepWords | undefined;
    this.#moves(from, (reached, _progress, step, node, outcome) => {
      if (reached === to && words === undefined)
        words = this.#words.step(step, node, outcome, this.#localOf(from, node));
    });
    return words ?? { action: 'nothing leads there', effects: [] };
  }

  describeStart(state: number): string {
    return this.#words.start(this.#rows.part(state, this.#flightAt));
  }

  failureOf(state: number): string | undefined {
    if (!this.#stepper.hasFailed) return undefined;
    for (let node = 0; node < this.#nodes.length; node++) {
      const { failure, view } = this.#localOf(state, node);
      if (failure !== undefined) return `a step of ${view.id} threw ${failure}`;
    }
    return undefined;
  }

  /** All nodes start before anything else happens, each in every way that its choices allow. */
  #startFrom(node: number): void {
    if (node === this.#nodes.length) {
      this.#rows.add(this.#next);
      return;
    }
    const before = this.#next.slice();
    for (const outcome of this.#stepper.start(node)) {
      this.#next.set(before);
      this.#write(node, before[this.#flightAt] as number, outcome);
      this.#startFrom(node + 1);
    }
  }

  /** With reduction: the steps of one node, where they stand for all. False where there is no such node. */
  #expandOneNode(from: number, reduction: Reduction<S>, visit: Visit): boolean {
    const row = this.#from;
    const nodes = this.#nodes.length;
    this.#rows.read(from, row);
    if (row[this.#usedAt] !== this.#spentAll) return false;
    for (let node = 0; node < nodes; node++) if (!this.#localOf(from, node).situation.isUp) return false;
    for (let node = 0; node < nodes; node++) {
      if (!reduction.hearsNothingNew(node, row, nodes, row[this.#madeAt] as number)) continue;
      const reached: number[] = [];
      let mayStandAlone = true;
      let isLeft = false;
      const collect: Emit = (to, _progress, _step, _node, outcome) => {
        reached.push(to);
        if (to > from) isLeft = true;
        if (outcome === undefined || !reduction.isIndependent(outcome)) mayStandAlone = false;
      };
      this.#stepsOf(node, collect);
      if (!mayStandAlone || !isLeft) continue;
      for (const to of reached) visit(to, true);
      return true;
    }
    return false;
  }

  #stepsOf(node: number, emit: Emit): void {
    this.#messages(emit, node);
    this.#ownSteps(node, emit);
    this.#requests(emit, node);
  }

  /** Every transition out of a state. */
  #moves(from: number, emit: Emit): void {
    this.#onBeat?.();
    this.#rows.read(from, this.#from);
    this.#messages(emit);
    for (let node = 0; node < this.#nodes.length; node++) this.#ownSteps(node, emit);
    this.#requests(emit);
    if (this.#exploration.clock !== undefined) this.#timePasses(this.#exploration.clock, emit);
  }

  /** For all nodes at once, or for one whose clock is not too far ahead. */
  #timePasses({ steps, skew = 0 }: ExplorationClock, emit: Emit): void {
    const row = this.#from;
    const clocks = this.#nodes.map((_, node) => this.#local(node, row[node] as number).situation.clock);
    const least = Math.min(...clocks);
    const goOn = (nodes: readonly number[], step: CoreStep): void => {
      this.#next.set(row);
      for (const node of nodes) this.#next[node] = this.#stepper.later(this.#local(node, row[node] as number));
      emit(this.#rows.add(this.#next), true, step, nodes[0] as number, undefined);
    };
    if (skew === 0) {
      if (least < steps) goOn([...clocks.keys()], { kind: 'time' });
      return;
    }
    clocks.forEach((clock, node) => {
      if (clock < steps && clock - least < skew) goOn([node], { kind: 'clock' });
    });
  }

  #messages(emit: Emit, only = EVERYONE): void {
    const row = this.#from;
    const flight = row[this.#flightAt] as number;
    const used = row[this.#usedAt] as number;
    for (const envelope of this.#inFlight.next(flight)) {
      const { from, to } = this.#inFlight.envelope(envelope);
      if (only !== EVERYONE && only !== to) continue;
      const rest = this.#inFlight.without(flight, envelope);
      const local = this.#local(to, row[to] as number);
      const { isUp } = local.situation;
      if (isUp) {
        const step = { kind: 'message', envelope } as const;
        for (const outcome of this.#stepper.deliver(local, envelope)) this.#go(to, rest, outcome, used, step, emit);
      }
      // What comes to a node that is down is lost, or waits for it on the way. A node does not lose what it tells itself.
      const lost = isUp ? (from === to ? undefined : spend(this.#budgets, used, 'drops')) : used;
      if (lost !== undefined) this.#strike(to, rest, lost, { kind: 'lose', envelope }, emit);
      const doubled = from === to ? undefined : spend(this.#budgets, used, 'duplicates');
      if (doubled === undefined) continue;
      const more = this.#inFlight.repeated(flight, envelope);
      this.#strike(to, more, doubled, { kind: 'duplicate', envelope }, emit);
    }
  }

  #ownSteps(node: number, emit: Emit): void {
    const row = this.#from;
    const used = row[this.#usedAt] as number;
    for (const { step, outcomes } of this.#stepper.own(this.#local(node, row[node] as number))) {
      const fault = FAULT_OF[step.kind];
      const after = fault === undefined ? used : spend(this.#budgets, used, fault);
      if (after === undefined) continue;
      for (const outcome of outcomes) this.#go(node, row[this.#flightAt] as number, outcome, after, step, emit);
    }
  }

  #requests(emit: Emit, only = EVERYONE): void {
    const row = this.#from;
    const made = row[this.#madeAt] as number;
    const { requests } = this.#stepper;
    for (let index = 0; index < requests.length; index++) {
      if ((made & (1 << index)) !== 0) continue;
      const { node } = requests[index] as NodeRequest<S>;
      if (only !== EVERYONE && only !== node) continue;
      const local = this.#local(node, row[node] as number);
      if (!local.situation.isUp) continue;
      const step = { kind: 'request', index } as const;
      for (const outcome of this.#stepper.request(local, index)) {
        this.#next.set(row);
        this.#next[this.#madeAt] = made | (1 << index);
        this.#write(node, row[this.#flightAt] as number, outcome);
        emit(this.#rows.add(this.#next), true, step, node, outcome);
      }
    }
  }

  /** A node takes a step. */
  #go(node: number, flight: number, outcome: Outcome, used: number, step: LocalStep, emit: Emit): void {
    this.#next.set(this.#from);
    this.#next[this.#usedAt] = used;
    this.#write(node, flight, outcome);
    emit(this.#rows.add(this.#next), !NO_PROGRESS.has(step.kind), step, node, outcome);
  }

  /** A link fails. */
  #strike(node: number, flight: number, used: number, step: CoreStep, emit: Emit): void {
    this.#next.set(this.#from);
    this.#next[this.#flightAt] = flight;
    this.#next[this.#usedAt] = used;
    emit(this.#rows.add(this.#next), false, step, node, undefined);
  }

  #write(node: number, flight: number, { to, sends, told }: Outcome): void {
    const next = this.#next;
    const spent = this.#spent;
    if (spent !== undefined) spent.follow(this.#local(node, next[node] as number), this.#local(node, to));
    next[node] = to;
    next[this.#flightAt] = this.#inFlight.with(flight, sends);
    next[this.#observedAt] = this.#observations.after(next[this.#observedAt] as number, told);
    if (spent !== undefined) next[this.#flightAt] = this.#without(spent, next[this.#flightAt] as number);
  }

  /** What is on its way, without what can change nothing any more. */
  #without(spent: SpentMessages<S>, flight: number): number {
    let left = flight;
    for (const envelope of this.#inFlight.envelopesOf(flight)) {
      const { to } = this.#inFlight.envelope(envelope);
      const local = this.#local(to, this.#next[to] as number);
      if (spent.isSpent(local, envelope)) left = this.#inFlight.without(left, envelope);
    }
    return left;
  }

  #local(node: number, number: number): LocalState<S> {
    return this.#stepper.local(node, number);
  }

  #localOf(state: number, node: number): LocalState<S> {
    return this.#local(node, this.#rows.part(state, node));
  }

  #properties(given: Properties<S, O> = {}): ReadonlyMap<string, SpaceProperty> {
    return new Map(Object.entries(given).map(([name, holds]) => [name, (state) => holds(this.#viewAt(state))]));
  }

  #viewAt(state: number): View<S, O> {
    return {
      nodes: this.#nodes.map((_, node) => this.#localOf(state, node).view),
      observed: this.#observations.at(this.#rows.part(state, this.#observedAt)),
    };
  }
}

const FAULT_OF: Readonly<Record<string, Fault | undefined>> = {
  timeout: 'timeouts',
  crash: 'crashes',
  'persist-failed': 'persistFailures',
};
const NO_PROGRESS: ReadonlySet<CoreStep['kind']> = new Set(['crash', 'restart', 'persist-failed']);

function checkedClock(clock: ExplorationClock | undefined): ExplorationClock | undefined {
  if (clock === undefined) return undefined;
  const { step, steps, skew = 0 } = clock;
  const isClock = isCount(step) && step > 0 && isCount(steps) && isCount(skew);
  assertOption(isClock, 'exploration.clock with a step of 1 tick or more, and whole steps and skew from 0 up', clock);
  return clock;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Each is named by its node, and by how many of that node's come before it. */
function numberRequests<S extends CoreShape>(
  exploration: Pick<Exploration<S>, 'requests'>,
  nodes: readonly NodeId[],
): readonly NodeRequest<S>[] {
  const given = exploration.requests?.(nodes) ?? [];
  assertOption(given.length <= REQUESTS_MAX, `at most ${REQUESTS_MAX} requests`, given.length);
  return given.map(({ node, request }, index) => {
    assertOption(nodes.includes(node), 'requests to nodes that there are', node);
    const generation = given.slice(0, index).filter((earlier) => earlier.node === node).length;
    const id: RequestId = { key: node, generation, name: 'request' };
    return { node: nodes.indexOf(node), id, request };
  });
}

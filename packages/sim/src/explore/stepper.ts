/**
 * Takes the steps of nodes: each step of each state of a node once, in all the ways that its core's choices allow. What a
 * step leads to depends on the node's state and the event alone, so the search of the whole system looks it up.
 */
import {
  CoreDriver,
  type CoreShape,
  chooseTame,
  clonePlain,
  type DriverHost,
  fingerprint,
  isTroupeError,
  type NodeId,
  type RequestId,
  type Ticks,
} from '@troupe/protocol';
import { simError } from '../errors.ts';
import type { ExplorationClock, Simulation } from '../simulation.ts';
import type { Occurrence } from '../view.ts';
import { ChoiceTree } from './choice-tree.ts';
import type { InFlight } from './in-flight.ts';
import { Interner } from './interner.ts';
import { essenceOf, LocalState, type LocalStep, type Outcome, type OwnStep, type Situation } from './local-state.ts';

/** What the steps of nodes need to know of a search. */
export interface StepRules<S extends CoreShape = CoreShape> {
  /** Which of their own steps that are faults may be met at all. */
  readonly mayCrash: boolean;
  readonly mayFailToPersist: boolean;
  readonly clock: ExplorationClock | undefined;
  readonly records: ((self: NodeId) => readonly S['Record'][]) | undefined;
  /** Told of each step before it is taken: it may never end. */
  readonly onStep?: ((node: number, step: LocalStep) => void) | undefined;
}

export interface NodeRequest<S extends CoreShape> {
  readonly node: number;
  /** Names the node, so that renaming nodes renames it too. */
  readonly id: RequestId;
  readonly request: S['Request'];
}

/** A situation that a step is working on. */
type Draft<S extends CoreShape> = { -readonly [K in keyof Situation<S>]: Situation<S>[K] } & {
  unsynced: S['Record'][];
  commands: S['Command'][];
  results: { token: S['Token']; result: S['Result'] }[];
  due: Map<number, number>;
};

export class Stepper<S extends CoreShape> {
  /** What could be seen of a step; nothing is 0. */
  readonly told = new Interner<readonly Occurrence<S>[]>();
  readonly requests: readonly NodeRequest<S>[];
  readonly #simulation: Pick<Simulation<S, unknown>, 'core' | 'options' | 'machine'>;
  readonly #nodes: readonly NodeId[];
  readonly #inFlight: InFlight;
  readonly #rules: StepRules<S>;
  /** The states of each node. */
  readonly #locals: readonly Interner<LocalState<S>>[];
  readonly #views = new Interner<undefined>();
  #hasFailed = false;

  constructor(
    simulation: Pick<Simulation<S, unknown>, 'core' | 'options' | 'machine'>,
    nodes: readonly NodeId[],
    requests: readonly NodeRequest<S>[],
    inFlight: InFlight,
    rules: StepRules<S>,
  ) {
    this.#simulation = simulation;
    this.#nodes = nodes;
    this.#inFlight = inFlight;
    this.#rules = rules;
    this.requests = requests;
    this.#locals = nodes.map(() => new Interner<LocalState<S>>());
    this.told.number('[]', () => []);
  }

  local(node: number, number: number): LocalState<S> {
    return (this.#locals[node] as Interner<LocalState<S>>).at(number);
  }

  /** Some step of some node threw. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** The first incarnation of a node. */
  start(node: number): readonly Outcome[] {
    return this.#inAllWays(node, undefined, (run) => run.start(false));
  }

  deliver(local: LocalState<S>, envelope: number): readonly Outcome[] {
    return (local.deliveries[envelope] ??= this.#take(local, { kind: 'message', envelope }));
  }

  request(local: LocalState<S>, index: number): readonly Outcome[] {
    return (local.requests[index] ??= this.#take(local, { kind: 'request', index }));
  }

  /** What a node may do by itself, crash and restart included. */
  own(local: LocalState<S>): NonNullable<LocalState<S>['own']> {
    return (local.own ??= this.#ownSteps(local).map((step) => ({ step, outcomes: this.#take(local, step) })));
  }

  /** Its clock goes on. @returns the number of the node's state after it */
  later(local: LocalState<S>): number {
    const { node, situation, failure } = local;
    return (local.later ??= this.intern(node, { ...situation, clock: situation.clock + 1 }, failure));
  }

  /** Numbers a state of a node. */
  intern(node: number, situation: Situation<S>, failure?: string): number {
    if (failure !== undefined) this.#hasFailed = true;
    const id = this.#nodes[node] as NodeId;
    const { isUp, isCorrect, driver, durable, clock } = situation;
    const key = failure === undefined ? fingerprint(essenceOf(situation)) : `threw ${failure} ${clock}`;
    return (this.#locals[node] as Interner<LocalState<S>>).number(key, () => {
      const seen = fingerprint([isUp, isCorrect, driver.state, durable, failure ?? '', clock]);
      const view = this.#views.number(seen, () => undefined);
      return new LocalState(node, id, situation, failure, view, timeAt(clock, this.#rules));
    });
  }

  #take(local: LocalState<S>, step: LocalStep): readonly Outcome[] {
    const { node } = local;
    this.#rules.onStep?.(node, step);
    switch (step.kind) {
      case 'message': {
        const { from, message } = this.#inFlight.envelope(step.envelope);
        return this.#inAllWays(node, local, (run) => run.message(this.#nodes[from] as NodeId, message));
      }
      case 'request': {
        const { id, request } = this.requests[step.index] as NodeRequest<S>;
        return this.#inAllWays(node, local, (run) => run.request(id, request));
      }
      case 'timeout':
        return this.#inAllWays(node, local, (run) => run.timeout(step.label));
      case 'persisted':
        return this.#inAllWays(node, local, (run) => run.persisted());
      case 'persist-failed':
        return this.#inAllWays(node, local, (run) => run.persistFailed());
      case 'applied':
        return this.#inAllWays(node, local, (run) => run.applied());
      case 'crash':
        return this.#inAllWays(node, local, (run) => run.crash());
      case 'restart':
        return this.#inAllWays(node, local, (run) => run.start(true));
    }
  }

  #inAllWays(node: number, local: LocalState<S> | undefined, take: (run: StepRun<S>) => void): Outcome[] {
    const tree = new ChoiceTree();
    const outcomes: Outcome[] = [];
    const known = new Set<string>();
    do {
      const run = new StepRun(this.#simulation, this.#nodes, node, local?.situation, tree, this.#rules);
      let failure: string | undefined;
      try {
        take(run);
      } catch (error) {
        if (isTroupeError(error, 'TROUPE_SIM_DEFINITION') || isTroupeError(error, 'TROUPE_CORE_OPTIONS')) throw error;
        failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      }
      const outcome = this.#outcome(node, run, failure ?? local?.failure);
      const key = `${outcome.to}/${outcome.sends}/${outcome.told}`;
      if (!known.has(key)) outcomes.push(outcome);
      known.add(key);
    } while (tree.next());
    return outcomes;
  }

  #ownSteps({ situation, failure }: LocalState<S>): OwnStep[] {
    const { mayCrash, mayFailToPersist } = this.#rules;
    const { isUp, driver, unsynced, results, clock, due } = situation;
    if (failure !== undefined) return [];
    if (!isUp) return [{ kind: 'restart' }];
    const steps: OwnStep[] = [];
    for (const [label, { ticket }] of driver.timers)
      if ((due.get(ticket) ?? 0) <= clock) steps.push({ kind: 'timeout', label });
    if (unsynced.length > 0) steps.push({ kind: 'persisted' });
    if (unsynced.length > 0 && mayFailToPersist) steps.push({ kind: 'persist-failed' });
    if (results.length > 0) steps.push({ kind: 'applied' });
    if (mayCrash) steps.push({ kind: 'crash' });
    return steps;
  }

  #outcome(node: number, run: StepRun<S>, failure: string | undefined): Outcome {
    const sends = failure === undefined ? run.sends : [];
    const envelopes = sends.map(({ to, message }) => this.#inFlight.number(node, this.#nodes.indexOf(to), message));
    const told = failure === undefined ? run.told : [];
    return {
      to: this.intern(node, run.situation, failure),
      sends: this.#inFlight.batch(envelopes),
      told: this.told.number(fingerprint(told), () => told),
    };
  }
}

const timeAt = (clock: number, { clock: rules }: Pick<StepRules, 'clock'>): Ticks =>
  (clock * (rules?.step ?? 0)) as Ticks;

/** One step of one node, on a copy of its situation. */
class StepRun<S extends CoreShape> {
  readonly sends: { readonly to: NodeId; readonly message: S['Message'] }[] = [];
  readonly told: Occurrence<S>[] = [];
  readonly #simulation: Pick<Simulation<S, unknown>, 'core' | 'options' | 'machine'>;
  readonly #nodes: readonly NodeId[];
  readonly #node: NodeId;
  readonly #tree: ChoiceTree;
  readonly #rules: StepRules<S>;
  #draft: Draft<S> | undefined;
  #machine: ((command: S['Command']) => S['Result']) | undefined;

  constructor(
    simulation: Pick<Simulation<S, unknown>, 'core' | 'options' | 'machine'>,
    nodes: readonly NodeId[],
    node: number,
    from: Situation<S> | undefined,
    tree: ChoiceTree,
    rules: StepRules<S>,
  ) {
    this.#simulation = simulation;
    this.#nodes = nodes;
    this.#node = nodes[node] as NodeId;
    this.#tree = tree;
    this.#rules = rules;
    this.#draft = clonePlain(from) as Draft<S> | undefined;
  }

  /** What the step has made of it. */
  get situation(): Situation<S> {
    return this.#now;
  }

  start(restarted: boolean): void {
    const { core, options } = this.#simulation;
    const before = this.#draft;
    if (restarted) this.told.push({ kind: 'restart', node: this.#node });
    const durable = before === undefined ? this.#found() : before.durable;
    const driver = new CoreDriver(core, options(this.#node, this.#nodes, chooseTame), this.#host, clonePlain(durable));
    this.#draft = {
      isUp: true,
      isCorrect: before?.isCorrect ?? true,
      driver: driver.situation,
      durable,
      unsynced: [],
      commands: [],
      results: [],
      clock: before?.clock ?? 0,
      due: new Map(),
    };
    driver.start(this.#time, restarted || durable !== undefined);
  }

  /** What is on its disk before anything happens. */
  #found(): S['Durable'] | undefined {
    let durable: S['Durable'] | undefined;
    for (const record of this.#rules.records?.(this.#node) ?? [])
      durable = this.#simulation.core.fold?.(durable, clonePlain(record));
    return durable;
  }

  message(from: NodeId, message: S['Message']): void {
    // A step may not mutate its event; a copy sees to it that one which does can't spoil the search.
    this.#resume().message(this.#time, from, clonePlain(message));
  }

  request(id: RequestId, request: S['Request']): void {
    this.told.push({ kind: 'request', node: this.#node, id, request });
    this.#resume().request(this.#time, id, clonePlain(request));
  }

  timeout(label: string | number): void {
    const timer = this.#now.driver.timers.get(label);
    if (timer === undefined) return;
    this.#now.due.delete(timer.ticket);
    this.#resume().timeout(this.#time, timer.ticket);
  }

  persisted(): void {
    const draft = this.#now;
    const [oldest] = draft.driver.persists;
    if (oldest === undefined) return;
    this.#makeDurable(draft.unsynced.splice(0, 1));
    this.#resume().persisted(this.#time, oldest.sequence);
  }

  /** Nobody knows whether a record survives whose write has failed. */
  persistFailed(): void {
    const draft = this.#now;
    const [oldest] = draft.driver.persists;
    if (oldest === undefined) return;
    const failed = draft.unsynced.splice(0, 1);
    if (this.#tree.choose('failed record survives', 2) === 1) this.#makeDurable(failed);
    this.#resume().persistFailed(this.#time, oldest.sequence, 'input/output error');
  }

  applied(): void {
    const first = this.#now.results.shift();
    if (first !== undefined) this.#resume().applied(this.#time, first.token, first.result);
  }

  /** Of the records that are under way, any number may have reached the disk, the first ones first. */
  crash(): void {
    const draft = this.#now;
    const survive = draft.unsynced.length === 0 ? 0 : this.#tree.choose('survive', draft.unsynced.length + 1);
    this.#makeDurable(draft.unsynced.slice(0, survive));
    draft.isUp = false;
    draft.isCorrect = false;
    draft.unsynced = [];
    draft.commands = [];
    draft.results = [];
    draft.due = new Map();
    this.told.push({ kind: 'crash', node: this.#node });
  }

  get #now(): Draft<S> {
    if (this.#draft === undefined)
      throw simError('TROUPE_SIM_DEFINITION', 'Expected a node that was started, got none.');
    return this.#draft;
  }

  get #time(): Ticks {
    return timeAt(this.#now.clock, this.#rules);
  }

  /** Those that are due after the last step of the clock are all alike: they never fire. */
  #setTimer(ticket: number, delay: Ticks): void {
    const { clock } = this.#rules;
    if (clock === undefined) return;
    const due = Math.ceil((this.#time + delay) / clock.step);
    this.#now.due.set(ticket, Math.min(due, clock.steps + 1));
  }

  #makeDurable(records: readonly S['Record'][]): void {
    const draft = this.#now;
    for (const record of records) draft.durable = this.#simulation.core.fold?.(draft.durable, record);
  }

  #resume(): CoreDriver<S> {
    return CoreDriver.resume(this.#simulation.core, this.#host, this.#now.driver);
  }

  #apply(command: S['Command'], token: S['Token'] | undefined): void {
    const draft = this.#now;
    if (this.#machine === undefined) {
      this.#machine = this.#simulation.machine?.(this.#node);
      for (const earlier of draft.commands) this.#machine?.(clonePlain(earlier));
    }
    if (this.#machine === undefined) {
      throw simError('TROUPE_SIM_DEFINITION', `Expected a machine for ${this.#simulation.core.name}, got none.`);
    }
    const result = this.#machine(clonePlain(command));
    draft.commands.push(command);
    this.told.push({ kind: 'applied', node: this.#node, command, result });
    if (token !== undefined) draft.results.push({ token, result });
  }

  readonly #host: DriverHost<S> = {
    choose: (label, n) => this.#tree.choose(label, n),
    send: (to, message) => {
      // What goes to a node outside of the system is lost.
      if (this.#nodes.includes(to)) this.sends.push({ to, message });
    },
    setTimer: (ticket, delay) => this.#setTimer(ticket, delay),
    cancelTimer: (ticket) => void this.#now.due.delete(ticket),
    persist: (_sequence, record) => this.#now.unsynced.push(record),
    apply: (command, token) => this.#apply(command, token),
    reply: (id, reply) => this.told.push({ kind: 'reply', node: this.#node, id, reply }),
    indicate: (indication) => this.told.push({ kind: 'indication', node: this.#node, indication }),
    request: () => {
      throw simError(
        'TROUPE_SIM_DEFINITION',
        `Expected a core that stands alone, got ${this.#simulation.core.name}, which asks a lower layer. Stack it on that layer.`,
      );
    },
  };
}

/**
 * One run of a simulation of cores: a safety phase under the faults that were drawn for it, then a liveness phase, in which
 * a quorum is healed and progress demanded. What it does depends on its chooser alone.
 */
import { type CoreShape, isTroupeError, type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import type { Chooser } from '../choices/chooser.ts';
import { Judge } from '../judge.ts';
import { Broken, type RunOutcome, threw, type Violation } from '../outcome.ts';
import type { Simulation } from '../simulation.ts';
import { type DrawnFaults, drawFaults, faultBounds } from '../swarm.ts';
import { asynchronous, type SystemModel } from '../system-model.ts';
import type { Tracer } from '../trace.ts';
import type { Occurrence, View } from '../view.ts';
import { Buggify } from './buggify.ts';
import { type Adversary, type AdversaryContext, SEEN_MAX, type Sent } from './byzantine.ts';
import { Clients } from './clients.ts';
import { Delivery, OrderedDelivery } from './core-events.ts';
import { CoreNode } from './core-node.ts';
import { FaultInjector } from './fault-injector.ts';
import { Links } from './links.ts';
import { fieldsOf, textOf } from './message-text.ts';
import { NodeClock, outwards } from './node-clock.ts';
import { World } from './world.ts';

/** Ticks of each phase, where a simulation doesn't say. */
export const PHASE_TICKS = 1_000;
/** What the number of nodes that lie is chosen under. */
export const BYZANTINE_NODES = 'byzantine nodes';
/** A state is shown with at most so many characters. */
const STATE_TEXT_MAX = 2_000;

export class CoreRun<S extends CoreShape, O> {
  readonly #simulation: Simulation<S, O>;
  readonly #world: World;
  readonly #nodes: CoreNode<S>[] = [];
  readonly #byNode = new Map<NodeId, CoreNode<S>>();
  readonly #byzantine = new Map<CoreNode<S>, Sent<S>[]>();
  readonly #links: Links;
  readonly #injector: FaultInjector<S>;
  readonly #judge: Judge<View<S, O>>;
  readonly #clients: Clients<S>;
  readonly #observed: O;
  readonly #buggify: Buggify;
  readonly #drawnOptions = new Map<string, number>();
  /** Events that had happened when faults ended. */
  #eventsUnderFaults: number | undefined;

  constructor(simulation: Simulation<S, O>, chooser: Chooser, tracer?: Tracer) {
    this.#simulation = simulation;
    this.#world = new World(chooser, tracer);
    this.#buggify = new Buggify(this.#world);
    const { model = asynchronous, observer } = simulation;
    const ids = this.#drawNodes();
    const faults = drawFaults(faultBounds(simulation.faults, model), (label, n) => this.#world.choose(label, n));
    this.#links = new Links(this.#world, ids, model, faults.links, faults.delaySpread);
    this.#observed = observer?.init(ids) as O;
    for (const [index, id] of ids.entries()) {
      const node = this.#makeNode(id, index, ids, faults);
      this.#nodes.push(node);
      this.#byNode.set(id, node);
    }
    this.#clients = new Clients(this.#world, this.#byNode);
    this.#drawByzantine();
    const stableFrom = model.kind === 'partially-synchronous' ? model.gst : Number.POSITIVE_INFINITY;
    const byzantine = [...this.#byzantine.keys()];
    this.#injector = new FaultInjector(this.#world, this.#nodes, this.#links, faults, byzantine, stableFrom);
    this.#judge = new Judge<View<S, O>>({ nodes: this.#nodes, observed: this.#observed }, simulation);
  }

  run(): RunOutcome {
    let violation: Violation | undefined;
    try {
      this.#start();
      this.#play();
      this.#judge.close();
    } catch (error) {
      violation = this.#violation(error);
    }
    return {
      violation,
      events: this.#world.events,
      calmEvents: this.#world.events - (this.#eventsUnderFaults ?? this.#world.events),
      ticks: this.#world.now,
      hash: this.#world.hash,
      reached: this.#judge.reached,
      faults: { ...Object.fromEntries(this.#injector.counts), ...this.#chanceFaults() },
    };
  }

  #start(): void {
    for (const node of this.#nodes) {
      this.#world.tracer?.open(0, { node: node.id, kind: 'start', text: 'start' });
      node.start();
      if (this.#world.tracer !== undefined) this.#traceState(this.#world.tracer);
    }
    this.#judge.look();
    this.#clients.start(this.#simulation.clients);
    this.#injector.start();
  }

  #play(): void {
    const { safetyTicks = PHASE_TICKS, livenessTicks = PHASE_TICKS, eventually } = this.#simulation;
    const world = this.#world;
    const { tracer } = world;
    const isCalmToCome = eventually !== undefined || this.#judge.hasFinally;
    // What is late comes with the calm: only a run that has none leaves it under way.
    const latest = isCalmToCome ? safetyTicks + 1 : Number.POSITIVE_INFINITY;
    world.lateUntil = Math.min(latest, lateUntil(this.#simulation.model ?? asynchronous));
    while (world.step(safetyTicks)) {
      if (tracer !== undefined) this.#traceState(tracer);
      this.#judge.look();
    }
    if (!isCalmToCome) return;
    world.now = Math.max(world.now, safetyTicks);
    this.#eventsUnderFaults = world.events;
    tracer?.open(world.now, { node: undefined, kind: 'fault', text: 'faults end' });
    this.#injector.heal();
    this.#buggify.calm();
    world.lateUntil = 0;
    const end = safetyTicks + livenessTicks;
    let hasProgressed = this.#judge.awaitProgress() && eventually !== undefined;
    while (!hasProgressed && world.step(end)) {
      if (tracer !== undefined) this.#traceState(tracer);
      this.#judge.look();
      hasProgressed = this.#judge.awaitProgress() && eventually !== undefined;
    }
    this.#judge.demandProgress(livenessTicks);
  }

  #drawNodes(): NodeId[] {
    const { nodes } = this.#simulation;
    const [least, most] = typeof nodes === 'number' ? [nodes, nodes] : nodes;
    const size = least + this.#world.choose('nodes', most - least + 1);
    return Array.from({ length: size }, (_, index) => nodeId(`n${index + 1}`));
  }

  #makeNode(id: NodeId, index: number, ids: readonly NodeId[], faults: DrawnFaults): CoreNode<S> {
    const { driftPerMillion, offsetMax } = faults.clocks;
    const within = (label: string, most: number) =>
      most === 0 ? 0 : outwards(this.#world.choose(`${label} ${id}`, 2 * most + 1));
    const { core, options, machine, records } = this.#simulation;
    return new CoreNode<S>({
      index,
      id,
      core,
      options: options(id, ids, (label, n) => this.#drawOption(label, n)),
      machine,
      records: records?.(id) ?? [],
      world: this.#world,
      // Offsets from the middle up: a clock that would show less than 0 shows nothing.
      clock: new NodeClock(within('drift', driftPerMillion), offsetMax + within('offset', offsetMax)),
      disk: faults.disks,
      buggify: this.#buggify,
      send: (from, to, message) => this.#send(from, to, message),
      observe: (occurrence) => this.#observe(occurrence),
    });
  }

  #drawOption(label: string, n: number): number {
    let drawn = this.#drawnOptions.get(label);
    if (drawn === undefined) {
      drawn = this.#world.choose(`option ${label}`, n);
      this.#drawnOptions.set(label, drawn);
    }
    return drawn;
  }

  #drawByzantine(): void {
    const { byzantine } = this.#simulation;
    if (byzantine === undefined) return;
    const candidates = [...this.#nodes];
    for (let left = this.#world.choose(BYZANTINE_NODES, byzantine.nodes(candidates.length) + 1); left > 0; left--) {
      const [node] = candidates.splice(this.#world.choose('byzantine node', candidates.length), 1);
      if (node === undefined) return;
      node.isCorrect = false;
      this.#byzantine.set(node, []);
    }
  }

  #send(from: CoreNode<S>, to: NodeId, message: S['Message']): void {
    const seen = this.#byzantine.get(from);
    if (seen === undefined || this.#simulation.byzantine === undefined) {
      this.#transmit(from, to, message);
      return;
    }
    const context: AdversaryContext<S> = {
      self: from.id,
      nodes: this.#nodes.map(({ id }) => id),
      seen,
      choose: (label, n) => this.#world.choose(label, n),
    };
    const sent = { to, message };
    for (const act of askAdversary(this.#simulation.byzantine.adversary, sent, context))
      this.#transmit(from, act.to, act.message);
    remember(seen, sent);
  }

  #transmit(from: CoreNode<S>, to: NodeId, message: S['Message']): void {
    const target = this.#byNode.get(to);
    if (target === undefined) return;
    const { tracer } = this.#world;
    const heard = this.#byzantine.get(target);
    if (heard !== undefined) remember(heard, { to, message });
    if (this.#links.isLost(from.index, target.index)) {
      tracer?.send(to, textOf(message), 'lost');
      return;
    }
    const copies = this.#links.isDuplicated(from.index, target.index) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const traced = tracer?.send(to, textOf(message), 'sent');
      const at = this.#links.arrival(from.index, target.index);
      const lane = this.#links.lane(from.index, target.index);
      this.#world.at(
        at,
        lane === undefined
          ? new Delivery(target, from.id, message, traced)
          : new OrderedDelivery(target, from.id, message, traced, lane),
      );
    }
  }

  #observe(occurrence: Occurrence<S>): void {
    try {
      this.#simulation.observer?.on(this.#observed, occurrence, this.#world.now as Ticks);
    } catch (error) {
      throw threw('the observer', error);
    }
    const { tracer } = this.#world;
    if (tracer !== undefined) {
      if (occurrence.kind === 'reply') tracer.tell(`reply ${textOf(occurrence.reply)}`);
      else if (occurrence.kind === 'indication') tracer.tell(textOf(occurrence.indication));
      else if (occurrence.kind === 'crash' || occurrence.kind === 'restart')
        tracer.life(this.#world.now, occurrence.node, occurrence.kind);
    }
    if (occurrence.kind === 'reply') this.#clients.reply(occurrence.id, occurrence.reply);
  }

  #violation(error: unknown): Violation {
    const { now, events } = this.#world;
    const states = this.#nodes
      .filter((node) => node.hasState)
      .map((node) => ({ node: node.id, isUp: node.isUp, state: textOf(node.state, STATE_TEXT_MAX) }));
    if (error instanceof Broken)
      return { kind: error.kind, property: error.property, message: error.message, at: now, events, states };
    const property = isTroupeError(error) ? error.code : error instanceof Error ? error.name : 'thrown';
    // Of a definition that is wrong, where it was found says nothing.
    const isPlain = property === 'TROUPE_SIM_DEFINITION' || property === 'TROUPE_SIM_ZENO';
    const message = error instanceof Error ? ((isPlain ? undefined : error.stack) ?? error.message) : String(error);
    return { kind: 'error', property, message, at: now, events, states };
  }

  /** What went wrong by chance, message by message and record by record. */
  #chanceFaults(): Record<string, number> {
    const sum = (of: (node: CoreNode<S>) => number) => this.#nodes.reduce((total, node) => total + of(node), 0);
    const counts = {
      loss: this.#links.lost,
      duplicate: this.#links.duplicated,
      'lost record': sum((node) => node.lostRecords),
      'failed write': sum((node) => node.failedWrites),
    };
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  }

  #traceState(tracer: Tracer): void {
    const node = tracer.events.at(-1)?.node;
    const state = node === undefined ? undefined : this.#byNode.get(node)?.state;
    if (state !== undefined) tracer.state(textOf(state, STATE_TEXT_MAX), fieldsOf(state));
  }
}

function askAdversary<S extends CoreShape>(
  adversary: Adversary<S>,
  sent: Sent<S>,
  context: AdversaryContext<S>,
): readonly Sent<S>[] {
  try {
    return adversary(sent, context);
  } catch (error) {
    throw threw('the adversary', error);
  }
}

function remember<S extends CoreShape>(seen: Sent<S>[], sent: Sent<S>): void {
  seen.push(sent);
  if (seen.length > SEEN_MAX) seen.shift();
}

/** Up to when nothing bounds how long anything takes. */
function lateUntil(model: SystemModel): number {
  if (model.kind === 'asynchronous') return Number.POSITIVE_INFINITY;
  return model.kind === 'partially-synchronous' ? model.gst : 0;
}

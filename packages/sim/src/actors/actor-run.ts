/**
 * One run of a simulation of actors: a safety phase under the faults that were drawn for it, then a liveness phase, in which
 * nodes are healed and progress demanded. What it does depends on its chooser alone.
 *
 * Runs of one thread follow one another: guards, and what runs now, are the thread's.
 */
import { inspect } from 'node:util';
import {
  type CausalityOptions,
  type Cell,
  type KernelOptions,
  NODE_BACKOFF,
  REDELIVERIES,
  System,
  type SystemHost,
} from '@troupe/actors';
import { isTroupeError } from '@troupe/protocol';
import type { Chooser } from '../choices/chooser.ts';
import { simError } from '../errors.ts';
import { FAULTS, type FaultBounds } from '../faults.ts';
import { Judge } from '../judge.ts';
import { Broken, type RunOutcome, type Violation } from '../outcome.ts';
import { drawFaults } from '../swarm.ts';
import type { Tracer } from '../trace.ts';
import { World } from '../world/world.ts';
import type { ActorFaults, ActorSimulation, ActorState, ActorView, ActorWorld } from './actor-simulation.ts';
import { EventLoop } from './loop/event-loop.ts';
import { raiseGuards } from './loop/guards.ts';
import { Cluster, type LogEntry, PROGRAM, WAKES } from './nodes/cluster.ts';
import { NodeFaults } from './nodes/node-faults.ts';
import { NodeSupervision } from './nodes/node-supervision.ts';
import { OpenAgenda, type Order } from './open-agenda.ts';

/** Ticks of each phase, where a simulation doesn't say: programs wait for whole timeouts of asks. */
const SAFETY_TICKS = 1_000;
const LIVENESS_TICKS = 10_000;
/** As on threads. */
const SYSTEM_DEFAULTS = {
  restarts: 5,
  restartPeriod: 10_000,
  backoff: NODE_BACKOFF,
  hangTimeout: 5_000,
  laneBytes: 262_144,
  redeliver: 'none',
} as const;
/** A state is shown with at most so many characters. */
const STATE_TEXT_MAX = 2_000;
const STATE_SHOWN = {
  depth: 4,
  breakLength: Number.POSITIVE_INFINITY,
  maxArrayLength: 50,
  maxStringLength: 200,
} as const;
/** Ticks between two looks whether a system is quiet. */
const LOOK_TICKS = 2;

/**
 * The strongest that are drawn where a simulation says nothing else. Main never ends, so more than a minority may. Clocks of
 * one machine's threads agree.
 */
export const ACTOR_FAULTS = {
  links: { delayMax: FAULTS.links.delayMax },
  processes: { crashes: (nodes: number) => Math.ceil(nodes / 2), pauses: true, slow: true },
  clocks: { driftPerMillion: 0, offsetMax: 0 },
} as const;

export interface ActorRunOutcome extends RunOutcome {
  /** What was logged last, oldest first. */
  readonly logs: readonly LogEntry[];
}

let last: Promise<unknown> = Promise.resolve();

export function runActors<O>(
  simulation: ActorSimulation<O>,
  chooser: Chooser,
  tracer?: Tracer,
  /** Says what comes next, in the place of time. */
  order?: Order,
): Promise<ActorRunOutcome> {
  const run = last.then(() => new ActorRun(simulation, chooser, tracer, order).run());
  last = run.catch(() => {});
  return run;
}

class ActorRun<O> {
  private readonly simulation: ActorSimulation<O>;
  private readonly chooser: Chooser;
  private readonly world: World;
  private readonly loop = new EventLoop();
  private readonly cluster: Cluster;
  private readonly supervision: NodeSupervision;
  private readonly faults: NodeFaults;
  private readonly judge: Judge<ActorView<O>>;
  private readonly observed: O;
  /** Fails the run, as soon as its event is over. */
  private failure: { readonly error: unknown } | undefined = undefined;
  private hasEnded = false;
  private phase: 'setup' | 'safety' | 'liveness' = 'setup';
  private hasProgressed = false;
  /** Events that had happened when faults ended. */
  private eventsUnderFaults: number | undefined = undefined;
  /** Half of the actors may be there already: nothing is judged. */
  private isRestoring = false;

  constructor(simulation: ActorSimulation<O>, chooser: Chooser, tracer?: Tracer, order?: Order) {
    this.simulation = simulation;
    this.chooser = chooser;
    const agenda = order === undefined ? undefined : new OpenAgenda(order);
    this.world = new World(chooser, tracer, agenda);
    const { restarts, restartPeriod, backoff, hangTimeout, laneBytes, redeliver, ...options } = {
      ...SYSTEM_DEFAULTS,
      ...simulation.options,
    };
    if (!REDELIVERIES.has(redeliver))
      throw simError(
        'TROUPE_SIM_DEFINITION',
        `Expected redeliver to be one of ${[...REDELIVERIES].join(', ')}, got '${redeliver}'.`,
      );
    const drawn = drawFaults(bounds(simulation.faults), (label, n) => this.world.choose(label, n));
    this.cluster = new Cluster(this.world, this.loop, {
      names: this.drawNodes(),
      faults: drawn,
      laneBytes,
      redeliver,
      defect: simulation.defect?.(),
      isOrdered: agenda !== undefined,
      watch: chooser.within === undefined ? undefined : (handling) => chooser.within?.(handling),
    });
    this.cluster.onEscape = (host) =>
      this.fail(
        simError(
          'TROUPE_SIM_ESCAPE',
          `Expected actors of ${host.name} to await virtual time only, got one that went on outside of any event: it had awaited something real.`,
        ),
      );
    // An exploration has no time: jitter would only multiply its runs.
    const delays = order === undefined ? backoff : { ...backoff, jitter: 0 };
    const rules = { restarts, restartPeriod, backoff: delays, hangTimeout };
    this.supervision = new NodeSupervision(this.cluster, rules, options as Partial<KernelOptions> & CausalityOptions);
    this.faults = new NodeFaults(this.cluster, this.supervision, drawn);
    agenda?.open(this.cluster, this.supervision);
    this.observed = simulation.observed?.() as O;
    this.judge = new Judge(this.view(), simulation);
  }

  async run(): Promise<ActorRunOutcome> {
    let violation: Violation | undefined;
    const lower = raiseGuards(this.loop, (error) => this.fail(error));
    const unhandled = (error: unknown): void => this.fail(unhandledRejection(error));
    process.on('unhandledRejection', unhandled);
    try {
      await this.loop.run({ step: () => this.step(), rested: () => this.rested() });
      // What was rejected in the last events is known after a turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.failure !== undefined) throw this.failure.error;
      if (this.phase === 'liveness') this.demandProgress();
      this.judge.close();
    } catch (error) {
      violation = this.violation(error);
    } finally {
      this.supervision.end();
      lower();
      process.off('unhandledRejection', unhandled);
    }
    return {
      violation,
      events: this.world.events,
      calmEvents: this.world.events - (this.eventsUnderFaults ?? this.world.events),
      ticks: this.world.now,
      hash: this.world.hash,
      reached: this.judge.reached,
      faults: this.faults.counts,
      logs: this.cluster.logs,
    };
  }

  private step(): boolean {
    const { safetyTicks = SAFETY_TICKS, livenessTicks = LIVENESS_TICKS, eventually } = this.simulation;
    const { world } = this;
    switch (this.phase) {
      case 'setup':
        this.phase = 'safety';
        this.start();
        return true;
      case 'safety':
        if (world.step(safetyTicks)) return true;
        if (eventually === undefined && !this.judge.hasFinally && this.hasEnded) return false;
        this.phase = 'liveness';
        world.now = Math.max(world.now, safetyTicks);
        this.eventsUnderFaults = world.events;
        world.tracer?.open(world.now, { node: undefined, kind: 'fault', text: 'faults end' });
        this.faults.heal();
        this.cluster.buggify.calm();
        return true;
      case 'liveness':
        return !this.hasProgressed && world.step(safetyTicks + livenessTicks);
    }
  }

  private rested(): void {
    if (this.failure !== undefined) throw this.failure.error;
    if (this.isRestoring) return;
    this.judge.look();
    if (this.phase !== 'liveness' || !this.hasEnded) return;
    // What is checked at the end is checked after all that was planned, unless there is progress to be waited for.
    if (this.judge.awaitProgress() && this.simulation.eventually !== undefined) this.hasProgressed = true;
    if (this.simulation.eventually === undefined && !this.judge.hasFinally) this.hasProgressed = true;
  }

  private start(): void {
    const { cluster, supervision, simulation } = this;
    cluster.current = supervision.main;
    supervision.start();
    const system = new System(supervision.main.kernel, this.systemHost(), simulation.options);
    cluster.enter(supervision.main, () => {
      if (simulation.from === undefined) return this.runProgram(system);
      this.isRestoring = true;
      // What is explored begins when all actors are there, and none has gone on yet.
      const ready = (): void => this.chooser.ready?.();
      system.restore(simulation.from, ready).then(
        () => {
          this.isRestoring = false;
          this.runProgram(system);
        },
        (error) => this.fail(error),
      );
    });
  }

  private runProgram(system: System): void {
    this.faults.start();
    const program = this.simulation.run(system, this.actorWorld());
    if (program === undefined) {
      this.hasEnded = true;
      return;
    }
    program.then(
      () => {
        this.hasEnded = true;
      },
      (error) => this.fail(error),
    );
  }

  private demandProgress(): void {
    const { livenessTicks = LIVENESS_TICKS } = this.simulation;
    if (!this.hasEnded)
      throw new Broken('eventually', 'the program ends', `it did not end within ${livenessTicks} ticks of calm`);
    this.judge.demandProgress(livenessTicks);
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
  }

  private drawNodes(): string[] {
    const { nodes, from } = this.simulation;
    if (from !== undefined) return from.nodes.map(({ name }) => name);
    const [least, most] = typeof nodes === 'number' ? [nodes, nodes] : nodes;
    if (!(Number.isSafeInteger(least) && Number.isSafeInteger(most) && least >= 0 && most >= least))
      throw simError(
        'TROUPE_SIM_DEFINITION',
        `Expected nodes to be a count, or [least, most], got ${JSON.stringify(nodes)}.`,
      );
    const size = least + this.world.choose('nodes', most - least + 1);
    return ['main', ...Array.from({ length: size }, (_, index) => `n${index + 1}`)];
  }

  private systemHost(): SystemHost {
    const { supervision, world } = this;
    return {
      close: async () => supervision.close(),
      unref: () => {},
      ref: () => {},
      counters: () => supervision.counters(),
      quiet: async (timeout) => {
        const until = world.now + timeout;
        while (!supervision.isQuiet && world.now < until) await this.sleep(LOOK_TICKS);
        return supervision.isQuiet;
      },
      kill: async (node, orderedBy) => supervision.crash(this.indexOf(node), `it was killed by order of ${orderedBy}`),
    };
  }

  private actorWorld(): ActorWorld<O> {
    const { world, cluster, supervision, observed } = this;
    return {
      nodes: cluster.names.slice(1),
      get now() {
        return world.now;
      },
      observed,
      isUp: (node) => supervision.living(this.indexOf(node)) !== undefined,
      after: (ticks, action) => void cluster.plan(supervision.main, world.now + ticks, PROGRAM, action),
      sleep: (ticks) => this.sleep(ticks),
      choose: (label, n) => world.choose(label, n),
      ready: () => this.chooser.ready?.(),
      crash: (node) => supervision.crash(this.indexOf(node), 'a fault of the program'),
      pause: (node, ticks) => supervision.pause(this.indexOf(node), ticks),
    };
  }

  /** A shrinker may leave out what the program plans, but not that it wakes up. */
  private sleep(ticks: number): Promise<void> {
    return new Promise((resolve) => {
      this.cluster.plan(this.supervision.main, this.world.now + ticks, WAKES, resolve);
    });
  }

  private indexOf(node: string): number {
    const index = this.cluster.names.indexOf(node);
    if (index < 1)
      throw simError(
        'TROUPE_SIM_DEFINITION',
        `Expected one of the nodes [${this.cluster.names.slice(1).join(', ')}], got '${node}'.`,
      );
    return index;
  }

  private view(): ActorView<O> {
    const { world, cluster, supervision, observed } = this;
    const workers = cluster.names.slice(1);
    return {
      get now() {
        return world.now;
      },
      get nodes() {
        return workers.map((id, at) => ({ id, isUp: supervision.living(at + 1) !== undefined }));
      },
      observed,
      actors: <S>(definition: unknown): readonly ActorState<S>[] => {
        const found: ActorState<S>[] = [];
        for (const cell of this.cells()) if ((cell.type as unknown) === definition) found.push(stateOf<S>(cell));
        return found;
      },
    };
  }

  private *cells(): Iterable<Cell> {
    for (let index = 0; index < this.cluster.names.length; index++) {
      const host = this.supervision.living(index);
      if (host !== undefined) yield* host.actors;
    }
  }

  private violation(error: unknown): Violation {
    const { now, events } = this.world;
    const states = this.cluster.names.map((node, index) => {
      const host = this.supervision.living(index);
      const shown = [...(host?.actors ?? [])]
        .map((cell) => `${cell.ref}: ${inspect(cell.state, STATE_SHOWN)}`)
        .join('\n');
      return { node, isUp: host !== undefined, state: shown.slice(0, STATE_TEXT_MAX) };
    });
    if (error instanceof Broken)
      return { kind: error.kind, property: error.property, message: error.message, at: now, events, states };
    const property = isTroupeError(error) ? error.code : error instanceof Error ? error.name : 'thrown';
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'error', property, message, at: now, events, states };
  }
}

const stateOf = <S>(cell: Cell): ActorState<S> => ({
  actor: cell.ref.toString(),
  node: cell.kernel.name,
  name: cell.ref.name,
  state: cell.state as S,
});

function bounds(given: ActorFaults | undefined): FaultBounds {
  return {
    links: {
      ...ACTOR_FAULTS.links,
      ...given?.links,
      lossPerMille: 0,
      duplicatePerMille: 0,
      fifo: false,
      partitions: false,
    },
    processes: { ...ACTOR_FAULTS.processes, ...given?.processes, recovery: true, omission: false },
    disks: { delayMax: 0 as FaultBounds['disks']['delayMax'], loseUnsynced: false, failurePerMille: 0, full: false },
    clocks: { ...ACTOR_FAULTS.clocks, ...given?.clocks, jumpMax: 0 } as FaultBounds['clocks'],
  };
}

function unhandledRejection(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return simError('TROUPE_SIM_UNHANDLED', `Expected every rejection to be handled, got one that was not: ${message}`, {
    cause: error,
  });
}

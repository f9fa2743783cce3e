/**
 * Starts the nodes of a simulated system, and does what the end of one asks for: counts what is lost, tells the others, each
 * when its notice arrives, and restarts it within its intensity. It stands where the supervisor of threads stands, and does
 * the same in the same order; the rules are those of `NodeLives`, and what an end means for actors is their kernels' matter.
 */
import {
  Causality,
  type CausalityOptions,
  Kernel,
  type KernelOptions,
  messagesLost,
  NodeLives,
  type NodeRestarts,
  STAT_COUNT,
  SystemCausality,
  statsBlock,
} from '@troupe/actors';
import { DELAY } from '../../choices/priority-chooser.ts';
import type { Cluster } from './cluster.ts';
import type { KeptLane } from './kept-lane.ts';
import type { SimHost } from './sim-host.ts';

/** Ticks that a thread takes to start. */
const START_TICKS = 20;
/** A notice of one node to another, or the end of a thread, is known after one tick or up to so many more. */
const NOTICE_DELAY_MAX = 5;

export interface NodeRules extends NodeRestarts {
  /** A node that does nothing for so long is ended; false: never. Ticks. */
  readonly hangTimeout: number | false;
}

interface Node {
  readonly index: number;
  readonly name: string;
  readonly record: NodeLives;
  /** As main knows it: also one that has just died. */
  life: SimHost | undefined;
  lives: number;
  isGone: boolean;
  stats: ArrayBuffer;
  /** When the last notice to it arrives. */
  noticed: number;
}

export class NodeSupervision {
  readonly main: SimHost;
  private readonly cluster: Cluster;
  private readonly rules: NodeRules;
  private readonly options: Partial<KernelOptions> & CausalityOptions;
  private readonly nodes: readonly Node[];
  /** Lives that have ended, as main knows. */
  private readonly ended: SimHost[] = [];
  /** Lanes that outlive their readers, and whose writers have ended: nobody else gives them to the next life. */
  private orphans: KeptLane[] = [];
  private isClosed = false;

  constructor(cluster: Cluster, rules: NodeRules, options: Partial<KernelOptions> & CausalityOptions) {
    this.cluster = cluster;
    this.rules = rules;
    this.options = options;
    this.main = cluster.newHost(0, 1);
    this.nodes = cluster.names.slice(1).map((name, at) => ({
      index: at + 1,
      name,
      record: new NodeLives(rules),
      life: undefined,
      lives: 0,
      isGone: false,
      stats: newStats(),
      noticed: 0,
    }));
    cluster.onThrown = (host, error) => this.thrown(host, error);
  }

  /** All nodes at once, before anything happens. */
  start(): void {
    const { cluster, main } = this;
    const causality = SystemCausality.of(this.options, cluster.names)?.main;
    if (causality !== undefined) main.transport = causality.over(main.transport);
    const home = new Kernel(main, { index: 0, nodes: cluster.names, options: this.options, causality });
    main.start(home);
    home.observers.add((event) => main.observe(event));
    for (const node of this.nodes) this.startKernel(node, this.newLife(node), []);
    const hosts = [main, ...this.nodes.map(({ life }) => life as SimHost)];
    for (const host of hosts) {
      for (const other of hosts) {
        if (other === host) continue;
        host.connect(other);
        host.kernel.nodeUp(other.index);
      }
    }
  }

  get restartsMax(): number {
    return this.rules.restarts;
  }

  hostOf(index: number): SimHost | undefined {
    return index === 0 ? this.main : this.nodes[index - 1]?.life;
  }

  /** The life of the node that runs; undefined where it has crashed, or starts. */
  living(index: number): SimHost | undefined {
    const host = this.hostOf(index);
    return host?.isAlive && host.isStarted ? host : undefined;
  }

  isGone(index: number): boolean {
    return this.nodes[index - 1]?.isGone === true;
  }

  counters() {
    return new Map(this.nodes.map(({ name, record, stats }) => [name, record.counters(statsBlock(stats))]));
  }

  get isQuiet(): boolean {
    if (!this.main.kernel.isQuiet || !this.main.isQuiet) return false;
    return this.nodes.every(({ index, isGone }) => {
      const host = this.living(index);
      return host === undefined ? isGone : host.kernel.isQuiet && host.isQuiet;
    });
  }

  /** Ends a node's thread, wherever it is. */
  crash(index: number, reason: string, error?: unknown): void {
    const node = this.nodes[index - 1];
    const life = node?.life;
    if (node === undefined || life === undefined || !life.isAlive || this.isClosed) return;
    life.crash();
    // What is left of it may go on, where a thread would not.
    if (life.isStarted) life.kernel.causality?.detach();
    this.onMain(`the end of ${node.name}`, () => this.onEnd(node, life, reason, error));
  }

  /** The node does nothing for so long; of one that hangs too long, the watchdog makes an end. */
  pause(index: number, ticks: number): void {
    const host = this.living(index);
    if (host === undefined || index === 0) return;
    this.cluster.pause(host, ticks);
    const { hangTimeout } = this.rules;
    if (hangTimeout === false || ticks <= hangTimeout) return;
    this.onMain(
      `watchdog of ${host.name}`,
      () => {
        if (this.cluster.isPaused(host)) this.crash(index, `it gave no sign of life for ${hangTimeout} ms`);
      },
      hangTimeout,
    );
  }

  /** The run has ended: nothing of it does anything any more. */
  end(): void {
    this.close();
    this.main.crash();
  }

  /** The system has ended. */
  close(): void {
    this.isClosed = true;
    for (const { life } of this.nodes) life?.crash();
  }

  /** Where the system has a clock, or records. */
  private get causality(): SystemCausality | undefined {
    return this.main.kernel.causality?.system;
  }

  private thrown(host: SimHost, error: unknown): void {
    if (host === this.main) throw error;
    this.crash(host.index, `it threw outside of an actor: ${String(error)}`, error);
  }

  private newLife(node: Node): SimHost {
    const host = this.cluster.newHost(node.index, ++node.lives);
    node.life = host;
    return host;
  }

  private startKernel(node: Node, host: SimHost, recoverFrom: readonly number[]): void {
    const setup = this.causality?.begins(node.index, host.life);
    const causality = setup === undefined ? undefined : new Causality(setup);
    if (causality !== undefined) host.transport = causality.over(host.transport);
    const kernel = new Kernel(host, {
      index: node.index,
      nodes: this.cluster.names,
      options: this.options,
      stats: node.stats,
      firstId: node.record.firstId,
      recoverFrom: node.record.firstId > 1 ? recoverFrom : [],
      causality,
    });
    host.start(kernel);
    kernel.observers.add((event) => {
      host.observe(event);
      if (event.type !== 'started' && event.type !== 'stopped') kernel.observers.report(event);
    });
  }

  private onEnd(node: Node, life: SimHost, reason: string, error: unknown): void {
    const { main } = this;
    const { kernel } = main;
    node.life = undefined;
    if (this.isClosed) return;
    const delay = node.record.nextStart(this.cluster.world.now, kernel.host.choose);
    const isFinal = delay === undefined;
    node.isGone = isFinal;
    const stats = statsBlock(node.stats);
    const lost = main.disconnect(life, isFinal) + this.betweenDead(life) + messagesLost(stats);
    kernel.host.log.error({ node: node.name, reason, lost, restarts: !isFinal, delay, err: error }, 'a node has ended');
    if (lost > 0) kernel.deadLetters.count('lost-with-node', lost);
    for (const other of this.nodes) {
      this.notify(other, `the end of ${node.name}`, (host) => {
        const left = host.disconnect(life, isFinal);
        if (left > 0) host.kernel.deadLetters.count('lost-with-node', left);
        host.kernel.nodeDown(node.index, reason, isFinal);
      });
    }
    this.orphans.push(...life.keptLanes);
    this.passOnLanes();
    this.causality?.ended(node.index, reason, kernel.host.clock.now(), true);
    node.record.over(stats);
    node.stats = newStats();
    kernel.nodeDown(node.index, reason, isFinal, lost, delay);
    if (delay === 0) this.restart(node);
    else if (delay !== undefined) this.onMain(`next start of ${node.name}`, () => this.restart(node), delay);
  }

  /** What two that are dead had for one another: nobody else counts it. */
  private betweenDead(life: SimHost): number {
    let lost = 0;
    for (const other of this.ended)
      for (const lane of [...life.lanesTo(other), ...other.lanesTo(life)]) lost += lane.settle();
    this.ended.push(life);
    return lost;
  }

  /** Lanes whose writer is dead, and whose reader has begun a new life without them, or never will. */
  private passOnLanes(): void {
    for (const node of this.nodes) {
      const { index, life, isGone, name } = node;
      if (life !== undefined)
        for (const lane of this.heirlooms(node, life))
          this.notify(node, `what is left for ${name}`, (host) => host.inherit(lane.from.index, [lane]));
      else if (isGone)
        for (const lane of this.orphans.filter(({ to }) => to.index === index)) {
          lane.detach();
          lane.giveUp(this.main.kernel);
        }
    }
    this.orphans = this.orphans.filter(({ isDone }) => !isDone);
  }

  /** Takes for a new life what no living writer offers it. */
  private heirlooms({ index }: Node, life: SimHost): readonly KeptLane[] {
    const found = this.orphans.filter(({ to }) => to.index === index && to !== life);
    for (const lane of found) {
      lane.detach();
      lane.attach(life);
    }
    return found;
  }

  private restart(node: Node): void {
    const { cluster, main } = this;
    const others = this.nodes.filter(({ index, life }) => index !== node.index && life !== undefined);
    const host = this.newLife(node);
    const heirlooms = this.heirlooms(node, host);
    main.connect(host);
    const known = [main, ...others.map(({ life }) => life as SimHost)];
    for (const other of others)
      this.notify(other, `a new life of ${node.name}`, (there) => {
        there.connect(host);
        there.kernel.nodeUp(node.index);
      });
    const ready = START_TICKS + cluster.world.choose(`${DELAY}start of ${node.name}`, START_TICKS);
    this.onMain(
      `start of ${node.name}`,
      () => {
        if (!host.isAlive || node.life !== host) return;
        cluster.enter(host, () => {
          this.startKernel(
            node,
            host,
            known.map(({ index }) => index),
          );
          for (const lane of heirlooms) host.inherit(lane.from.index, [lane]);
          for (const other of known) {
            host.connect(other);
            host.kernel.nodeUp(other.index);
          }
          cluster.goesOn(host);
        });
        this.onMain(`${node.name} is ready`, () => {
          if (node.life !== host) return;
          node.record.up();
          main.kernel.nodeUp(node.index);
        });
      },
      ready,
    );
  }

  /** Later, on main. */
  private onMain(sort: string, run: () => void, after = 0): void {
    const { world } = this.cluster;
    const delay = after === 0 ? world.choose(`${DELAY}of ${sort}`, NOTICE_DELAY_MAX + 1) : after;
    this.cluster.plan(this.main, world.now + 1 + delay, sort, run).isGlobal = true;
  }

  /** Main tells the life of a node that it knows; notices arrive in their order. */
  private notify(node: Node, sort: string, act: (host: SimHost) => void): void {
    const { life } = node;
    if (life === undefined) return;
    const { world } = this.cluster;
    node.noticed = Math.max(
      node.noticed,
      world.now + 1 + world.choose(`${DELAY}of ${sort} to ${node.name}`, NOTICE_DELAY_MAX + 1),
    );
    const { notices } = life;
    notices.push(() => act(life));
    // Whichever of these events comes first takes the notice that is next: a slow node must not see them in another order.
    this.cluster.plan(life, node.noticed, sort, () => notices.shift()?.()).isGlobal = true;
  }
}

const newStats = (): ArrayBuffer => new ArrayBuffer(STAT_COUNT * Float64Array.BYTES_PER_ELEMENT);

/**
 * Supervises the nodes of a system as actors are supervised: starts their threads, learns of their ends, restarts them
 * within an intensity, and tells all others. What the end of a node means for actors is their kernels' matter.
 *
 * Each pair of living threads has one channel of its own. A thread that starts is given its ends to all that live then,
 * also to those that still start; these are called to take theirs. So two that start at once miss each other in no order.
 */

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import {
  type Counters,
  type Kernel,
  type KernelOptions,
  messagesLost,
  NodeLives,
  type Redelivery,
  STAT_COUNT,
  statsBlock,
} from '@troupe/actors';
import * as Comlink from 'comlink';
import type PQueue from 'p-queue';
import { threadError } from './errors.ts';
import { type NodeEnd, NodeLife } from './node-life.ts';
import type { NodePolicy } from './node-options.ts';
import type { NodePort } from './node-setup.ts';
import { Doorbell, VACANT } from './ring/index.ts';
import { RingRegistry } from './ring-registry.ts';
import type { RingTransport } from './ring-transport.ts';
import { Watchdog } from './watchdog.ts';

export interface NodeSupervisorSetup {
  readonly kernel: Kernel;
  readonly transport: RingTransport;
  readonly nodes: readonly NodePolicy[];
  /** Of all nodes, main's first. */
  readonly names: readonly string[];
  readonly doorbells: SharedArrayBuffer;
  readonly cores: number;
  readonly ringBytes: number;
  readonly redelivery: readonly Redelivery[];
  readonly options: Partial<KernelOptions>;
}

interface Node {
  readonly index: number;
  readonly policy: NodePolicy;
  /** Of the life under way or to come. */
  stats: SharedArrayBuffer;
  life: NodeLife | undefined;
  lives: number;
  readonly record: NodeLives;
  /** It was up once: from then on it is restarted. */
  hasStarted: boolean;
  /** Stays down. */
  isGone: boolean;
}

const STOPPED = 'the system was stopped';
/** How long nodes have to end what runs on them. Milliseconds. */
const CLOSE_TIMEOUT = 2_000;
/** A start waits for files now and then: several of them use a core better than one. */
const STARTS_PER_CORE = 4;

export class NodeSupervisor {
  private readonly setup: NodeSupervisorSetup;
  private readonly nodes: Node[];
  private readonly watchdog: Watchdog;
  private readonly rings = new RingRegistry();
  /** Starts under way and to come. */
  private starts: Promise<PQueue> | undefined = undefined;
  private isClosing = false;
  private isRef = true;

  constructor(setup: NodeSupervisorSetup) {
    this.setup = setup;
    this.nodes = setup.nodes.map((policy, at) => ({
      index: at + 1,
      policy,
      stats: newStats(),
      life: undefined,
      lives: 0,
      record: new NodeLives(policy),
      hasStarted: false,
      isGone: false,
    }));
    this.watchdog = new Watchdog(setup.kernel.host.log, (name, why) => this.end(name, why));
  }

  /** Starts all nodes. @throws (rejects) TROUPE_NODE_START */
  async start(): Promise<void> {
    this.watchdog.start();
    const starts = await this.startQueue();
    await Promise.all(this.nodes.map((node) => starts.add(() => this.startThread(node))));
  }

  counters(): ReadonlyMap<string, Counters> {
    return new Map(this.nodes.map(({ policy, record, stats }) => [policy.name, record.counters(statsBlock(stats))]));
  }

  /** Do all nodes say so? None does that is being restarted, or that takes longer than `limit` to say. */
  async agree(what: 'isQuiet' | 'isRead', limit: number): Promise<boolean> {
    const answers = await Promise.all(
      this.nodes.map(({ life, isGone }) =>
        life === undefined ? isGone : life.call(what, (admin) => admin[what](), limit).catch(() => false),
      ),
    );
    return answers.every(Boolean);
  }

  /** Ends a node's thread, as a crash would: it is restarted. */
  async kill(name: string, orderedBy: string): Promise<void> {
    await this.end(name, `it was killed by order of ${orderedBy}`, orderedBy);
  }

  setRef(isRef: boolean): void {
    this.isRef = isRef;
    for (const { life } of this.nodes) life?.setRef(isRef);
  }

  /** The system ends: nodes that are not up come up no more, and what waits for them is given up. */
  async halt(): Promise<void> {
    this.isClosing = true;
    this.watchdog.stop();
    (await this.starts)?.clear();
    await Promise.all(
      this.nodes.map(async (node) => {
        if (node.life === undefined) this.settle(node, STOPPED, true);
        else if (!node.life.isUp) await node.life.terminate(STOPPED);
      }),
    );
  }

  /** Ends all nodes. What is in their rings is counted, whoever of them ends first. */
  async close(): Promise<void> {
    await Promise.all(
      this.nodes.map(async ({ life }) => {
        if (life?.isUp) await life.call('close', (admin) => admin.close(), CLOSE_TIMEOUT).catch(() => {});
        await life?.terminate(STOPPED);
      }),
    );
    this.passOnRings();
  }

  /** Resolves when the node takes frames. @throws (rejects) TROUPE_NODE_START */
  private async startThread(node: Node): Promise<void> {
    const { kernel, transport, names, doorbells, cores, ringBytes, redelivery, options } = this.setup;
    const { index, stats } = node;
    const home = new MessageChannel();
    const ports: NodePort[] = [{ node: 0, life: 1, port: home.port1 }];
    const meetings: { readonly other: NodeLife; readonly port: MessagePort }[] = [];
    for (const { index: other, life, lives } of this.nodes) {
      if (other === index || life === undefined) continue;
      const channel = new MessageChannel();
      ports.push({ node: other, life: lives, port: channel.port1 });
      meetings.push({ other: life, port: channel.port2 });
    }
    const number = ++node.lives;
    this.rings.begins(index, number);
    // Those that nobody has offered to the last life.
    const heirlooms = this.rings.heirlooms(index);
    const life = new NodeLife(
      node.policy,
      {
        index,
        life: number,
        nodes: names,
        options,
        stats,
        doorbells,
        cores,
        ringBytes,
        redelivery,
        firstId: node.record.firstId,
        ports,
        heirlooms,
      },
      kernel.host.log,
      {
        ended: (end) => this.onEnd(node, end),
        lingers: (reason) => this.onLingering(node, reason),
        made: (notice) => {
          if (notice.node !== 0) this.rings.made(index, notice);
        },
        settled: (id) => this.rings.settled(index, id),
        refused: () => kernel.refusals.add('a report', { from: node.policy.name }),
      },
    );
    life.setRef(this.isRef);
    node.life = life;
    transport.connect(index, home.port2, number);
    for (const { other, port } of meetings)
      other.notify('connect', (admin) => admin.connect(index, Comlink.transfer(port, [port]), number));
    await life.ready();
    node.hasStarted = true;
    node.record.up();
    if (this.isClosing || node.life !== life) return;
    this.watchdog.watch(node.policy.name, life.worker, stats, node.policy.hangTimeout);
    kernel.nodeUp(index);
  }

  /** Ends a thread for a reason; what follows is as after any other end. */
  private async end(name: string, why: string, orderedBy?: string): Promise<void> {
    const node = this.nodes.find(({ policy }) => policy.name === name);
    if (node === undefined)
      throw threadError(
        'TROUPE_NODE_UNKNOWN',
        `Expected one of the nodes [${this.setup.names.slice(1).join(', ')}], got '${name}'.`,
        { node: name },
      );
    if (node.isGone) throw this.setup.kernel.control.nodeDown(node.index);
    await node.life?.terminate(why, orderedBy);
  }

  private onLingering(node: Node, reason: string): void {
    const { kernel } = this.setup;
    const { name } = node.policy;
    kernel.host.log.warn(
      { node: name, reason },
      'a node is being ended, and has not ended yet: a native call there has not returned',
    );
    kernel.observers.tell({ type: 'node-lingers', node: name, reason });
  }

  private onEnd(node: Node, { reason, error, orderedBy }: NodeEnd): void {
    const { kernel, doorbells } = this.setup;
    const { name } = node.policy;
    this.watchdog.forget(name);
    node.life = undefined;
    new Doorbell(doorbells, node.index, () => {}).set(VACANT);
    // At the first start whoever waits for it is told, and the system does not come to be.
    if (!node.hasStarted) return;
    const delay = this.isClosing ? undefined : node.record.nextStart(performance.now(), kernel.host.choose);
    const isFinal = delay === undefined;
    const lost = this.settle(node, reason, isFinal);
    if (this.isClosing) return;
    const fields = { node: name, reason, lost, restarts: !isFinal, delay };
    if (orderedBy === undefined) kernel.host.log.error({ ...fields, err: error }, 'a node has ended');
    else kernel.host.log.warn({ ...fields, orderedBy }, 'a node was ended by order');
    kernel.nodeDown(node.index, reason, isFinal, lost, delay);
    this.passOnRings();
    if (delay === 0) void this.restart(node);
    else if (delay !== undefined) kernel.timers.after(delay, () => void this.restart(node));
  }

  /** Settles the account of a life that has ended, and tells all others. @returns how many messages were lost with it */
  private settle(node: Node, reason: string, isFinal: boolean): number {
    const { kernel, transport } = this.setup;
    node.isGone = isFinal;
    const stats = statsBlock(node.stats);
    const lost = transport.disconnect(node.index, isFinal) + this.rings.ended(node.index) + messagesLost(stats);
    if (lost > 0) kernel.deadLetters.count('lost-with-node', lost);
    for (const other of this.nodes)
      other.life?.notify('disconnect', (admin) => admin.disconnect(node.index, reason, isFinal));
    // New ones at once: whoever reads counters from now on must not find the old ones twice.
    node.record.over(stats);
    node.stats = newStats();
    return lost;
  }

  /** Rings whose writer is dead, and whose reader has begun a new life without them, or never will. */
  private passOnRings(): void {
    for (const { index, life, isGone } of this.nodes) {
      const heirlooms = isGone || life !== undefined ? this.rings.heirlooms(index) : [];
      if (heirlooms.length === 0) continue;
      if (life !== undefined) {
        life.notify('inherit', (admin) => admin.inherit(heirlooms));
        continue;
      }
      for (const { id, memory } of heirlooms) {
        this.rings.settled(index, id);
        const { port1, port2 } = new MessageChannel();
        port1.close();
        this.setup.transport.giveUpRing(index, memory, port2);
      }
    }
  }

  /** A start takes a core for a while, and has a time limit: of any number of nodes only so many start at once. */
  private startQueue(): Promise<PQueue> {
    const concurrency = STARTS_PER_CORE * Math.max(1, this.setup.cores);
    return (this.starts ??= import('p-queue').then(({ default: Queue }) => new Queue({ concurrency })));
  }

  private async restart(node: Node): Promise<void> {
    const starts = await this.startQueue();
    await starts.add(async () => {
      if (this.isClosing) return;
      const start = this.startThread(node);
      const { life } = node;
      await start.catch(async (error) => {
        if (this.isClosing) return;
        this.setup.kernel.host.log.error({ node: node.policy.name, err: error }, 'a node could not be restarted');
        // Its end, if it has not come yet, brings the next try.
        await life?.terminate('it did not start in time');
      });
    });
  }
}

function newStats(): SharedArrayBuffer {
  return new SharedArrayBuffer(STAT_COUNT * Float64Array.BYTES_PER_ELEMENT);
}

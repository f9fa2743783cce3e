/**
 * Supervises the nodes of a system as actors are supervised: starts their threads, learns of their ends, restarts them
 * within an intensity, and tells all others. What the end of a node means for actors is their kernels' matter.
 */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import {
  type Counters,
  type Kernel,
  type KernelOptions,
  type Logger,
  type LogLevel,
  messagesHeld,
  readCounters,
  STAT_COUNT,
  Stat,
  statsBlock,
} from '@troupe/actors';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { threadError } from './errors.ts';
import type { NodePolicy } from './node-options.ts';
import type { NodeAdmin, NodeSetup } from './node-setup.ts';
import { Doorbell, VACANT } from './ring/index.ts';
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
  readonly options: Partial<KernelOptions>;
}

/** One life of a node's thread. */
interface Life {
  readonly worker: Worker;
  readonly admin: Comlink.Remote<NodeAdmin>;
  readonly log: MessagePort;
  isUp: boolean;
  /** Why it is being ended, where it was ended on purpose. */
  verdict: string | undefined;
}

interface Node {
  readonly index: number;
  readonly policy: NodePolicy;
  stats: SharedArrayBuffer;
  life: Life | undefined;
  /** Times of restarts within the period. */
  restarts: number[];
  /** Counters of earlier lives. */
  past: Counters | undefined;
}

/** A call of the control plane that takes longer has failed. Milliseconds. */
const CALL_TIMEOUT = 10_000;
/** `terminate()` waits for native calls; after this it is said so. Milliseconds. */
const TERMINATE_NOTICE = 1_000;
/** How long nodes have to end what runs on them. Milliseconds. */
const CLOSE_TIMEOUT = 2_000;

export class NodeSupervisor {
  private readonly setup: NodeSupervisorSetup;
  private readonly nodes: Node[];
  private readonly watchdog: Watchdog;
  private isClosing = false;
  private isRef = true;

  constructor(setup: NodeSupervisorSetup) {
    this.setup = setup;
    this.nodes = setup.nodes.map((policy, at) => ({
      index: at + 1,
      policy,
      stats: newStats(),
      life: undefined,
      restarts: [],
      past: undefined,
    }));
    this.watchdog = new Watchdog(setup.kernel.host.log, (name, why) => this.end(name, why));
  }

  /** Starts all nodes. @throws (rejects) TROUPE_NODE_START */
  async start(): Promise<void> {
    // All threads start at once; each pair of nodes gets its port before either takes frames.
    const ports = this.nodes.map(() => [] as { node: number; port: MessagePort }[]);
    const home: MessagePort[] = [];
    for (const [at, node] of this.nodes.entries()) {
      const pair = new MessageChannel();
      home.push(pair.port1);
      ports[at]?.push({ node: 0, port: pair.port2 });
      for (const [other, { index }] of this.nodes.entries()) {
        if (other <= at) continue;
        const channel = new MessageChannel();
        ports[at]?.push({ node: index, port: channel.port1 });
        ports[other]?.push({ node: node.index, port: channel.port2 });
      }
    }
    for (const [at, node] of this.nodes.entries()) node.life = this.startThread(node, ports[at] ?? [], 1);
    await Promise.all(
      this.nodes.map(async (node, at) => {
        this.setup.transport.connect(node.index, home[at] as MessagePort);
        await this.becomeUp(node, node.life as Life);
      }),
    );
    this.watchdog.start();
  }

  counters(): ReadonlyMap<string, Counters> {
    return new Map(
      this.nodes.map((node) => [node.policy.name, addCounters(node.past, readCounters(statsBlock(node.stats)))]),
    );
  }

  async isQuiet(): Promise<boolean> {
    const quiet = await Promise.all(
      this.nodes.map(({ life }) => (life?.isUp ? timed(life.admin.isQuiet(), 'isQuiet').catch(() => false) : true)),
    );
    return quiet.every(Boolean);
  }

  /** Ends a node's thread, as a crash would: it is restarted. */
  async kill(name: string): Promise<void> {
    await this.end(name, 'it was killed by order');
  }

  setRef(isRef: boolean): void {
    this.isRef = isRef;
    for (const { life } of this.nodes) {
      if (isRef) life?.worker.ref();
      else life?.worker.unref();
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.watchdog.stop();
    await Promise.all(
      this.nodes.map(async (node) => {
        const { life } = node;
        if (life === undefined) return;
        if (life.isUp) await timed(life.admin.close(), 'close', CLOSE_TIMEOUT).catch(() => {});
        await this.terminate(node, life);
        life.log.close();
      }),
    );
  }

  private startThread(node: Node, ports: NodeSetup['ports'], firstId: number): Life {
    const { kernel, names, doorbells, cores, ringBytes, options } = this.setup;
    const channel = new MessageChannel();
    const setup: NodeSetup = {
      index: node.index,
      nodes: names,
      options,
      stats: node.stats,
      doorbells,
      cores,
      ringBytes,
      firstId,
      ports,
      log: channel.port2,
    };
    const worker = new Worker(new URL('./node-worker.ts', import.meta.url), {
      name: node.policy.name,
      workerData: setup,
      transferList: [...ports.map(({ port }) => port), channel.port2],
      resourceLimits: node.policy.resourceLimits,
    });
    if (!this.isRef) worker.unref();
    channel.port1.on('message', (record) => forward(kernel.host.log, node.policy.name, record));
    channel.port1.unref();
    const life: Life = {
      worker,
      admin: Comlink.wrap<NodeAdmin>(nodeEndpoint(worker)),
      log: channel.port1,
      isUp: false,
      verdict: undefined,
    };
    let thrown: unknown;
    worker.on('error', (error) => {
      thrown = error;
    });
    worker.once('exit', (code) => this.onExit(node, life, thrown, code));
    return life;
  }

  private async becomeUp(node: Node, life: Life): Promise<void> {
    const exit = new Promise<never>((_, reject) => {
      life.worker.once('error', (error) =>
        reject(
          threadError(
            'TROUPE_NODE_START',
            `Expected node ${node.policy.name} to start, got an error: ${(error as Error).message}`,
            { node: node.policy.name },
            error,
          ),
        ),
      );
      life.worker.once('exit', (code) =>
        reject(
          threadError(
            'TROUPE_NODE_START',
            `Expected node ${node.policy.name} to start, got its end with code ${code}.`,
            { node: node.policy.name },
          ),
        ),
      );
    });
    await Promise.race([timed(life.admin.ready(), 'ready'), exit]);
    exit.catch(() => {});
    life.isUp = true;
    this.watchdog.watch(node.policy.name, life.worker, node.stats, node.policy.hangTimeout);
    this.setup.kernel.nodeUp(node.index);
  }

  /** Ends a thread for a reason; what follows is as after any other end. */
  private async end(name: string, why: string): Promise<void> {
    const node = this.nodes.find(({ policy }) => policy.name === name);
    if (node === undefined)
      throw threadError(
        'TROUPE_NODE_UNKNOWN',
        `Expected one of the nodes [${this.setup.names.slice(1).join(', ')}], got '${name}'.`,
        { node: name },
      );
    const { life } = node;
    if (life === undefined) return;
    life.verdict = why;
    await this.terminate(node, life);
  }

  private async terminate(node: Node, life: Life): Promise<void> {
    const notice = setTimeout(() => {
      this.setup.kernel.host.log.warn(
        { node: node.policy.name },
        'the node has not ended yet: terminate() waits for a native call to return',
      );
    }, TERMINATE_NOTICE);
    await life.worker.terminate();
    clearTimeout(notice);
  }

  private onExit(node: Node, life: Life, thrown: unknown, code: number): void {
    const { kernel, transport } = this.setup;
    this.watchdog.forget(node.policy.name);
    const wasUp = life.isUp;
    life.isUp = false;
    if (this.isClosing || !wasUp) return;
    const reason =
      life.verdict ??
      (thrown === undefined
        ? `its thread ended with code ${code}`
        : `it threw outside of an actor: ${describeThrown(thrown)}`);
    new Doorbell(this.setup.doorbells, node.index, () => {}).set(VACANT);
    const stats = statsBlock(node.stats);
    const held = messagesHeld(stats);
    const mayRestart = this.mayRestart(node);
    kernel.host.log.error(
      { node: node.policy.name, reason, lost: held, restarts: mayRestart, err: thrown },
      'a node has ended',
    );
    const lost = transport.disconnect(node.index) + held;
    if (lost > 0) kernel.deadLetters.count('lost-with-node', lost);
    for (const other of this.nodes)
      if (other !== node && other.life?.isUp)
        void timed(other.life.admin.disconnect(node.index, reason, !mayRestart), 'disconnect').catch(() => {});
    // New ones at once: whoever reads counters from now on must not find the old ones twice.
    node.past = addCounters(node.past, readCounters(stats));
    node.stats = newStats();
    const firstId = (stats[Stat.Ids] ?? 0) + 1;
    kernel.nodeDown(node.index, reason, !mayRestart, lost);
    life.log.close();
    node.life = undefined;
    if (mayRestart) void this.restart(node, firstId);
  }

  private mayRestart(node: Node): boolean {
    const now = performance.now();
    node.restarts = [...node.restarts.filter((at) => now - at <= node.policy.restartPeriod), now];
    return node.restarts.length <= node.policy.restarts;
  }

  private async restart(node: Node, firstId: number): Promise<void> {
    const { transport, kernel } = this.setup;
    const home = new MessageChannel();
    const ports = [{ node: 0, port: home.port1 }];
    const others: { life: Life; port: MessagePort }[] = [];
    for (const { index, life } of this.nodes) {
      if (index === node.index || life === undefined || !life.isUp) continue;
      const channel = new MessageChannel();
      ports.push({ node: index, port: channel.port1 });
      others.push({ life, port: channel.port2 });
    }
    const life = this.startThread(node, ports, firstId);
    node.life = life;
    transport.connect(node.index, home.port2);
    try {
      await Promise.all([
        timed(life.admin.ready(), 'ready'),
        ...others.map(({ life: other, port }) =>
          timed(other.admin.connect(node.index, Comlink.transfer(port, [port])), 'connect').catch(() => {}),
        ),
      ]);
      if (this.isClosing) return;
      await this.becomeUp(node, life);
    } catch (error) {
      kernel.host.log.error({ node: node.policy.name, err: error }, 'a node could not be restarted');
      if (this.isClosing || !this.mayRestart(node))
        return kernel.nodeDown(node.index, 'it could not be restarted', true, 0);
      transport.disconnect(node.index);
      node.stats = newStats();
      await this.restart(node, firstId);
    }
  }
}

function newStats(): SharedArrayBuffer {
  return new SharedArrayBuffer(STAT_COUNT * Float64Array.BYTES_PER_ELEMENT);
}

function addCounters(past: Counters | undefined, present: Counters): Counters {
  if (past === undefined) return present;
  return Object.fromEntries(
    Object.entries(present).map(([name, count]) => [name, count + past[name as keyof Counters]]),
  ) as unknown as Counters;
}

/** A call to a thread that has ended never settles: each has a limit. */
async function timed<T>(call: Promise<T>, what: string, limit: number = CALL_TIMEOUT): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      call,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () =>
            reject(threadError('TROUPE_NODE_CALL', `Expected an answer to '${what}' within ${limit} ms, got none.`)),
          limit,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

const LOG_LEVELS: ReadonlySet<unknown> = new Set<LogLevel>(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);

function forward(log: Logger, node: string, record: unknown): void {
  if (!Array.isArray(record) || !LOG_LEVELS.has(record[0])) return;
  const [level, fields, text] = record as [LogLevel, Record<string, unknown>, string | undefined];
  log[level]({ node, ...fields }, text);
}

function describeThrown(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

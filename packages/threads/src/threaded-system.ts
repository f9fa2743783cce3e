/** A system whose nodes are worker threads. The calling thread is a node too: `main`, home of names and of what is spawned outside actors. */

import { availableParallelism } from 'node:os';
import {
  type CausalityOptions,
  Kernel,
  type KernelOptions,
  kernelOptions,
  type Logger,
  System,
  SystemCausality,
  type SystemHost,
  type SystemOptions,
} from '@troupe/actors';
import { type ComputePoolOptions, PiscinaPool } from './compute-pool.ts';
import { quiet } from './inline-system.ts';
import { nodeHost } from './node-host.ts';
import { type NodeOptions, nodeOptions, ringBytesOption } from './node-options.ts';
import { NodeSupervisor } from './node-supervisor.ts';
import { createDoorbellMemory } from './ring/index.ts';
import { RingTransport } from './ring-transport.ts';

export interface ThreadedOptions extends SystemOptions, CausalityOptions, Partial<KernelOptions> {
  /** How many worker nodes (`n1`, `n2`, …), or the options of each. */
  readonly nodes: number | readonly NodeOptions[];
  /** Bytes of each ring between two nodes: a power of two. Default 262,144. */
  readonly ringBytes?: number;
  /** The pool that runs tasks. */
  readonly compute?: ComputePoolOptions;
}

/** Milliseconds between two looks of the calling thread whether it may sleep. */
const LOOK_AGAIN = 100;

/** How long what was sent may take to be read when the system ends. Milliseconds. */
const READ_TIMEOUT = 1_000;

export async function threadedSystem(options: ThreadedOptions, log: Logger): Promise<System> {
  const nodes = nodeOptions(options.nodes);
  const names = ['main', ...nodes.map((node) => node.name)];
  const doorbells = createDoorbellMemory(names.length);
  const cores = availableParallelism();
  const ringBytes = ringBytesOption(options.ringBytes);
  process.setSourceMapsEnabled(true);
  // The calling thread is not restarted.
  const redelivery = ['none' as const, ...nodes.map(({ redeliver }) => redeliver)];
  const transport = new RingTransport({ index: 0, life: 1, doorbells, cores, ringBytes, redelivery });
  const compute = new PiscinaPool(cores, options.compute);
  const causality = SystemCausality.of(options, names)?.main;
  const host = nodeHost(causality?.over(transport) ?? transport, log, compute);
  const kernel = new Kernel(host, { index: 0, nodes: names, options, causality });
  transport.start(kernel);
  const supervisor = new NodeSupervisor({
    kernel,
    transport,
    nodes,
    names,
    doorbells,
    cores,
    ringBytes,
    redelivery,
    options: kernelOptions(options),
  });
  const systemHost: SystemHost = {
    close: async () => {
      await supervisor.halt();
      // All actors have stopped: what is read now is a dead letter, with its content, and what is not is only counted.
      await quiet(async (left) => transport.isQuiet && (await supervisor.agree('isRead', left)), READ_TIMEOUT);
      await Promise.all([supervisor.close(), compute.close()]);
      const unread = transport.close();
      if (unread > 0) kernel.deadLetters.count('lost-with-node', unread);
      clearInterval(keepAlive);
    },
    unref: () => {
      keepAlive.unref();
      host.setRef(false);
      supervisor.setRef(false);
    },
    ref: () => {
      keepAlive.ref();
      host.setRef(true);
      supervisor.setRef(true);
    },
    counters: () => supervisor.counters(),
    quiet: (timeout) =>
      quiet(async (left) => kernel.isQuiet && transport.isQuiet && (await supervisor.agree('isQuiet', left)), timeout),
    kill: (name, orderedBy) => supervisor.kill(name, orderedBy),
  };
  const system = new System(kernel, systemHost, options);
  // A running system keeps its process alive, until it is stopped or told not to; one that was refused does not.
  const keepAlive = setInterval(() => transport.lookAgain(), LOOK_AGAIN);
  try {
    await supervisor.start();
  } catch (error) {
    await system[Symbol.asyncDispose]();
    throw error;
  }
  return system;
}

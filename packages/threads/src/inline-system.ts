/** A system without threads: one node, in the calling thread. */

import { availableParallelism } from 'node:os';
import {
  actorError,
  type CausalityOptions,
  Kernel,
  type KernelOptions,
  type Logger,
  System,
  SystemCausality,
  type SystemHost,
  type SystemOptions,
  type Transport,
} from '@troupe/actors';
import { type ComputePoolOptions, PiscinaPool } from './compute-pool.ts';
import { nodeHost } from './node-host.ts';

/** There is no other node. */
const nowhere: Transport = {
  send: (node) => {
    throw new RangeError(`Expected no frame to leave an inline system, got one for node ${node}.`);
  },
  flush: () => {},
  hasRoom: () => true,
  onRoom: (_node, resume) => resume(),
};

export interface InlineOptions extends SystemOptions, CausalityOptions, Partial<KernelOptions> {
  /** The pool that runs tasks: also a system without nodes on threads computes on them. */
  readonly compute?: ComputePoolOptions;
}

export function inlineSystem(options: InlineOptions, log: Logger): System {
  const compute = new PiscinaPool(availableParallelism(), options.compute);
  const host = nodeHost(nowhere, log, compute);
  const causality = SystemCausality.of(options, ['main'])?.main;
  const kernel = new Kernel(host, { index: 0, nodes: ['main'], options, causality });
  const systemHost: SystemHost = {
    close: async () => {
      await compute.close();
      clearInterval(keepAlive);
    },
    unref: () => {
      keepAlive.unref();
      host.setRef(false);
    },
    ref: () => {
      keepAlive.ref();
      host.setRef(true);
    },
    counters: () => new Map(),
    quiet: (timeout) => quiet(() => kernel.isQuiet, timeout),
    kill: (node) =>
      Promise.reject(
        actorError('TROUPE_NODE_UNKNOWN', `Expected a worker node, got '${node}': an inline system has none.`),
      ),
  };
  const system = new System(kernel, systemHost, options);
  // A running system keeps its process alive, until it is stopped or told not to; one that was refused does not.
  const keepAlive = setInterval(() => {}, 2 ** 30);
  return system;
}

/** Milliseconds between two looks. */
const LOOK = 2;

/** Waits until `isQuiet` holds twice in a row, or the time is over; it is told how much of that is left. */
export async function quiet(isQuiet: (left: number) => boolean | Promise<boolean>, timeout: number): Promise<boolean> {
  const until = performance.now() + timeout;
  for (let held = 0; held < 2; ) {
    held = (await isQuiet(Math.max(0, until - performance.now()))) ? held + 1 : 0;
    if (held === 2) return true;
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  return true;
}

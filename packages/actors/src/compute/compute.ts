/**
 * The way of tasks from any node to the pool and back. The home node has the pool; the others ask it. A host without a pool,
 * as that of the test kit, runs them in its own thread, in a later turn.
 */

import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { HOME } from '../names.ts';
import { type AnyTask, asTask } from './task.ts';
import { encodeWork, outcomeOf, runWork, type WorkBytes, type WorkOrder } from './work.ts';

/** Runs tasks outside of the nodes. */
export interface ComputePool {
  /** Resolves with the outcome, also that of a task that failed. @throws (rejects) TROUPE_COMPUTE_FULL, TROUPE_COMPUTE_LOST; when the signal aborts */
  run(order: WorkOrder, signal: AbortSignal): Promise<WorkBytes>;
}

export class Compute {
  private readonly kernel: Kernel;
  private serial = 0;
  /** On the home node: what other nodes have ordered, by node and number. */
  private readonly orders = new Map<string, AbortController>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** @throws (rejects) TROUPE_COMPUTE_CANCELLED, TROUPE_COMPUTE_FULL, TROUPE_COMPUTE_LOST, TROUPE_VALUE_REFUSED, TROUPE_MODULE_LOAD, TROUPE_DEFINITION_MISSING; what the task throws */
  async run(task: AnyTask, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const { url, name } = asTask(task);
    if (signal?.aborted) throw cancelled(name, signal);
    const order = { url, name, ...encodeWork(input, 'input', this.kernel.host.inspector) };
    const controller = new AbortController();
    let onAbort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => {
        controller.abort(signal?.reason);
        reject(cancelled(name, signal as AbortSignal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return outcomeOf(await Promise.race([this.carry(order, controller.signal), aborted]));
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** On the home node: another node's order. */
  async orderFrom(node: number, id: number, order: WorkOrder): Promise<WorkBytes> {
    const key = `${node}/${id}`;
    const controller = new AbortController();
    this.orders.set(key, controller);
    try {
      return await this.runHere(order, controller.signal);
    } finally {
      this.orders.delete(key);
    }
  }

  cancelFrom(node: number, id: number): void {
    this.orders.get(`${node}/${id}`)?.abort();
  }

  onNodeDown(node: number): void {
    for (const [key, controller] of this.orders) if (key.startsWith(`${node}/`)) controller.abort();
  }

  private carry(order: WorkOrder, signal: AbortSignal): Promise<WorkBytes> {
    const { kernel } = this;
    if (kernel.index === HOME) return this.runHere(order, signal);
    const id = ++this.serial;
    signal.addEventListener('abort', () => {
      if (kernel.isUp(HOME)) kernel.departures.control(HOME, { op: 'compute-cancel', id });
    });
    return kernel.control.call(HOME, { op: 'compute', id, ...order }) as Promise<WorkBytes>;
  }

  private runHere(order: WorkOrder, signal: AbortSignal): Promise<WorkBytes> {
    const { compute, inspector, turns } = this.kernel.host;
    if (compute !== undefined) return compute.run(order, signal);
    return new Promise((resolve) => turns.later(() => resolve(runWork(order, inspector))));
  }
}

function cancelled(task: string, signal: AbortSignal): Error {
  return actorError(
    'TROUPE_COMPUTE_CANCELLED',
    `The task '${task}' was cancelled by its signal.`,
    { task },
    signal.reason,
  );
}

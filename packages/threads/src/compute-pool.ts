/**
 * The compute pool: threads for stateless work, shared by all nodes of a system, as many as there are cores. One pool costs
 * less than one a node, and work that takes long leaves the nodes' loops alone. piscina runs it; it is loaded and started
 * with the first task. Orders and outcomes are bytes here (see `work.ts` in actors), so values keep the rules of messages.
 */

import {
  actorError,
  type ComputePool,
  mustHaveOnly,
  optionInvalid,
  type WorkBytes,
  type WorkOrder,
} from '@troupe/actors';
import type { Piscina } from 'piscina';

export interface ComputePoolOptions {
  /** Threads. Default: as many as there are cores. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; one more is refused. Default 4,096. */
  readonly queueMax?: number;
}

const QUEUE_MAX_DEFAULT = 4_096;
/** A thread that has nothing to do for so long is let go. Milliseconds. */
const IDLE = 10_000;

export class PiscinaPool implements ComputePool {
  private readonly threads: number;
  private readonly queueMax: number;
  private pool: Promise<Piscina> | undefined = undefined;
  private isClosed = false;

  /** @throws TROUPE_OPTION_INVALID */
  constructor(cores: number, options: ComputePoolOptions = {}) {
    mustHaveOnly('compute', options, ['threads', 'queueMax']);
    this.threads = positive('compute.threads', options.threads ?? cores);
    this.queueMax = positive('compute.queueMax', options.queueMax ?? QUEUE_MAX_DEFAULT);
  }

  async run(order: WorkOrder, signal: AbortSignal): Promise<WorkBytes> {
    const pool = await (this.pool ??= this.start());
    if (this.isClosed) throw stopped();
    if (pool.queueSize >= this.queueMax) {
      throw actorError(
        'TROUPE_COMPUTE_FULL',
        `Expected at most ${this.queueMax} tasks to wait for the compute pool's ${this.threads} threads, got one more: '${order.name}'. Await some before the next, or allow more by compute: { queueMax }.`,
        { task: order.name, queueMax: this.queueMax, threads: this.threads },
      );
    }
    try {
      return await pool.run(order, { signal, transferList: [...order.moved] });
    } catch (error) {
      if (this.isClosed) throw stopped();
      if (signal.aborted) throw error;
      const text = error instanceof Error ? error.message : String(error);
      throw actorError(
        'TROUPE_COMPUTE_LOST',
        `Expected the task '${order.name}' to end, got the end of its thread: ${text}`,
        { task: order.name, url: order.url },
        error,
      );
    }
  }

  /** Ends all threads, whatever they do. */
  async close(): Promise<void> {
    this.isClosed = true;
    await (await this.pool)?.destroy();
  }

  private async start(): Promise<Piscina> {
    const { Piscina: Pool } = await import('piscina');
    return new Pool({
      filename: new URL('./compute-worker.ts', import.meta.url).href,
      minThreads: 1,
      maxThreads: this.threads,
      idleTimeout: IDLE,
    });
  }
}

function positive(option: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw optionInvalid(option, 'a positive integer', value);
}

const stopped = (): Error =>
  actorError('TROUPE_STOPPED', 'Expected a running system to compute on, got one that is stopping or has stopped.');

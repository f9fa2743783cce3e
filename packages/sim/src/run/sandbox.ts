/**
 * A worker thread that simulates, watched by its parent: one that makes no event any more, or runs out of memory, is ended,
 * and the event that it was at is named.
 */
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { simError } from '../errors.ts';
import { Pulse } from './pulse.ts';
import type { SimulationWorker, WorkerSetup } from './worker.ts';

export interface SandboxOptions extends Pick<WorkerSetup, 'loader' | 'argument' | 'strategy'> {
  /** An event that takes longer is taken for one without end. Milliseconds. */
  readonly stallMilliseconds: number;
  /** What a simulation's worker may use of the heap. Megabytes. */
  readonly heapMegabytes: number;
}

export const SANDBOX_DEFAULTS = { stallMilliseconds: 5_000, heapMegabytes: 1_024 } as const;

/** How often a worker is looked at. Milliseconds. */
const LOOK = 25;
/** V8's own limit can end the whole process, not just the worker: it is so many times what the worker may use. */
const HARD_LIMIT = 4;
const MEGABYTE = 2 ** 20;

/** Why a worker ended before it had answered. */
export class Fatal extends Error {
  readonly kind: 'endless' | 'memory';
  readonly seed: number;
  readonly label: string;

  constructor(kind: 'endless' | 'memory', seed: number, label: string) {
    super(`the worker of seed ${seed} ended: ${kind}`);
    this.kind = kind;
    this.seed = seed;
    this.label = label;
  }
}

export class Sandbox implements AsyncDisposable {
  readonly #options: SandboxOptions;
  readonly #pulse = new Pulse();
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<SimulationWorker>;
  readonly #ended: Promise<never>;

  /** `isCareful`: what each event is can be told afterwards; slower. */
  constructor(options: SandboxOptions, isCareful = false) {
    this.#options = options;
    const { loader, argument, strategy, heapMegabytes } = options;
    const setup: WorkerSetup = { loader, argument, strategy, pulse: this.#pulse.memory, isCareful };
    this.#worker = new Worker(new URL(`./worker.${EXTENSION}`, import.meta.url), {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: HARD_LIMIT * heapMegabytes },
    });
    this.#remote = Comlink.wrap<SimulationWorker>(nodeEndpoint(this.#worker));
    this.#ended = new Promise((_, reject) => {
      this.#worker.once('error', (error: NodeJS.ErrnoException) => reject(this.#whyEnded(error)));
      this.#worker.once('exit', (code) =>
        reject(
          simError('TROUPE_SIM_ENDED', `Expected the simulation to go on, got exit code ${code} from its worker.`),
        ),
      );
    });
    this.#ended.catch(() => {});
  }

  /** @throws (rejects) Fatal, and what the simulation's module throws */
  async call<T>(ask: (worker: Comlink.Remote<SimulationWorker>) => T): Promise<Awaited<T>> {
    const watch = new AbortController();
    try {
      return await Promise.race([ask(this.#remote), this.#ended, this.#watch(watch.signal)]);
    } finally {
      watch.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  /** Rejects when the worker makes no event any more, or uses too much memory. */
  async #watch(signal: AbortSignal): Promise<never> {
    const { stallMilliseconds, heapMegabytes } = this.#options;
    let last = this.#pulse.read();
    let lastAt = performance.now();
    for (;;) {
      await setTimeout(LOOK, undefined, { signal });
      const beat = this.#pulse.read();
      if (beat.events !== last.events) {
        last = beat;
        lastAt = performance.now();
      } else if (beat.events > 0 && performance.now() - lastAt > stallMilliseconds) {
        throw new Fatal('endless', beat.seed, beat.label);
      }
      // It answers also in the middle of a loop; when it has ended, that is told elsewhere.
      const heap = await this.#worker.getHeapStatistics().catch(() => undefined);
      if (heap !== undefined && heap.used_heap_size > heapMegabytes * MEGABYTE)
        throw new Fatal('memory', beat.seed, this.#pulse.read().label);
    }
  }

  #whyEnded(error: NodeJS.ErrnoException): unknown {
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
    const { seed, label } = this.#pulse.read();
    return new Fatal('memory', seed, label);
  }
}

/** In the workspace sources run as they are. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

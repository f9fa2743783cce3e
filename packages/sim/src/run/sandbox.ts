/**
 * A worker thread that simulates, watched by its parent: one that makes no event any more, or runs out of memory, is ended,
 * and the event that it was at is named.
 */
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { simError } from '../errors.ts';
import { type Beat, Pulse } from './pulse.ts';
import type { SimulationWorker, WorkerSetup } from './worker.ts';

export interface SandboxOptions extends Pick<WorkerSetup, 'loader' | 'argument' | 'strategy'> {
  /** An event that takes longer is taken for one without end. Milliseconds. */
  readonly stallMilliseconds: number;
  /** What a simulation's worker may use of the heap. Megabytes. */
  readonly heapMegabytes: number;
  /** How long the simulation's module may take to load. Milliseconds. Default `LOAD_MILLISECONDS`. */
  readonly loadMilliseconds?: number;
}

export const LOAD_MILLISECONDS = 60_000;

export const SANDBOX_DEFAULTS = { stallMilliseconds: 5_000, heapMegabytes: 1_024 } as const;

/** How often a worker is looked at. Milliseconds. */
const LOOK = 25;
/** V8's own limit can end the whole process, not just the worker: it is so many times what the worker may use. */
const HARD_LIMIT = 4;
const MEGABYTE = 2 ** 20;
/**
 * 1. A handler loops over nothing but built-in functions, as in `for (;;) list.push(new Array(9).fill(0))`; 2. V8 optimises the
 * loop while it runs (on-stack replacement), and leaves out its checks for interrupts, since calls have them; these calls
 * have none; 3. the thread neither says what it uses nor can it be ended, takes all memory, and with it the process. Hence:
 * loops are not optimised while they run. Handlers and steps are, as before: from call to call.
 */
const INTERRUPTIBLE_LOOPS = '--no-use-osr';
/**
 * The types of a thread's `.ts` files are stripped in WebAssembly. Once that has called JavaScript often, V8 compiles a wrapper
 * for it, frees that of a thread that has ended, and now and then ends the process over it (`Check failed:
 * jit_page.has_value()`). A budget of so many calls is never used up.
 */
const GENERIC_WRAPPERS = '--wasm-wrapper-tiering-budget=2000000000';

/** Why a worker ended before it had answered. */
export class Fatal extends Error {
  readonly kind: 'endless' | 'memory' | 'ended';
  readonly seed: number;
  readonly label: string;

  /** `why`: what ended it. */
  constructor(kind: Fatal['kind'], seed: number, label: string, why: string = kind) {
    super(why);
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
  /** As the worker said last. */
  #usedBytes = 0;
  #isAsked = false;

  /** `isCareful`: what each event is can be told afterwards; slower. */
  constructor(options: SandboxOptions, isCareful = false) {
    this.#options = options;
    const { loader, argument, strategy, heapMegabytes } = options;
    setFlagsFromString(INTERRUPTIBLE_LOOPS);
    setFlagsFromString(GENERIC_WRAPPERS);
    const setup: WorkerSetup = { loader, argument, strategy, pulse: this.#pulse.memory, isCareful };
    this.#worker = new Worker(new URL(`./worker.${EXTENSION}`, import.meta.url), {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: HARD_LIMIT * heapMegabytes },
    });
    this.#remote = Comlink.wrap<SimulationWorker>(nodeEndpoint(this.#worker));
    this.#ended = new Promise((_, reject) => {
      this.#worker.once('error', (error: NodeJS.ErrnoException) => reject(this.#whyEnded(error)));
      this.#worker.once('exit', (code) => reject(this.#endedBy(`exit code ${code}`)));
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
    const { stallMilliseconds, heapMegabytes, loadMilliseconds = LOAD_MILLISECONDS } = this.#options;
    let last = this.#pulse.read();
    let lastAt = performance.now();
    for (;;) {
      await setTimeout(LOOK, undefined, { signal });
      const beat = this.#pulse.read();
      const silence = performance.now() - lastAt;
      if (beat.events !== last.events) {
        last = beat;
        lastAt = performance.now();
      } else if (beat.events === 0 && silence > loadMilliseconds) {
        void this.#worker.terminate();
        throw simError(
          'TROUPE_SIM_DEFINITION',
          `Expected a module that loads, got one that was still loading after ${loadMilliseconds} ms.`,
        );
      } else if (beat.events > 0 && silence > stallMilliseconds) {
        throw this.#give('endless', beat);
      }
      if (this.#usedBytes > heapMegabytes * MEGABYTE) throw this.#give('memory', this.#pulse.read());
      this.#askForMemory();
    }
  }

  /** It answers also in the middle of a loop; whether it does is not waited for. When it has ended, that is told elsewhere. */
  #askForMemory(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const answered = (usedBytes: number): void => {
      this.#isAsked = false;
      this.#usedBytes = usedBytes;
    };
    this.#worker.getHeapStatistics().then(
      ({ used_heap_size, external_memory }) => answered(used_heap_size + external_memory),
      () => answered(0),
    );
  }

  /** It must not go on: it would take a core, or all memory, from the others. */
  #give(kind: Fatal['kind'], { seed, label }: Beat): Fatal {
    void this.#worker.terminate();
    return new Fatal(kind, seed, label);
  }

  #whyEnded(error: NodeJS.ErrnoException): unknown {
    if (error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const { seed, label } = this.#pulse.read();
      return new Fatal('memory', seed, label);
    }
    return this.#endedBy(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  #endedBy(why: string): Error {
    const { seed, label, events } = this.#pulse.read();
    if (events > 0) return new Fatal('ended', seed, label, why);
    return simError('TROUPE_SIM_DEFINITION', `Expected a module that loads, got one that ended its thread: ${why}.`);
  }
}

/** In the workspace sources run as they are. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

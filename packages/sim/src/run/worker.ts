/** What runs in a worker thread: a simulation is loaded there, so that one that never ends can be ended. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { isTroupeError } from '@troupe/protocol';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { ActorExplorationReport } from '../actors/explore-actors.ts';
import type { Chooser } from '../choices/chooser.ts';
import { RecordingChooser } from '../choices/recording-chooser.ts';
import { ReplayingChooser } from '../choices/replaying-chooser.ts';
import type { Span } from '../choices/schedule.ts';
import type { ExplorationReport } from '../explore/report.ts';
import type { RunOutcome, Violation } from '../outcome.ts';
import { type TracedEvent, Tracer } from '../trace.ts';
import { firstDifference, nondeterministic } from './determinism.ts';
import { Pulse, PulsingChooser } from './pulse.ts';
import type { ExploreBounds, ExploreWatch, Runnable } from './runnable.ts';
import { type Found, runSeeds, type Tally } from './seeds.ts';
import { shrink } from './shrink.ts';
import { inSmallerWorld } from './smaller-world.ts';
import { chooserOf, type Strategy } from './strategy.ts';

export interface WorkerSetup {
  /** The URL of a module that exports `load`. */
  readonly loader: string;
  /** What its `load` is given. */
  readonly argument: unknown;
  readonly strategy: Strategy;
  readonly pulse: SharedArrayBuffer;
  readonly isCareful: boolean;
}

/** What a loader's module exports. */
export interface Loader {
  load(argument: unknown): Promise<Runnable>;
}

export interface ShrunkRun {
  readonly violation: Violation;
  /** Of its events, those that come after faults have ended. */
  readonly calmEvents: number;
  readonly spans: readonly Span[];
  readonly trace: readonly TracedEvent[];
  readonly tries: number;
  readonly isDone: boolean;
}

/** comlink carries no codes of errors: what is wrong with a definition is told as a value. */
export interface Failed {
  readonly failure: { readonly code: string | undefined; readonly message: string };
}

export type About = { readonly name: string; readonly sometimes: readonly string[] } | Failed;

export type Explored = ExplorationReport | ActorExplorationReport | Failed;

/** What the parent asks of a worker. */
export interface SimulationWorker {
  about(): Promise<About>;
  run(from: number, to: number): Promise<{ readonly tally: Tally; readonly found: Found | undefined }>;
  /** The failure of this seed, made small; or why it can't be: the seed does not always fail. */
  shrink(seed: number): Promise<ShrunkRun | { readonly unlike: Violation }>;
  explore(options: ExploreBounds, onProgress: ExploreWatch['onProgress']): Promise<Explored>;
  replay(spans: readonly Span[]): Promise<{ readonly outcome: RunOutcome; readonly trace: readonly TracedEvent[] }>;
}

const { loader, argument, strategy, pulse: memory, isCareful } = workerData as WorkerSetup;
const pulse = new Pulse(memory);
const loaded = import(loader).then((module: Loader) => module.load(argument));
// It is told to whoever asks first.
loaded.catch(() => {});

/** The same, with signs of life. */
async function runnable(): Promise<Runnable> {
  const inner = await loaded;
  return {
    ...inner,
    run: (chooser: Chooser, tracer) => inner.run(new PulsingChooser(chooser, pulse, isCareful), tracer),
  };
}

async function replay(spans: readonly Span[]) {
  const tracer = new Tracer();
  const outcome = await (await runnable()).run(new ReplayingChooser(spans), tracer);
  return { outcome, trace: tracer.events };
}

function onBeat(what?: () => string): void {
  pulse.beat();
  if (what !== undefined) pulse.say(what());
}

function failed(error: unknown): Failed {
  if (isTroupeError(error)) return { failure: { code: error.code, message: error.message } };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { failure: { code: undefined, message } };
}

const worker: SimulationWorker = {
  async about() {
    try {
      const { name, sometimes } = await loaded;
      return { name, sometimes };
    } catch (error) {
      return failed(error);
    }
  },
  async explore(options, onProgress) {
    try {
      const { explore } = await loaded;
      // What a worker in a search says is heard at once; that it was heard is not waited for.
      const watch = { onBeat, onProgress: (progress: Parameters<typeof onProgress>[0]) => void onProgress(progress) };
      return await explore(options, watch);
    } catch (error) {
      return failed(error);
    }
  },
  async run(from, to) {
    const result = await runSeeds(await runnable(), from, to, strategy, (seed) => pulse.seed(seed));
    // A promise that was rejected in these runs, and that nobody handles, ends this thread before it answers.
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  },
  async shrink(seed) {
    pulse.seed(seed);
    const recorder = new RecordingChooser(chooserOf(seed, strategy));
    const outcome = await (await runnable()).run(recorder);
    const { violation } = outcome;
    const among = await runnable();
    const fewer = violation && (await inSmallerWorld(among, recorder.spans, violation, strategy));
    const shrunk = violation && (await shrink(among, fewer ?? recorder.spans, violation));
    if (shrunk === undefined) {
      const difference = await firstDifference(among, () => chooserOf(seed, strategy));
      return { unlike: nondeterministic(difference ?? 'a failure that does not come back', outcome) };
    }
    const { spans, tries, isDone, violation: small, outcome: last } = shrunk;
    const { calmEvents } = last;
    return { violation: small, calmEvents, spans, tries, isDone, trace: (await replay(spans)).trace };
  },
  replay,
};

Comlink.expose(worker, nodeEndpoint(parentPort as MessagePort));

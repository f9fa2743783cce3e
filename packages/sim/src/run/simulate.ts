/**
 * Runs many seeds in worker threads, on as many cores as there are, up to the first that breaks a property; then makes its
 * failure small. The seed that is reported is the least of those that failed, so it does not hang on who was faster.
 */
import { availableParallelism } from 'node:os';
import { assertOption } from '@troupe/protocol';
import { SEEDS_MAX } from '../choices/random-chooser.ts';
import type { Schedule } from '../choices/schedule.ts';
import { simError } from '../errors.ts';
import type { RunOutcome, Violation } from '../outcome.ts';
import type { TracedEvent } from '../trace.ts';
import { fatalViolation, loadFailure } from './fatal-violation.ts';
import { Fatal, Sandbox, type SandboxOptions } from './sandbox.ts';
import { addTally, emptyTally, type Found, type Tally } from './seeds.ts';
import type { ShrunkRun, SimulationWorker } from './worker.ts';

/** Threads that may be asked for. */
export const WORKERS_MAX = 256;
/** Seeds that a worker is given at once: enough that asking costs nothing, few enough that all end together. */
const BATCH = 20;

export interface SimulateOptions extends SandboxOptions {
  /** The first seed, and how many. */
  readonly from: number;
  readonly seeds: number;
  /** Threads; default: one a core. */
  readonly workers?: number;
  /** After every batch: what there was, and the failure of the least seed so far. */
  readonly onProgress?: (tally: Readonly<Tally>, found: Found | undefined) => void;
  /** Ends it where it is: the report tells what there was by then. */
  readonly signal?: AbortSignal;
}

export interface SimulateReport {
  readonly name: string;
  readonly tally: Tally;
  readonly found: Found | undefined;
  /** The failure made small; undefined where nothing failed, or what failed can't be repeated in parts (it never ends). */
  readonly shrunk: ShrunkRun | undefined;
  /** It was ended before it was through. */
  readonly isCut: boolean;
}

type Ran = Awaited<ReturnType<SimulationWorker['run']>>;

/** @throws TROUPE_SIM_DEFINITION, TROUPE_CORE_OPTIONS */
export async function simulate(options: SimulateOptions): Promise<SimulateReport> {
  checkOptions(options);
  const { from: first, seeds, onProgress, signal } = options;
  const workers = Math.min(options.workers ?? availableParallelism(), Math.ceil(seeds / BATCH));
  await using pool = new AsyncDisposableStack();
  const sandboxes = Array.from({ length: workers }, () => pool.use(new Sandbox(options)));
  const about = await (sandboxes[0] as Sandbox).call((worker) => worker.about());
  if ('failure' in about) throw loadFailure(about.failure);
  const end = first + seeds;
  const tally = emptyTally(about);
  let next = first;
  let found: Found | undefined;
  const cut = aborted(signal);
  const work = async (begun: Sandbox): Promise<void> => {
    let sandbox = begun;
    while (next < (found?.seed ?? end) && signal?.aborted !== true) {
      const from = next;
      next = Math.min(end, from + BATCH);
      const to = next;
      const running = sandbox
        .call((worker) => worker.run(from, to))
        .catch(async (error: unknown) => {
          // Ended with all of it: nobody waits for this any more.
          if (signal?.aborted === true) throw error;
          const diagnosed = await diagnose(error, from, to, options, pool.use(new Sandbox(options, true)));
          sandbox = pool.use(new Sandbox(options));
          return diagnosed;
        });
      const ran = await Promise.race([running, cut]);
      if (ran === undefined) return;
      addTally(tally, ran.tally);
      if (ran.found !== undefined && ran.found.seed < (found?.seed ?? end)) found = ran.found;
      onProgress?.(tally, found);
    }
  };
  await Promise.all(sandboxes.map(work));
  const result = found as Found | undefined;
  refuseDefinition(result?.violation);
  const shown = await shrinkFound(result, options, cut);
  return { name: about.name, tally, ...shown, isCut: signal?.aborted === true };
}

/** Settles when the signal aborts, or never. */
function aborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve(undefined);
    else signal?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** Runs a schedule again. @throws TROUPE_SIM_DEFINITION, TROUPE_SIM_SCHEDULE where it is another simulation's */
export async function replayInSandbox(
  options: SandboxOptions,
  schedule: Schedule,
): Promise<{ readonly outcome: RunOutcome; readonly trace: readonly TracedEvent[] }> {
  await using sandbox = new Sandbox(options, true);
  const about = await sandbox.call((worker) => worker.about());
  if ('failure' in about) throw loadFailure(about.failure);
  if (about.name !== schedule.simulation)
    throw simError('TROUPE_SIM_SCHEDULE', `Expected a schedule of ${about.name}, got one of ${schedule.simulation}.`);
  try {
    return await sandbox.call((worker) => worker.replay(schedule.spans));
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    const violation = fatalViolation(error, error.label, options);
    return { outcome: { violation, events: 0, calmEvents: 0, ticks: 0, hash: '', reached: [], faults: {} }, trace: [] };
  }
}

function checkOptions({ from, seeds, workers }: SimulateOptions): void {
  assertOption(Number.isSafeInteger(from) && from >= 0, 'from that is a whole number from 0 up', from);
  const isSeeds = Number.isSafeInteger(seeds) && seeds >= 1 && from + seeds <= SEEDS_MAX;
  assertOption(isSeeds, `seeds that are a count from 1, and end below ${SEEDS_MAX}`, seeds);
  if (workers === undefined) return;
  const isWorkers = Number.isSafeInteger(workers) && workers >= 1 && workers <= WORKERS_MAX;
  assertOption(isWorkers, `workers that are a count from 1 to ${WORKERS_MAX}`, workers);
}

/** What a property or a client is wrong in is seen only when it is asked. */
function refuseDefinition(violation: Violation | undefined): void {
  if (violation?.property === 'TROUPE_SIM_DEFINITION') throw simError('TROUPE_SIM_DEFINITION', violation.message);
}

async function shrinkFound(
  found: Found | undefined,
  options: SimulateOptions,
  cut: Promise<undefined>,
): Promise<Pick<SimulateReport, 'found' | 'shrunk'>> {
  if (options.signal?.aborted === true || found === undefined || UNREPEATABLE.has(found.violation.property))
    return { found, shrunk: undefined };
  await using sandbox = new Sandbox(options);
  try {
    const shrunk = await Promise.race([sandbox.call((worker) => worker.shrink(found.seed)), cut]);
    // Cut while it is made small, it is shown as it was found.
    if (shrunk === undefined) return { found, shrunk };
    if ('unlike' in shrunk) return { found: { seed: found.seed, violation: shrunk.unlike }, shrunk: undefined };
    return { found, shrunk };
  } catch (error) {
    // Some change to the schedule never ends: the failure is shown as it is.
    if (error instanceof Fatal) return { found, shrunk: undefined };
    throw error;
  }
}

/** Repeats seeds of which one ended its worker, to see which, and what it was at. Where none does, all is well. */
async function diagnose(
  error: unknown,
  from: number,
  to: number,
  options: SandboxOptions,
  careful: Sandbox,
): Promise<Ran> {
  if (!(error instanceof Fatal)) throw error;
  let tally: Tally | undefined;
  for (let seed = from; seed < to; seed++) {
    const ran = await careful
      .call((worker) => worker.run(seed, seed + 1))
      .catch((again: unknown) => {
        if (again instanceof Fatal) return again;
        throw again;
      });
    if (ran instanceof Fatal) {
      const violation = fatalViolation(ran, ran.label === '' ? 'the setup of the run' : ran.label, options);
      return { tally: tally ?? emptyTally({ sometimes: [] }), found: { seed, violation } };
    }
    if (tally === undefined) tally = ran.tally;
    else addTally(tally, ran.tally);
    if (ran.found !== undefined) return { tally, found: ran.found };
  }
  return { tally: tally as Tally, found: undefined };
}

/** What ends a thread, or does not come again, can't be made small. */
const UNREPEATABLE: ReadonlySet<string> = new Set([
  'TROUPE_SIM_ENDLESS',
  'TROUPE_SIM_MEMORY',
  'TROUPE_SIM_ENDED',
  'TROUPE_SIM_NONDETERMINISTIC',
]);

/**
 * Runs many seeds in worker threads, on as many cores as there are, up to the first that breaks a property; then makes its
 * failure small. The seed that is reported is the least of those that failed, so it does not hang on who was faster.
 */
import { availableParallelism } from 'node:os';
import type { Schedule } from '../choices/schedule.ts';
import { simError } from '../errors.ts';
import type { RunOutcome, Violation } from '../outcome.ts';
import type { TracedEvent } from '../trace.ts';
import { Fatal, Sandbox, type SandboxOptions } from './sandbox.ts';
import { addTally, emptyTally, type Found, type Tally } from './seeds.ts';
import type { ShrunkRun } from './worker.ts';

/** Seeds that a worker is given at once: enough that asking costs nothing, few enough that all end together. */
const BATCH = 20;

export interface SimulateOptions extends SandboxOptions {
  /** The first seed, and how many. */
  readonly from: number;
  readonly seeds: number;
  /** Threads; default: one a core. */
  readonly workers?: number;
  /** After every batch. */
  readonly onProgress?: (tally: Readonly<Tally>) => void;
}

export interface SimulateReport {
  readonly name: string;
  readonly tally: Tally;
  readonly found: Found | undefined;
  /** The failure made small; undefined where nothing failed, or what failed can't be repeated in parts (it never ends). */
  readonly shrunk: ShrunkRun | undefined;
}

/** @throws TROUPE_SIM_DEFINITION and what else the simulation's module throws when it is loaded */
export async function simulate(options: SimulateOptions): Promise<SimulateReport> {
  const workers = Math.max(1, Math.min(options.workers ?? availableParallelism(), Math.ceil(options.seeds / BATCH)));
  await using pool = new AsyncDisposableStack();
  const sandboxes = Array.from({ length: workers }, () => pool.use(new Sandbox(options)));
  const about = await (sandboxes[0] as Sandbox).call((worker) => worker.about());
  if ('failure' in about) throw loadFailure(about.failure);
  const end = options.from + options.seeds;
  const tally = emptyTally(about);
  let next = options.from;
  let found: Found | undefined;
  const work = async (sandbox: Sandbox): Promise<void> => {
    while (next < (found?.seed ?? end)) {
      const from = next;
      next = Math.min(end, from + BATCH);
      const to = next;
      const result = await sandbox
        .call((worker) => worker.run(from, to))
        .catch((error: unknown) => diagnose(error, options));
      if ('tally' in result) addTally(tally, result.tally);
      const failed = 'tally' in result ? result.found : result;
      if (failed !== undefined && failed.seed < (found?.seed ?? end)) found = failed;
      options.onProgress?.(tally);
      // A worker that was ended works no more; the seeds before the one that ended it have been run by it.
      if (!('tally' in result)) return;
    }
  };
  await Promise.all(sandboxes.map(work));
  return { name: about.name, tally, found, shrunk: await shrinkFound(found, options) };
}

/** Runs a schedule again. @throws TROUPE_SIM_DEFINITION, TROUPE_SIM_SCHEDULE where it is another simulation's */
export async function replayInSandbox(
  options: SandboxOptions,
  schedule: Schedule,
): Promise<{ readonly outcome: RunOutcome; readonly trace: readonly TracedEvent[] }> {
  await using sandbox = new Sandbox(options);
  const about = await sandbox.call((worker) => worker.about());
  if ('failure' in about) throw loadFailure(about.failure);
  if (about.name !== schedule.simulation)
    throw simError('TROUPE_SIM_SCHEDULE', `Expected a schedule of ${about.name}, got one of ${schedule.simulation}.`);
  return await sandbox.call((worker) => worker.replay(schedule.spans));
}

async function shrinkFound(found: Found | undefined, options: SandboxOptions): Promise<ShrunkRun | undefined> {
  if (found === undefined || isFatal(found.violation)) return undefined;
  await using sandbox = new Sandbox(options);
  return await sandbox.call((worker) => worker.shrink(found.seed));
}

/** Repeats a run that hung, or used up its memory, to see what it was at. */
async function diagnose(error: unknown, options: SandboxOptions): Promise<Found> {
  if (!(error instanceof Fatal)) throw error;
  await using sandbox = new Sandbox(options, true);
  const again = await sandbox
    .call((worker) => worker.run(error.seed, error.seed + 1))
    .catch((second: unknown) => second);
  const label = again instanceof Fatal && again.label !== '' ? again.label : 'the setup of the run';
  return { seed: error.seed, violation: fatalViolation(error, label, options) };
}

function fatalViolation({ kind }: Fatal, label: string, options: SandboxOptions): Violation {
  const [property, message] =
    kind === 'endless'
      ? [
          'TROUPE_SIM_ENDLESS',
          `Expected every event to end, got one that took longer than ${options.stallMilliseconds} ms: ${label}.`,
        ]
      : [
          'TROUPE_SIM_MEMORY',
          `Expected a run to need at most ${options.heapMegabytes} MB, got more at this event: ${label}.`,
        ];
  return { kind: 'error', property: property as string, message: message as string, at: 0, events: 0, states: [] };
}

function isFatal({ property }: Violation): boolean {
  return property === 'TROUPE_SIM_ENDLESS' || property === 'TROUPE_SIM_MEMORY';
}

function loadFailure({ code, message }: { readonly code: string | undefined; readonly message: string }): Error {
  // Of Troupe's own: it says what was expected.
  if (code !== undefined) return simError('TROUPE_SIM_DEFINITION', message);
  return simError('TROUPE_SIM_DEFINITION', `Expected a module that loads, got: ${message}`);
}

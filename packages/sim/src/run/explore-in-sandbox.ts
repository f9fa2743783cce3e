/** Explores in a worker thread that is watched: a step that never ends, or takes all memory, is ended and named. */
import * as Comlink from 'comlink';
import type { ActorExplorationReport } from '../actors/explore-actors.ts';
import { simError } from '../errors.ts';
import type { ExplorationReport } from '../explore/report.ts';
import { fatalViolation, loadFailure } from './fatal-violation.ts';
import type { ExploreBounds, ExploreWatch } from './runnable.ts';
import { Fatal, Sandbox, type SandboxOptions } from './sandbox.ts';

/** A search keeps what it has met, and looks through all of it at its end. */
export const EXPLORE_SANDBOX_DEFAULTS = { stallMilliseconds: 30_000, heapMegabytes: 4_096 } as const;

/**
 * @throws TROUPE_SIM_DEFINITION, TROUPE_SIM_MODEL, TROUPE_CORE_OPTIONS
 * @throws TROUPE_SIM_ENDLESS, TROUPE_SIM_MEMORY with the step
 */
export async function exploreInSandbox(
  sandboxed: SandboxOptions,
  bounds: ExploreBounds,
  onProgress: ExploreWatch['onProgress'] = () => {},
): Promise<ExplorationReport | ActorExplorationReport> {
  await using sandbox = new Sandbox(sandboxed);
  try {
    const report = await sandbox.call((worker) => worker.explore(bounds, Comlink.proxy(onProgress)));
    if ('failure' in report) throw loadFailure(report.failure);
    return report;
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    const { property, message } = fatalViolation(error, error.label, sandboxed);
    throw simError(property, message);
  }
}

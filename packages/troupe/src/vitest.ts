/** Simulations as tests: for vitest, which has to be installed. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SANDBOX_DEFAULTS, type SandboxOptions, simulate, type Tally } from '@troupe/sim';
import { type Asked, reportText } from './cli/sim-text.ts';
import { inSandbox } from './simulations/in-sandbox.ts';

// Whoever has no vitest can import this all the same, and is told so when it is used.
const vitest = await import('vitest').catch((error: Error) => error);

export interface SimTestOptions
  extends Partial<Pick<SandboxOptions, 'strategy' | 'stallMilliseconds' | 'heapMegabytes'>> {
  /** How many seeds. */
  readonly seeds: number;
  /** The first of them. Default 0. */
  readonly from?: number;
  /** With this defect put in, of those that the module exports as `bugs`. */
  readonly bug?: string;
  /** Threads. Default: one a core. */
  readonly workers?: number;
  /** How long the test may take. Milliseconds, default 120,000. */
  readonly timeout?: number;
}

const TIMEOUT_MILLISECONDS = 120_000;

/**
 * A test that runs so many seeds of a simulation, in watched worker threads. It fails with what `troupe sim` prints: the seed,
 * what broke, the schedule made small as a diagram, and the command that replays it. It fails too where something that must
 * hold sometimes never did.
 *
 * `simulation`: a module whose default export it is, as `new URL('./lock-simulation.ts', import.meta.url)` or by its path; or
 * the name of a packaged protocol.
 */
export function simTest(name: string, options: SimTestOptions, simulation: URL | string): void {
  if (vitest instanceof Error) throw vitest;
  vitest.test(name, { timeout: options.timeout ?? TIMEOUT_MILLISECONDS }, () => runSeeds(options, simulation));
}

/** What such a test does, for other runners. Rejects with what is wrong. */
export async function runSeeds(options: SimTestOptions, simulation: URL | string): Promise<void> {
  const { seeds, from = 0, bug, workers, timeout: _ofTheTest, ...watch } = options;
  const asked: Asked = { simulation: pathOf(simulation), bug, strategy: watch.strategy ?? 'mixed' };
  const sandbox = inSandbox({ ...SANDBOX_DEFAULTS, ...watch, ...asked });
  const report = await simulate({ ...sandbox, from, seeds, ...(workers === undefined ? {} : { workers }) });
  if (report.found === undefined && !neverReachesSome(report.tally)) return;
  throw new Error(`Expected ${seeds} seeds of ${report.name} to hold, got:\n${reportText(asked, report)}`);
}

const neverReachesSome = ({ sometimes }: Tally): boolean => Object.values(sometimes).includes(0);

/** As one would write it on the command line. */
function pathOf(simulation: URL | string): string {
  const isUrl = simulation instanceof URL || simulation.startsWith('file:');
  return isUrl ? relative(process.cwd(), fileURLToPath(simulation)) : simulation;
}

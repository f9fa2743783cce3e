/**
 * The main job: an index of the identifiers below a folder, made by actors on several threads, one of which dies half-way;
 * then the proof that nothing was lost and nothing counted twice. `npm start -- --help` says more.
 */

import { createSystem } from 'troupe';
import { LiveView } from 'troupe/live';
import { buildIndex } from './indexing.ts';
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { plainCount } from './plain-count.ts';
import { progressLine } from './progress-line.ts';
import { makeReport, type Report, renderReport } from './report.ts';
import { Timeline } from './timeline.ts';

const EXIT = { unequal: 1, failed: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  let interruptedBy: 'SIGINT' | 'SIGTERM' | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    // Asked twice: the user does not want to wait for an orderly end.
    if (interruptedBy !== undefined) process.exit(EXIT[interruptedBy]);
    interruptedBy = signal as 'SIGINT' | 'SIGTERM';
    interruption.abort(new Error(`interrupted by ${signal}`));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const options = readOptions(args);
    if (options === undefined) {
      process.stdout.write(USAGE);
      return 0;
    }
    const report = await run(options, interruption.signal);
    process.stdout.write(options.isJson ? `${JSON.stringify(report)}\n` : renderReport(report));
    return report.proof.isEqual ? 0 : EXIT.unequal;
  } catch (error) {
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: errorData(error) })}\n`);
    else if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${USAGE}`);
    else if (interruptedBy !== undefined) process.stderr.write(`Stopped in order: interrupted by ${interruptedBy}.\n`);
    else console.error(error);
    if (interruptedBy !== undefined) return EXIT[interruptedBy];
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function errorData(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  // Undefined is left out.
  return { name: error.name, code: (error as { code?: unknown }).code, message: error.message };
}

async function run(options: Options, signal: AbortSignal): Promise<Report> {
  // What supervisors do is shown as it happens, so that the log has nothing to add; signals are taken above.
  await using system = await createSystem({ nodes: options.nodes, logLevel: 'fatal', handleSigterm: false });
  let heading = 'starting';
  using view = new LiveView(system, { heading: () => [heading] });
  const timeline = new Timeline(({ what }) => view.log(what));
  system.onEvent((event) => timeline.add(event));

  const since = Date.now();
  const startedAt = performance.now();
  const index = await buildIndex(system, {
    folder: options.folder,
    kill: options.kill,
    signal,
    onProgress: ({ confirmed, batches, isListed }) => {
      heading = progressLine(isListed ? 'indexing' : 'listing ', confirmed, batches, 'batches confirmed');
    },
  });
  const indexedAt = performance.now();
  view.log(`indexed ${index.files} files; counting again in one plain loop`);
  const plain = await plainCount(options.folder, since, signal, (files) => {
    heading = progressLine('counting', files, index.files, 'files');
  });
  const seconds = { index: (indexedAt - startedAt) / 1_000, plain: (performance.now() - indexedAt) / 1_000 };
  return makeReport(options, index, plain, seconds, timeline);
}

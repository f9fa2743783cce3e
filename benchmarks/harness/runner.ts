import { fork } from 'node:child_process';
import type { Effort } from './measure.ts';
import type { Outcome } from './outcome.ts';
import type { Job } from './plan.ts';

/** What a child process sends to its parent, once. */
export type Report =
  | { readonly type: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly type: 'failed'; readonly reason: string };

/** What a job gave: its outcomes, and what it wrote to stderr, since writing takes time that the figures then contain. */
export interface JobResult {
  readonly outcomes: readonly Outcome[];
  readonly complaints: { readonly lines: number; readonly last: string };
}

const OUTPUT_BYTES_KEPT = 4_096;

/**
 * Runs one job in a process of its own: a workload that ran before would leave its shapes and its garbage behind,
 * and megamorphic dispatch halves some rates.
 *
 * @throws Error when the child fails, crashes, or takes too long
 */
export async function runJob(job: Job, effort: Effort, child: URL = CHILD): Promise<JobResult> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Outcome[]>();
  const process_ = fork(child, [job.suite, job.workload.name, job.subject.name, JSON.stringify(effort)], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ...job.subject.environment },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let output = '';
  let lines = 0;
  process_.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-OUTPUT_BYTES_KEPT);
    lines += chunk.split('\n').length - 1;
  });
  const timer = setTimeout(() => {
    process_.kill('SIGKILL');
    reject(
      new Error(`Expected an end within ${effort.timeoutMilliseconds} ms, got none: a message was lost, or it hangs`),
    );
  }, effort.timeoutMilliseconds);
  process_.once('error', reject);
  process_.on('message', (report: Report) => {
    if (report.type === 'outcomes') resolve(report.outcomes);
    else reject(new Error(report.reason));
  });
  const ended = new Promise<void>((settle) => {
    process_.once('close', (code, signal) => {
      reject(new Error(`Expected a report, got an end with ${signal ?? `code ${code}`}: ${lastLine(output)}`));
      settle();
    });
  });
  try {
    const outcomes = await promise;
    await ended;
    return { outcomes, complaints: { lines, last: lastLine(output) } };
  } finally {
    await ended; // So that nothing of it runs beside the next job.
    clearTimeout(timer);
  }
}

const CHILD = new URL('./child.ts', import.meta.url);

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

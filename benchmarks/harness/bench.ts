/**
 * The whole of a run: options, plan, one child process after another, tables, and the JSON file.
 * A subject that fails is reported and doesn't stop the others, but makes the exit code 1.
 */
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { loadSubjects } from '../subjects/registry.ts';
import type { Subject } from '../subjects/subject.ts';
import { SUITES } from '../workloads/suites.ts';
import { describeMachine } from './machine.ts';
import { type Effort, FULL, figure, QUICK } from './measure.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { type Job, plan } from './plan.ts';
import { Progress } from './progress.ts';
import { notes, suiteTable } from './report.ts';
import { type Findings, type Result, toDocument } from './result.ts';
import { type JobResult, runJob } from './runner.ts';
import { summarize } from './statistics.ts';

/** What a run takes from the world, so that a test can bring its own. */
export interface World {
  readonly load: typeof loadSubjects;
  readonly run: (job: Job, effort: Effort) => Promise<JobResult>;
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

const WORLD: World = { load: loadSubjects, run: runJob, print: console.log, warn: console.error };

/** Returns the exit code. */
export async function bench(argv: readonly string[], world: World = WORLD): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    return refuse(error, world);
  }
  if (options.help) return say(USAGE, world);
  const { subjects, broken } = await world.load();
  for (const { name, reason } of broken) world.warn(`FAILED ${name}: can't be loaded: ${reason}`);
  let jobs: readonly Job[];
  try {
    jobs = plan(options, subjects);
  } catch (error) {
    return refuse(error, world);
  }
  if (options.list) return say(listing(options, subjects), world);
  const unwritable = options.json === undefined ? undefined : whyNotWritable(options.json);
  if (unwritable !== undefined) return refuse(unwritable, world);
  const failed = await measureAll(jobs, options, subjects, world);
  return failed + broken.length === 0 ? 0 : 1;
}

async function measureAll(
  jobs: readonly Job[],
  options: Options,
  subjects: readonly Subject[],
  world: World,
): Promise<number> {
  const machine = describeMachine(options.quick);
  const findings: Findings = { results: [], failures: [], warnings: [] };
  const skipped = subjects.flatMap((subject) => {
    const reason = jobs.some((job) => job.subject === subject) ? subject.unavailable?.() : undefined;
    return reason === undefined ? [] : [{ subject, reason }];
  });
  const runnable = jobs.filter((job) => !skipped.some(({ subject }) => subject === job.subject));
  const progress = new Progress(runnable.length);
  const { cpu, cores, os, node, erl } = machine;
  world.print(`${cpu}, ${cores} cores, ${os}, node ${node}, OTP ${erl ?? 'none'}`);
  for (const suite of options.suites) {
    for (const job of runnable.filter((candidate) => candidate.suite === suite)) {
      progress.show(`${suite} ${job.workload.name} ${job.subject.name}`);
      await measureOne(job, options.quick ? QUICK : FULL, findings, world);
    }
    progress.clear();
    world.print(`\n${suiteTable(suite, findings.results, subjects, process.stdout.isTTY)}`);
    world.print(notes(suite, findings, subjects));
    // After each suite: what a long run has measured is not lost where it is broken off.
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify(toDocument(machine, findings.results), null, 2)}\n`);
  }
  for (const { subject, reason } of skipped) world.print(`SKIPPED ${subject.name}: ${reason}`);
  return findings.failures.length;
}

async function measureOne(
  job: Job,
  effort: Effort,
  { results, failures, warnings }: Findings,
  world: World,
): Promise<void> {
  const { suite, subject, workload } = job;
  try {
    const { outcomes, complaints } = await world.run(job, effort);
    const measured = workload.results.map((result): Result => {
      const summary = summarize(outcomes.map((outcome) => figure(outcome, result)));
      return { suite, workload: result.name, subject: subject.name, unit: result.unit, ...summary };
    });
    results.push(...measured);
    if (complaints.lines > 0) warnings.push({ suite, workload: workload.name, subject: subject.name, ...complaints });
  } catch (error) {
    failures.push({ suite, workload: workload.name, subject: subject.name, reason: (error as Error).message });
  }
}

/** Looked at before anything is measured. */
function whyNotWritable(file: string): Error | undefined {
  try {
    // Neither is it emptied, nor left behind empty.
    const isNew = !existsSync(file);
    closeSync(openSync(file, 'a'));
    if (isNew) rmSync(file);
    return undefined;
  } catch (error) {
    return new Error(`Expected --json to name a file that can be written, got ${file}: ${(error as Error).message}`);
  }
}

function listing(options: Options, subjects: readonly Subject[]): string {
  const lines = options.suites.flatMap((suite) => [
    `suite ${suite}`,
    ...SUITES[suite].flatMap((workload) => {
      const able = subjects.filter((subject) => subject.suites[suite]?.[workload.name] !== undefined);
      return [`  ${workload.name}: ${workload.about}`, `    ${able.map((subject) => subject.name).join(', ')}`];
    }),
  ]);
  return [
    ...lines,
    'subjects',
    ...subjects.map((subject) => `  ${subject.name} (${subject.kind}): ${subject.note}`),
  ].join('\n');
}

function refuse(error: unknown, world: World): number {
  world.warn(`${(error as Error).message}\n\n${USAGE}`);
  return 2;
}

function say(text: string, world: World): number {
  world.print(text);
  return 0;
}

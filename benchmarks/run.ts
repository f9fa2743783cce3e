/**
 * `npm run bench`: measures Troupe beside its peers. `--help` says how; README.md says what each figure means.
 */
import { writeFileSync } from 'node:fs';
import { describeMachine } from './harness/machine.ts';
import { type Effort, FULL, figure, QUICK } from './harness/measure.ts';
import { type Options, parseOptions, USAGE } from './harness/options.ts';
import { type Job, plan } from './harness/plan.ts';
import { Progress } from './harness/progress.ts';
import { notes, suiteTable } from './harness/report.ts';
import { type Failure, type Result, toDocument } from './harness/result.ts';
import { runJob } from './harness/runner.ts';
import { summarize } from './harness/statistics.ts';
import { loadSubjects } from './subjects/registry.ts';
import type { Subject } from './subjects/subject.ts';
import { SUITES } from './workloads/suites.ts';

async function main(argv: readonly string[]): Promise<number> {
  let options: Options;
  let jobs: readonly Job[];
  const { subjects, broken } = await loadSubjects();
  try {
    options = parseOptions(argv);
    if (options.help) return say(USAGE);
    jobs = plan(options, subjects);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.list) return say(listing(options, subjects));
  const failures = await measureAll(jobs, options, subjects);
  for (const { name, reason } of broken) console.error(`FAILED ${name}: can't be loaded: ${reason}`);
  return failures + broken.length === 0 ? 0 : 1;
}

async function measureAll(jobs: readonly Job[], options: Options, subjects: readonly Subject[]): Promise<number> {
  const effort = options.quick ? QUICK : FULL;
  const machine = describeMachine(options.quick);
  const results: Result[] = [];
  const failures: Failure[] = [];
  const skipped = subjects.flatMap((subject) => {
    const reason = jobs.some((job) => job.subject === subject) ? subject.unavailable?.() : undefined;
    return reason === undefined ? [] : [{ subject, reason }];
  });
  const runnable = jobs.filter((job) => !skipped.some(({ subject }) => subject === job.subject));
  const progress = new Progress(runnable.length);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.os}, node ${machine.node}, OTP ${machine.erl ?? 'none'}`,
  );
  for (const suite of options.suites) {
    for (const job of runnable.filter((candidate) => candidate.suite === suite)) {
      progress.show(`${suite} ${job.workload.name} ${job.subject.name}`);
      await measureOne(job, effort, results, failures);
    }
    progress.clear();
    console.log(
      `\n${suiteTable(suite, results, subjects, process.stdout.isTTY)}\n${notes(suite, results, failures, subjects)}`,
    );
  }
  for (const { subject, reason } of skipped) console.log(`SKIPPED ${subject.name}: ${reason}`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(toDocument(machine, results), null, 2)}\n`);
  return failures.length;
}

async function measureOne(job: Job, effort: Effort, results: Result[], failures: Failure[]): Promise<void> {
  const { suite, subject, workload } = job;
  try {
    const outcomes = await runJob(job, effort);
    const measured = workload.results.map((result): Result => {
      const summary = summarize(outcomes.map((outcome) => figure(outcome, result)));
      return { suite, workload: result.name, subject: subject.name, unit: result.unit, ...summary };
    });
    results.push(...measured);
  } catch (error) {
    failures.push({ suite, workload: workload.name, subject: subject.name, reason: (error as Error).message });
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

function say(text: string): number {
  console.log(text);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));

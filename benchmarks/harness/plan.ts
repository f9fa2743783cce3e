import type { Subject } from '../subjects/subject.ts';
import { SUITES } from '../workloads/suites.ts';
import type { SuiteName, Workload } from '../workloads/workload.ts';
import type { Options } from './options.ts';

/** One child process. */
export interface Job {
  readonly suite: SuiteName;
  readonly workload: Workload;
  readonly subject: Subject;
}

/**
 * What to run, workload by workload, so that the subjects that are compared run close to one another in time.
 *
 * @throws Error when a named subject or workload fits nothing, so that a typing error is not an empty success
 */
export function plan(options: Options, subjects: readonly Subject[]): readonly Job[] {
  const jobs = options.suites.flatMap((suite) =>
    SUITES[suite].flatMap((workload) =>
      subjects
        .filter((subject) => subject.suites[suite]?.[workload.name] !== undefined)
        .map((subject): Job => ({ suite, workload, subject })),
    ),
  );
  for (const name of options.subjects) {
    if (!jobs.some((job) => fitsSubject(job, name)))
      throw unknown(
        'subject',
        name,
        jobs.map((job) => job.subject.name),
      );
  }
  for (const name of options.workloads) {
    if (!jobs.some((job) => fitsWorkload(job, name)))
      throw unknown(
        'workload',
        name,
        jobs.map((job) => job.workload.name),
      );
  }
  return jobs.filter(
    (job) =>
      (options.subjects.length === 0 || options.subjects.some((name) => fitsSubject(job, name))) &&
      (options.workloads.length === 0 || options.workloads.some((name) => fitsWorkload(job, name))),
  );
}

/** A name fits itself and its variants: `troupe` fits `troupe:async`, `limit` every limit. */
function fitsSubject(job: Job, name: string): boolean {
  return job.subject.name === name || job.subject.name.startsWith(`${name}:`);
}

function fitsWorkload(job: Job, name: string): boolean {
  return job.workload.name === name || job.workload.results.some((result) => result.name === name);
}

function unknown(what: string, name: string, known: readonly string[]): Error {
  return new Error(`Expected a ${what} of ${[...new Set(known)].join(', ')}, got "${name}"`);
}

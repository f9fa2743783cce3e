/**
 * The process of one job: prepares the workload, measures it, reports once, and ends,
 * whatever the subject left running.
 */
import { loadSubject } from '../subjects/registry.ts';
import { findWorkload } from '../workloads/suites.ts';
import type { SuiteName } from '../workloads/workload.ts';
import { type Effort, measure } from './measure.ts';
import type { Report } from './runner.ts';

const CLOSE_MILLISECONDS = 2_000;

const [suite, workloadName, subjectName, effortText] = process.argv.slice(2) as [SuiteName, string, string, string];

async function job(): Promise<Report> {
  const subject = await loadSubject(subjectName);
  const prepare = subject.suites[suite]?.[workloadName];
  if (prepare === undefined)
    throw new Error(`Expected ${subjectName} to have workload ${suite}/${workloadName}, got none`);
  const bench = await prepare();
  const outcomes = await measure(bench, findWorkload(suite, workloadName), JSON.parse(effortText) as Effort);
  await Promise.race([bench.close?.(), new Promise((resolve) => setTimeout(resolve, CLOSE_MILLISECONDS).unref())]);
  return { type: 'outcomes', outcomes };
}

function failed(error: unknown): Report {
  return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
}

function report(result: Report): void {
  process.send?.(result, () => process.exit(0));
}

process.once('uncaughtException', (error) => report(failed(error)));
job().then(report, (error) => report(failed(error)));

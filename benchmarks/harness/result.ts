import type { SuiteName } from '../workloads/workload.ts';
import type { Machine } from './machine.ts';
import type { Summary } from './statistics.ts';

/** One line of the JSON file. */
export interface Result extends Summary {
  readonly suite: SuiteName;
  readonly workload: string;
  readonly subject: string;
  readonly unit: string;
}

/** A subject that could not be measured, or that lost or doubled messages. */
export interface Failure {
  readonly suite: SuiteName;
  readonly workload: string;
  readonly subject: string;
  readonly reason: string;
}

/** A subject that wrote to stderr while it was measured. */
export interface Warning {
  readonly suite: SuiteName;
  readonly workload: string;
  readonly subject: string;
  readonly lines: number;
  readonly last: string;
}

/** What a run has found so far. */
export interface Findings {
  readonly results: Result[];
  readonly failures: Failure[];
  readonly warnings: Warning[];
}

/** The JSON file: these keys and no others. */
export interface Document {
  readonly machine: Machine;
  readonly results: readonly Result[];
}

/** Key order is the documented one; three decimals are more than the noise allows. */
export function toDocument(machine: Machine, results: readonly Result[]): Document {
  return {
    machine,
    results: results.map(({ suite, workload, subject, unit, min, median, max, samples }) => ({
      suite,
      workload,
      subject,
      unit,
      min: rounded(min),
      median: rounded(median),
      max: rounded(max),
      samples,
    })),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

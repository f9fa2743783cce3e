import { parseArgs } from 'node:util';
import { SUITE_NAMES } from '../workloads/suites.ts';
import type { SuiteName } from '../workloads/workload.ts';

export interface Options {
  readonly suites: readonly SuiteName[];
  readonly subjects: readonly string[];
  readonly workloads: readonly string[];
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run bench -- [suite ...] [options]

Measures Troupe beside its peers and beside prototypes that show the machine's limits.
Each workload of each subject runs in a process of its own, one after another.

Suites: ${SUITE_NAMES.join(', ')} (all where none is named)

Options:
  --quick            few, short samples: at most 90 seconds a suite
  --subject NAME     only this subject (may be repeated, or separated by commas);
                     "limit" is every limit, "troupe" also every variant of it
  --workload NAME    only this workload (may be repeated, or separated by commas)
  --json FILE        also write the figures to FILE
  --list             list suites, workloads and subjects, and measure nothing
  --help             show this text

Exit code: 0 when everything was measured, 1 when a subject failed or lost a message, 2 on a wrong option.`;

/** @throws Error with the usage's wording when an option is unknown or a suite does not exist */
export function parseOptions(argv: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      subject: { type: 'string', multiple: true, default: [] },
      workload: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  const wrong = positionals.find((name) => !isSuite(name));
  if (wrong !== undefined) throw new Error(`Expected a suite of ${SUITE_NAMES.join(', ')}, got "${wrong}"`);
  if (values.json === '') throw new Error('Expected a file name after --json, got nothing');
  const suites = SUITE_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name));
  return {
    suites,
    subjects: separated(values.subject),
    workloads: separated(values.workload),
    quick: values.quick,
    json: values.json,
    list: values.list,
    help: values.help,
  };
}

function separated(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

function isSuite(name: string): name is SuiteName {
  return (SUITE_NAMES as readonly string[]).includes(name);
}

/** What CI runs, listed from what the repository has: a new example or suite is run without being added here. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS } from '../checks.ts';
import { TOOL_ENV } from '../run-tool.ts';
import { ROOT, readJson } from '../workspace.ts';
import type { Step, Tally } from './step.ts';
import { REPORT_VARIABLE, type TestReport } from './test-reporter.ts';

export const REPORTS = 'dist/ci';
const TEST_REPORT = join(ROOT, REPORTS, 'tests.json');

export function listSteps(): Step[] {
  return [...checkSteps(), testStep(), buildStep(), ...exampleSteps(), ...simulationSteps(), ...benchmarkSteps()];
}

function checkSteps(): Step[] {
  const names = CHECKS.map((check) => check.name).filter((name) => name !== 'tests');
  return names.map((name) => ({
    name: `verify: ${name}`,
    command: ['node', 'scripts/verify.ts', name],
    timeoutSeconds: 120,
  }));
}

function testStep(): Step {
  return {
    name: 'tests',
    command: ['npm', 'test', '--', '--reporter=default', '--reporter=./scripts/ci/test-reporter.ts'],
    timeoutSeconds: 1_500,
    env: { [REPORT_VARIABLE]: TEST_REPORT },
    count: () => (existsSync(TEST_REPORT) ? countTests(readJson(TEST_REPORT)) : undefined),
  };
}

/** A file that was running when the tests were cut off is a failure of its own. */
export function countTests({ passed, failures, running }: TestReport): Tally {
  const cutOff = running.map((file) => ({ what: file, why: 'It was running when the tests were ended.' }));
  return { passed, failures: [...failures, ...cutOff] };
}

function buildStep(): Step {
  return { name: 'build, pack, publint, attw, install', command: ['npm', 'run', 'build'], timeoutSeconds: 300 };
}

function exampleSteps(): Step[] {
  const folder = join(ROOT, 'examples');
  const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'main.ts')));
  return examples.sort().map((name) => ({
    name: `example: ${name}`,
    // The main job is run by its own command, so that this is proven too.
    command: name === 'index-words' ? ['npm', 'start'] : ['node', `examples/${name}/main.ts`],
    timeoutSeconds: 120,
  }));
}

/** Every simulation there is, seed by seed; those of cores also state by state, where they say how far. */
function simulationSteps(): Step[] {
  const folder = join(ROOT, 'examples');
  const files = readdirSync(folder)
    .map((name) => `examples/${name}/simulation.ts`)
    .filter((file) => existsSync(join(ROOT, file)));
  const subjects = [...protocols(), ...files.sort()];
  const troupe = (command: string, ...args: readonly string[]): Step => ({
    name: `troupe ${[command, ...args].join(' ')}`,
    command: ['npx', 'troupe', command, ...args],
    timeoutSeconds: 180,
  });
  return subjects.flatMap((subject) => [
    troupe('sim', subject, '--seeds', SEEDS),
    ...(isExplored(subject) ? [troupe('explore', subject)] : []),
  ]);
}

/** Seeds of each simulation. */
const SEEDS = '1000';

function protocols(): string[] {
  const listed = spawnSync('npx', ['troupe', 'sim', '--list', '--json'], {
    cwd: ROOT,
    env: TOOL_ENV,
    encoding: 'utf8',
  });
  const { protocols: found } = JSON.parse(listed.stdout) as {
    readonly protocols: readonly { readonly name: string }[];
  };
  return found.map(({ name }) => name);
}

function isExplored(subject: string): boolean {
  return !subject.endsWith('.ts') || readFileSync(join(ROOT, subject), 'utf8').includes('exploration:');
}

function benchmarkSteps(): Step[] {
  if (!existsSync(join(ROOT, 'benchmarks', 'run.ts'))) return [];
  const listed = spawnSync('node', ['benchmarks/run.ts', '--list'], { cwd: ROOT, env: TOOL_ENV, encoding: 'utf8' });
  const suites = [...(listed.stdout ?? '').matchAll(/^suite (\S+)/gm)].map((match) => match[1] ?? '');
  if (suites.length === 0)
    return [
      { name: 'benchmarks', command: ['node', 'benchmarks/run.ts', '--list'], timeoutSeconds: 60, count: noSuites },
    ];
  return suites.map((suite) => ({
    name: `benchmark: ${suite}`,
    command: ['npm', 'run', 'bench', '--', suite, '--quick', '--json', `${REPORTS}/bench-${suite}.json`],
    timeoutSeconds: 240,
  }));
}

/** A list of benchmarks that names no suite is a failure, whatever its exit code. */
function noSuites(): Tally {
  return { passed: 0, failures: [{ what: '', why: 'The list of benchmarks names no suite.' }] };
}

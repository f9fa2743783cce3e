/** What CI runs, listed from what the repository has: a new example or suite is run without being added here. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS } from '../checks.ts';
import { TOOL_ENV } from '../run-tool.ts';
import { ROOT, readJson } from '../workspace.ts';
import type { Step, Tally } from './step.ts';

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
  const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${TEST_REPORT}`];
  return {
    name: 'tests',
    command: ['npm', 'test', '--', ...reports],
    timeoutSeconds: 1_500,
    count: () => (existsSync(TEST_REPORT) ? countTests(readJson(TEST_REPORT)) : undefined),
  };
}

export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** A file that could not be loaded has no tests to fail: it counts as one. */
export function countTests({ numPassedTests, numFailedTests, testResults }: TestReport): Tally {
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length };
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
  return { passed: 0, failed: 1 };
}

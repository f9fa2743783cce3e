import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { loadSubjects } from '../subjects/registry.ts';
import type { Subject } from '../subjects/subject.ts';
import { SUITES } from '../workloads/suites.ts';
import { bench, type World } from './bench.ts';
import { type Effort, measure } from './measure.ts';
import type { Bench } from './outcome.ts';
import type { Document } from './result.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFile(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'troupe-bench-'));
  folders.push(folder);
  return path.join(folder, 'figures.json');
}

function subject(name: string, handled: (count: number) => number, more: Partial<Subject> = {}): Subject {
  const run: Bench['run'] = async (count) => ({ sent: count, handled: handled(count), milliseconds: count / 1_000 });
  return { name, kind: 'peer', note: 'made up', suites: { local: { counting: () => ({ run }) } }, ...more };
}

const honest = subject('honest', (count) => count);
const lossy = subject('lossy', (count) => count - 1);
const absent = subject('absent', (count) => count, { unavailable: () => 'Expected it here, found none' });

/** Runs in this process, with subjects of the test's own. */
function world(subjects: readonly Subject[], broken: readonly { name: string; reason: string }[] = []) {
  const printed: string[] = [];
  const warned: string[] = [];
  const effort: Effort = {
    warmupMilliseconds: 1,
    sampleMilliseconds: 1,
    samples: 3,
    draws: 3,
    timeoutMilliseconds: 1_000,
  };
  const made: World = {
    load: async () => ({ subjects, broken }),
    run: async (job) => ({
      outcomes: await measure(await job.subject.suites.local!['counting']!(), job.workload, effort),
      complaints: { lines: 0, last: '' },
    }),
    print: (text) => void printed.push(text),
    warn: (text) => void warned.push(text),
  };
  return { made, out: () => printed.join('\n'), err: () => warned.join('\n') };
}

describe('a run', () => {
  test('in which every subject handled what was sent ends with 0', async () => {
    const { made, out } = world([honest]);
    expect(await bench(['local', '--quick'], made)).toBe(0);
    expect(out()).toContain('counting (messages/s)  honest');
  });

  test('whose figures could not be written is refused before anything is measured', async () => {
    const { made, out, err } = world([honest]);
    const file = path.join(temporaryFile(), 'missing', 'figures.json');
    expect(await bench(['local', '--json', file], made)).toBe(2);
    expect(err()).toContain('Expected --json to name a file that can be written, got ');
    expect(out()).toBe('');
  });

  test('goes on after a subject that lost a message, reports it, and ends with 1', async () => {
    const { made, out } = world([lossy, honest]);
    expect(await bench(['local', '--quick'], made)).toBe(1);
    expect(out()).toContain('FAILED lossy counting: Expected 500 operations to be handled, got 499');
    expect(out()).toMatch(/honest +1\.00M/);
  });

  test('names a subject that is not on this machine, and counts it as no failure', async () => {
    const { made, out } = world([absent, honest]);
    expect(await bench(['local'], made)).toBe(0);
    expect(out()).toContain('SKIPPED absent: Expected it here, found none');
  });

  test('with a subject that can not be loaded measures the rest, and ends with 1', async () => {
    const { made, out, err } = world([honest], [{ name: 'nact', reason: 'Cannot find package' }]);
    expect(await bench(['local'], made)).toBe(1);
    expect(err()).toContain("FAILED nact: can't be loaded: Cannot find package");
    expect(out()).toContain('honest');
  });

  test('with a wrong option measures nothing, shows the usage, and ends with 2', async () => {
    const { made, err } = world([honest]);
    expect(await bench(['locl'], made)).toBe(2);
    expect(await bench(['--subject', 'akka'], made)).toBe(2);
    expect(err()).toContain('got "locl"');
    expect(err()).toContain('got "akka"');
    expect(err()).toContain('Usage: npm run bench');
  });

  test('writes a JSON file with these keys, in this order, and no others', async () => {
    const file = temporaryFile();
    await bench(['local', '--quick', '--json', file], world([lossy, honest]).made);
    const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
    expect(Object.keys(document)).toEqual(['machine', 'results']);
    expect(Object.keys(document.machine)).toEqual([
      'cpu',
      'cores',
      'memory',
      'os',
      'node',
      'erl',
      'date',
      'commit',
      'quick',
    ]);
    expect(document.machine.quick).toBe(true);
    expect(document.results.map((result) => Object.entries(result))).toEqual([
      Object.entries({
        suite: 'local',
        workload: 'counting',
        subject: 'honest',
        unit: 'messages/s',
        min: 1_000_000,
        median: 1_000_000,
        max: 1_000_000,
        samples: 3,
      }),
    ]);
  });
});

describe('the command', () => {
  const command = promisify(execFile);
  const run = (...argv: string[]) =>
    command(process.execPath, [path.join(import.meta.dirname, '..', 'run.ts'), ...argv]);

  test('--help shows the usage and measures nothing', async () => {
    expect((await run('--help')).stdout).toContain('Usage: npm run bench');
  });

  test('--list names every workload', async () => {
    const { stdout } = await run('--list');
    for (const workload of Object.values(SUITES).flat()) expect(stdout).toContain(`  ${workload.name}: `);
  });

  test('measures a prototype in a process of its own, and writes its figures', async () => {
    const file = temporaryFile();
    await run('local', '--quick', '--workload', 'ping-pong', '--subject', 'limit', '--json', file);
    const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
    expect(document.results).toHaveLength(1);
    expect(document.results[0]).toMatchObject({ suite: 'local', workload: 'ping-pong', subject: 'limit:array-queue' });
    expect(document.results[0]!.median).toBeGreaterThan(0);
  });
});

describe('the registry', () => {
  test('every subject can be loaded, has a name of its own, and only workloads that exist', async () => {
    const { subjects, broken } = await loadSubjects();
    expect(broken).toEqual([]);
    expect(new Set(subjects.map((it) => it.name)).size).toBe(subjects.length);
    const unknown = subjects.flatMap((it) =>
      Object.entries(it.suites).flatMap(([suite, workloads]) =>
        Object.keys(workloads).filter((name) => !SUITES[suite as 'local'].some((workload) => workload.name === name)),
      ),
    );
    expect(unknown).toEqual([]);
  });
});

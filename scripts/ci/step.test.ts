import { describe, expect, it } from 'vitest';
import { runStep, type Step, tallyOf } from './step.ts';
import { countTests, listSteps } from './steps.ts';

const run = (program: string, step: Partial<Step> = {}) =>
  runStep({ name: 'a step', command: ['node', '-e', program], timeoutSeconds: 60, ...step }, () => {});

describe('a step of CI', () => {
  it('passes by its exit code, and fails by it, by a signal, and by being absent', async () => {
    expect(await run('')).toEqual({ passed: 1, failed: 0 });
    expect(await run('process.exit(3)')).toEqual({ passed: 0, failed: 1 });
    expect(await run('process.kill(process.pid, "SIGKILL")')).toEqual({ passed: 0, failed: 1 });
    expect(await run('', { command: ['no-such-program'] })).toEqual({ passed: 0, failed: 1 });
  });

  it('fails when it hangs', async () => {
    expect(await run('setInterval(() => {}, 1000)', { timeoutSeconds: 0.2 })).toEqual({ passed: 0, failed: 1 });
  });

  it('gets no input', async () => {
    expect(await run('process.stdin.resume().on("end", () => {})')).toEqual({ passed: 1, failed: 0 });
  });

  it('that failed counts as failed, whatever it counted', () => {
    expect(tallyOf(false, { passed: 7, failed: 0 })).toEqual({ passed: 7, failed: 1 });
    expect(tallyOf(false, { passed: 7, failed: 2 })).toEqual({ passed: 7, failed: 2 });
    expect(tallyOf(false, undefined)).toEqual({ passed: 0, failed: 1 });
    expect(tallyOf(true, { passed: 7, failed: 0 })).toEqual({ passed: 7, failed: 0 });
  });

  it('counts tests, and a test file that could not be loaded as one that failed', () => {
    const testResults = [
      { status: 'passed', assertionResults: [{}] },
      { status: 'failed', assertionResults: [] },
    ];
    expect(countTests({ numPassedTests: 5, numFailedTests: 1, testResults })).toEqual({ passed: 5, failed: 2 });
  });
});

describe('the steps of CI', () => {
  it('are every check, the tests, the packages, and every benchmark suite', () => {
    const names = listSteps().map((step) => step.name);
    expect(names).toEqual(expect.arrayContaining(['verify: types', 'verify: layering', 'verify: hygiene', 'tests']));
    expect(names).toEqual(expect.arrayContaining(['benchmark: local', 'benchmark: threads', 'benchmark: codec']));
    expect(new Set(names).size).toBe(names.length);
  });
});

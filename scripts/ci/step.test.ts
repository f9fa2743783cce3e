import { describe, expect, it } from 'vitest';
import { runStep, type Step, tallyOf } from './step.ts';
import { countTests, listSteps } from './steps.ts';

const run = (program: string, step: Partial<Step> = {}) =>
  runStep({ name: 'a step', command: ['node', '-e', program], timeoutSeconds: 60, ...step }, () => {});
const PASSED = { passed: 1, failures: [] };
const failedBy = (why: unknown) => ({ passed: 0, failures: [{ what: '', why }] });

describe('a step of CI', () => {
  it('passes by its exit code, and fails by it, by a signal, and by being absent', async () => {
    expect(await run('')).toEqual(PASSED);
    expect(await run('process.exit(3)')).toEqual(failedBy(expect.stringContaining('exit 3')));
    expect(await run('process.kill(process.pid, "SIGKILL")')).toEqual(failedBy(expect.stringContaining('SIGKILL')));
    expect(await run('', { command: ['no-such-program'] })).toEqual(failedBy(expect.stringContaining('ENOENT')));
  });

  it('fails when it hangs', async () => {
    const failed = failedBy(expect.stringContaining('not done after 0.2 s'));
    expect(await run('setInterval(() => {}, 1000)', { timeoutSeconds: 0.2 })).toEqual(failed);
  });

  it('gets no input, and its own environment', async () => {
    expect(await run('process.stdin.resume().on("end", () => {})')).toEqual(PASSED);
    expect(await run('process.exit(process.env.WHICH === "this" ? 0 : 1)', { env: { WHICH: 'this' } })).toEqual(PASSED);
  });

  it('passes its output on, and says how it ended where it failed', async () => {
    let output = '';
    const command = ['node', '-e', 'console.log("one"); console.error("two"); process.exitCode = 1'] as const;
    const step = { name: 'a step', command, timeoutSeconds: 60 };
    const tally = await runStep(step, (text) => void (output += text));
    expect(output).toMatch(/=== a step\n[\s\S]*one\n[\s\S]*--- FAILED: a step, exit 1/);
    expect(output).toContain('two\n');
    expect(tally.failures[0]?.why.split('\n').toSorted()).toEqual(['exit 1; its last lines:', 'one', 'two']);
  });

  it('that failed counts as failed, whatever it counted', () => {
    const failures = [{ what: 'a test', why: 'it is wrong' }];
    expect(tallyOf('exit 1', 'the end', { passed: 7, failures: [] })).toEqual({
      passed: 7,
      failures: [{ what: '', why: 'exit 1; its last lines:\nthe end' }],
    });
    expect(tallyOf('exit 1', '', { passed: 7, failures })).toEqual({ passed: 7, failures });
    expect(tallyOf('exit 1', '', undefined)).toEqual(failedBy('exit 1; its last lines:\n'));
    expect(tallyOf(undefined, '', { passed: 7, failures: [] })).toEqual({ passed: 7, failures: [] });
  });

  it('counts as failed a test file that was running when time was up', () => {
    const failures = [{ what: 'a.test.ts > a', why: 'it is wrong' }];
    const tally = countTests({ passed: 5, failures, running: ['b.test.ts'] });
    expect(tally.passed).toBe(5);
    expect(tally.failures.map(({ what }) => what)).toEqual(['a.test.ts > a', 'b.test.ts']);
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

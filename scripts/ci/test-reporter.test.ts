import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, readJson } from '../workspace.ts';
import { REPORT_VARIABLE, type TestReport } from './test-reporter.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("CI's report of tests", () => {
  it('names all that failed: a test, a hook, a file, an error outside of any test, a process that was aborted', () => {
    const path = join(folder, 'tests.json');
    const reporter = join(ROOT, 'scripts', 'ci', 'test-reporter.ts');
    const { status } = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', `--reporter=${reporter}`],
      { cwd: join(ROOT, 'scripts', 'ci', 'fixtures'), env: { ...process.env, [REPORT_VARIABLE]: path } },
    );
    expect(status).toBe(1);
    const report: TestReport = readJson(path);
    expect(report).toMatchObject({ passed: 2, running: [] });
    const why = (what: string) =>
      stripVTControlCharacters(report.failures.find((failure) => failure.what === what)?.why ?? '');
    expect(why('fails.failing.ts > expects too much')).toMatch(
      /^AssertionError: .*\nat .*fails\.failing\.ts:\d+.*\n[\s\S]*-\s+"term": 2,\n[\s\S]*\+\s+"term": 1,/,
    );
    expect(why('fails.failing.ts > a suite with a broken hook')).toMatch(
      /^Error: no disk\n[\s\S]*\nCaused by: unplugged/,
    );
    expect(why('unloadable.failing.ts')).toContain('not today');
    expect(why('aborts.failing.ts')).toContain('its process may have ended');
    const outside = report.failures.filter(({ what }) => what === 'outside of any test').map((failure) => failure.why);
    expect(outside.join('\n')).toContain('thrown later');
    expect(outside.join('\n')).toContain('SIGABRT');
    expect(report.failures).toHaveLength(6);
  });
});

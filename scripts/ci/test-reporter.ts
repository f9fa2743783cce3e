/**
 * A reporter for vitest that writes what CI says of its tests at the end. It knows more than vitest's own JSON: errors of
 * hooks, errors outside of any test (a process that was aborted is one), and the files that were running when time was up.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type { Failure } from './failure.ts';

export const REPORT_VARIABLE = 'TROUPE_TEST_REPORT';

export interface TestReport {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** Files begun and not ended: none, unless the run was cut off. */
  readonly running: readonly string[];
}

interface TestError {
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly diff?: string;
  readonly cause?: unknown;
}

export default class TestReporter implements Reporter {
  private readonly path = process.env[REPORT_VARIABLE] ?? '';
  private readonly root = process.cwd();
  private readonly running = new Set<string>();
  private readonly failures: Failure[] = [];
  private passed = 0;

  onInit(): void {
    if (this.path === '') throw new Error(`Expected ${REPORT_VARIABLE} to be the path of a report, got nothing.`);
  }

  onTestModuleStart(module: TestModule): void {
    this.running.add(this.fileOf(module));
    this.write();
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'passed') this.passed++;
    if (result.state === 'failed') this.fail(`${this.fileOf(test.module)} > ${test.fullName}`, result.errors);
  }

  onTestSuiteResult(suite: TestSuite): void {
    const errors = suite.errors();
    if (errors.length > 0) this.fail(`${this.fileOf(suite.module)} > ${suite.fullName}`, errors);
  }

  onTestModuleEnd(module: TestModule): void {
    const errors = module.errors();
    if (errors.length > 0) this.fail(this.fileOf(module), errors);
    this.running.delete(this.fileOf(module));
    this.write();
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly TestError[]): void {
    for (const error of unhandled) this.fail('outside of any test', [error]);
    // Nothing is told of the end of a file whose process has ended under it.
    for (const module of modules) {
      const file = this.fileOf(module);
      if (this.running.delete(file) && module.state() !== 'passed')
        this.fail(file, [{ message: `It ended as '${module.state()}': its process may have ended before it.` }]);
    }
    this.write();
  }

  private fail(what: string, errors: readonly TestError[]): void {
    this.failures.push({ what, why: errors.map((error) => this.describe(error)).join('\n') });
  }

  private describe({ name, message, stack, diff, cause }: TestError): string {
    const own = stack?.split('\n').filter((line) => line.includes(this.root) && !line.includes('node_modules')) ?? [];
    const where = own.slice(0, 2).map((line) => line.trim().replaceAll(`${this.root}/`, ''));
    const reason = cause === undefined ? [] : [`Caused by: ${(cause as TestError).message ?? String(cause)}`];
    return [`${name ?? 'Error'}: ${message ?? ''}`, ...where, ...reason, diff ?? ''].join('\n');
  }

  private fileOf(module: TestModule): string {
    return relative(this.root, module.moduleId);
  }

  private write(): void {
    const { passed, failures, running } = this;
    const report: TestReport = { passed, failures, running: [...running] };
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(this.path, JSON.stringify(report, undefined, 2));
  }
}

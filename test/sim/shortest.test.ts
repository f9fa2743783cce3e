/** What the simulator shows of a failure, against the shortest way there: the explorer's. */
import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Safety bugs of the examples: such that both the simulator and the explorer find. */
const BUGS: readonly (readonly [example: string, bug: string])[] = [
  ['mutual-exclusion', 'wrong-tie'],
  ['mutual-exclusion', 'inside-only'],
  ['mutual-exclusion', 'deaf-clock'],
  ['leader-election', 'careless-participant'],
  ['leader-election', 'shy-bystander'],
];

interface SimReport {
  readonly found: {
    readonly steps: number;
    readonly stepsBefore: number;
    readonly violation: { readonly property: string };
  };
}

interface ExploreReport {
  readonly violation: { readonly property: string; readonly trace: { readonly steps: readonly unknown[] } };
}

function troupe<Report>(...args: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    execFile('npx', ['troupe', ...args, '--json'], { maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (error !== null && error.code !== 1) reject(error);
      else resolve(JSON.parse(stdout) as Report);
    });
  });
}

describe('a failure that was made small', () => {
  it.each(BUGS)('takes at most twice the steps of the shortest: %s, %s', async (example, bug) => {
    const file = `examples/${example}/simulation.ts`;
    const { found } = await troupe<SimReport>('sim', file, '--bug', bug);
    const { violation } = await troupe<ExploreReport>('explore', file, '--bug', bug);
    expect(found.violation.property).toBe(violation.property);
    expect(found.steps).toBeLessThanOrEqual(found.stepsBefore);
    expect(found.steps).toBeLessThanOrEqual(2 * violation.trace.steps.length);
  });
});

/** The part of `.ci/run` that needs the workspace installed: runs every step, goes on after one that fails, and counts. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../workspace.ts';
import { describeFailures } from './failure.ts';
import { runStep } from './step.ts';
import { listSteps, REPORTS } from './steps.ts';

const { values } = parseArgs({
  options: { passed: { type: 'string', default: '0' }, failed: { type: 'string', multiple: true, default: [] } },
});
let passed = Number(values.passed);
/** Those that came before this program, by name. */
const failedSteps = values.failed;
let failed = failedSteps.length;
const failures: string[] = [];

const steps = listSteps();
// What an earlier run reported must not be counted again.
rmSync(join(ROOT, REPORTS), { recursive: true, force: true });
mkdirSync(join(ROOT, REPORTS), { recursive: true });
for (const step of steps) {
  const tally = await runStep(step);
  passed += tally.passed;
  failed += tally.failures.length;
  if (tally.failures.length === 0) continue;
  failedSteps.push(step.name);
  failures.push(describeFailures(step.name, tally.failures));
}
// At the very end: of a long record often only the end is kept.
for (const failure of failures) console.log(`\n${failure}`);
if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

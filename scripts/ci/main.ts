/** The part of `.ci/run` that needs the workspace installed: runs every step, goes on after one that fails, and counts. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../workspace.ts';
import { runStep } from './step.ts';
import { listSteps, REPORTS } from './steps.ts';

const count = { type: 'string', default: '0' } as const;
const { values } = parseArgs({ options: { passed: count, failed: count } });
let passed = Number(values.passed);
let failed = Number(values.failed);
const failures: string[] = [];

const steps = listSteps();
// What an earlier run reported must not be counted again.
rmSync(join(ROOT, REPORTS), { recursive: true, force: true });
mkdirSync(join(ROOT, REPORTS), { recursive: true });
for (const step of steps) {
  const tally = await runStep(step);
  passed += tally.passed;
  failed += tally.failed;
  if (tally.failed > 0) failures.push(step.name);
}
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

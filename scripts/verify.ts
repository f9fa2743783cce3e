/** `npm run verify [-- CHECK …]`: runs every check, or those named, and goes on after one that fails. */
import { CHECKS, type Check } from './checks.ts';
import { show } from './finding.ts';
import { runTool } from './run-tool.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`Expected checks out of ${CHECKS.map((check) => check.name).join(', ')}, got ${unknown.join(', ')}.`);
  process.exit(2);
}

const failed: string[] = [];
for (const check of CHECKS) {
  if (names.length > 0 && !names.includes(check.name)) continue;
  const start = performance.now();
  const passed = await run(check);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!passed) failed.push(check.name);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}. \`npm run fix\` mends what a machine can.`);
  process.exitCode = 1;
}

async function run(check: Check): Promise<boolean> {
  if ('commands' in check) {
    let passed = true;
    for (const command of check.commands) passed = (await runTool(command)) && passed;
    return passed;
  }
  const findings = await check.find();
  for (const finding of findings) console.error(show(finding));
  return findings.length === 0;
}

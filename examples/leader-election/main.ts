/**
 * Chang and Roberts's election in the simulator: as it is, it keeps its promises over all seeds; its wrong versions elect the
 * wrong node, or nobody, and each failure is made small and shown.
 */
import assert from 'node:assert/strict';
import { drawForTerminal, SANDBOX_DEFAULTS, simulate } from 'troupe/sim';
import { bugs } from './simulation.ts';

const SEEDS = 2_000;
const SEEDS_FOR_A_BUG = 200;

const run = (seeds: number, bug?: string) =>
  simulate({
    ...SANDBOX_DEFAULTS,
    loader: new URL('./load.ts', import.meta.url).href,
    argument: bug,
    strategy: 'mixed',
    from: 0,
    seeds,
  });

const { tally, found } = await run(SEEDS);
console.log(
  `as it is: ${tally.seeds} seeds, ${tally.events} events, ${found === undefined ? 'nothing wrong' : 'wrong'}`,
);
assert.equal(found, undefined);
for (const [condition, seeds] of Object.entries(tally.sometimes)) {
  console.log(`  ${condition}: in ${seeds} seeds`);
  assert.ok(seeds > 0, condition);
}

for (const { id, what } of bugs) {
  const report = await run(SEEDS_FOR_A_BUG, id);
  assert.ok(report.shrunk !== undefined, `${id} was not found`);
  const { trace, violation } = report.shrunk;
  console.log(`\n${id}: ${what}: found with seed ${report.found?.seed}`);
  const title = `leader-election, ${id}, made small`;
  console.log(drawForTerminal({ title, events: trace, verdict: violation }));
}

/**
 * What the textbook examples do: the algorithm keeps its promises over all seeds; each of its wrong versions is found, made
 * small and shown.
 */
import assert from 'node:assert/strict';
import { drawForTerminal, SANDBOX_DEFAULTS, simulate } from 'troupe/sim';

const SEEDS = 2_000;
/** Within so many a wrong version must be found. */
export const SEEDS_FOR_A_BUG = 200;

/** `loader`: the URL of a module whose `load` is given the id of a bug, or nothing. */
export function simulated(loader: string, seeds: number, bug?: string) {
  return simulate({ ...SANDBOX_DEFAULTS, loader, argument: bug, strategy: 'mixed', from: 0, seeds });
}

export async function showTextbook(
  name: string,
  loader: string,
  bugs: readonly { readonly id: string; readonly what: string }[],
): Promise<void> {
  const { tally, found } = await simulated(loader, SEEDS);
  console.log(
    `as it is: ${tally.seeds} seeds, ${tally.events} events, ${found === undefined ? 'nothing wrong' : 'wrong'}`,
  );
  assert.equal(found, undefined);
  for (const [condition, seeds] of Object.entries(tally.sometimes)) {
    console.log(`  ${condition}: in ${seeds} seeds`);
    assert.ok(seeds > 0, condition);
  }
  for (const { id, what } of bugs) {
    const report = await simulated(loader, SEEDS_FOR_A_BUG, id);
    assert.ok(report.shrunk !== undefined, `${id} was not found`);
    const { trace, violation } = report.shrunk;
    console.log(`\n${id}: ${what}: found with seed ${report.found?.seed}`);
    console.log(drawForTerminal({ title: `${name}, ${id}, made small`, events: trace, verdict: violation }));
  }
}

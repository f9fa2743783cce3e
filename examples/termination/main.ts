/**
 * Three threads share out work among them, and none knows when all is done. Global snapshots are taken while they work, until
 * one shows the end: then every unit was done, once. `simulation.ts` tries the same in the simulator.
 */
import assert from 'node:assert/strict';
import { createSystem, spawnGroup } from 'troupe';
import { ticks } from 'troupe/protocol';
import { snapshotsBy } from '../textbook/snapshots.ts';
import { hasEnded, statesAlone } from './detector.ts';
import type { DiffusionState, Work } from './diffusion.ts';
import { Member } from './member.ts';

const UNITS = 600;

await using system = await createSystem({ nodes: 3 });
const members = { n1: { node: 'n1' }, n2: { node: 'n2' }, n3: { node: 'n3' } };
const group = await spawnGroup(system, Member, { group: 'workers', members, options: { unitTicks: ticks(2) } });
const [first] = [...group.values()];
await first?.ask.request({ kind: 'begin', units: UNITS });

let taken = 0;
let early = 0;
for await (const snapshot of snapshotsBy<DiffusionState, Work>(group.values())) {
  taken++;
  if (!hasEnded(snapshot)) {
    if (statesAlone(snapshot)) early++;
    continue;
  }
  const done = snapshot.parts.map(({ node, core }) => [node, core.state.done] as const);
  console.log(`ended, as snapshot ${taken} shows; units done by each:`, Object.fromEntries(done));
  console.log(`the states alone would have said so too early ${early} times`);
  assert.equal(
    done.reduce((sum, [, units]) => sum + units, 0),
    UNITS,
  );
  break;
}
// It is stable: nobody has done anything since.
const after = await Promise.all([...group.values()].map((member) => member.ask.status()));
assert.equal(
  after.reduce((sum, { state }) => sum + (state?.core.done ?? 0), 0),
  UNITS,
);

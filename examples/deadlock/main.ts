/**
 * Three philosophers on threads of their own, who will come to a standstill sooner or later. Global snapshots are taken while
 * they eat, until one has a circle of those who wait. `simulation.ts` tries the same in the simulator.
 */
import assert from 'node:assert/strict';
import { createSystem, spawnGroup } from 'troupe';
import { ticks } from 'troupe/protocol';
import { snapshotsBy } from '../textbook/snapshots.ts';
import { deadlocked, statesAlone } from './detector.ts';
import { Member } from './member.ts';
import type { ForkMessage, PhilosopherState } from './philosophers.ts';

await using system = await createSystem({ nodes: 3 });
const members = { n1: { node: 'n1' }, n2: { node: 'n2' }, n3: { node: 'n3' } };
const group = await spawnGroup(system, Member, { group: 'table', members, options: { thinkTicks: ticks(1) } });
await Promise.all([...group.values()].map((member) => member.ask.request({ kind: 'sit down' })));

let taken = 0;
let phantoms = 0;
for await (const snapshot of snapshotsBy<PhilosopherState, ForkMessage>(group.values())) {
  taken++;
  const circle = deadlocked(snapshot);
  if (circle.length === 0) {
    if (statesAlone(snapshot).length > 0) phantoms++;
    continue;
  }
  const meals = snapshot.parts.map(({ core }) => core.state.meals);
  console.log(
    `deadlock: ${[...circle, circle[0]].join(' waits for ')}, as snapshot ${taken} shows, after ${meals} meals`,
  );
  console.log(`the states alone looked like one ${phantoms} times before`);
  // It is stable: nobody has eaten since.
  const after = await Promise.all([...group.values()].map((member) => member.ask.status()));
  assert.deepEqual(
    after.map(({ state }) => state?.core.meals),
    meals,
  );
  break;
}

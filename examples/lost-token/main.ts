/**
 * Three threads take turns by a token, which is lost again and again. Global snapshots are taken while it goes round; where one
 * shows that it is nowhere, another is made. `simulation.ts` tries the same in the simulator.
 */
import assert from 'node:assert/strict';
import { createSystem, spawnGroup } from 'troupe';
import { ticks } from 'troupe/protocol';
import { messagesInFlight } from 'troupe/snapshot';
import { snapshotsBy } from '../textbook/snapshots.ts';
import { isLost, statesAlone } from './detector.ts';
import { Member } from './member.ts';
import type { RingState, Token } from './ring.ts';

const LOSSES = 5;

await using system = await createSystem({ nodes: 3 });
const members = { n1: { node: 'n1' }, n2: { node: 'n2' }, n3: { node: 'n3' } };
const group = await spawnGroup(system, Member, { group: 'ring', members, options: { restTicks: ticks(2) } });
const [first] = [...group.values()];
assert.ok(first !== undefined);

let losses = 0;
let mended = 0;
let underWay = 0;
for await (const snapshot of snapshotsBy<RingState, Token>(group.values())) {
  const holders = snapshot.parts.filter(({ core }) => core.state.hasToken).length;
  assert.ok(holders + messagesInFlight(snapshot).length <= 1, 'one token at most');
  if (isLost(snapshot)) {
    await first.ask.request({ kind: 'make' });
    mended++;
  } else if (mended === LOSSES) {
    const turns = snapshot.parts.map(({ node, core }) => [node, core.state.turns]);
    console.log(
      `lost ${losses} times and made again, each time when a snapshot showed it; turns:`,
      Object.fromEntries(turns),
    );
    console.log(`it was with nobody, and under way, in ${underWay} snapshots`);
    break;
  } else {
    if (statesAlone(snapshot)) underWay++;
    // Whoever has it just now loses it.
    const lost = losses > mended ? { kind: 'not here' } : await first.ask.request({ kind: 'lose' });
    if (lost.kind === 'done') losses++;
  }
}
assert.deepEqual([losses, mended], [LOSSES, LOSSES]);

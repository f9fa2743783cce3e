/**
 * A protocol of one's own, as a pure core on threads: three nodes take turns by a token that goes round, and what it
 * protects never sees two of them at once.
 */

import assert from 'node:assert/strict';
import { createSystem, spawnGroup } from 'troupe';
import { Member } from './member.ts';
import { Register } from './register.ts';
import { Visitor } from './visitor.ts';

const VISITS = 200;

await using system = await createSystem({ nodes: 3 });
const members = { n1: { node: 'n1' }, n2: { node: 'n2' }, n3: { node: 'n3' } };
const ring = await spawnGroup(system, Member, { group: 'ring', members, options: {} });
const register = await system.spawn(Register, undefined, { node: 'main' });

const startedAt = performance.now();
const visits = [...ring].map(async ([node, member]) => {
  const visitor = await system.spawn(Visitor, { member, register }, { node });
  for (let visit = 0; visit < VISITS; visit++) await visitor.ask.visit();
});
await Promise.all(visits);
const milliseconds = performance.now() - startedAt;

// The register would have refused a second visitor, and its refusal would have ended this program.
const entries = await register.ask.entries();
const perNode = Object.fromEntries(
  Object.keys(members).map((node) => [node, entries.filter(({ who }) => who === node).length]),
);
console.log(`${entries.length} visits, one at a time, in ${Math.round(milliseconds)} ms; by node:`, perNode);
console.log(`fencing numbers went from ${entries[0]?.fence} to ${entries.at(-1)?.fence}`);
assert.deepEqual(perNode, { n1: VISITS, n2: VISITS, n3: VISITS });
assert.deepEqual(
  entries.map(({ fence }) => fence),
  entries.map((_, at) => at + 1),
);

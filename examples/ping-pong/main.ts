/** A ball between two actors: on one thread, then across two. Prints how often a second it is hit, and checks that every hit was counted. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystem, type RefOf } from 'troupe';
import { PingPong } from './player.ts';

type Player = RefOf<typeof PingPong>;

await using system = await createSystem({ nodes: 2 });
const here = await system.spawn(PingPong, undefined, { node: 'n1', name: 'here' });
const beside = await system.spawn(PingPong, undefined, { node: 'n1', name: 'beside' });
const there = await system.spawn(PingPong, undefined, { node: 'n2', name: 'there' });

await play('on one thread', here, beside, 1_000_000);
await play('across threads', here, there, 100_000);

async function play(where: string, server: Player, other: Player, hits: number): Promise<void> {
  const before = (await server.ask.score()).hits + (await other.ask.score()).hits;
  const startedAt = performance.now();
  server.tell.serve({ to: other, hits });
  // The last of an even number of hits is the server's own.
  while (!(await server.ask.score()).isDone) await sleep(1);
  const seconds = (performance.now() - startedAt) / 1_000;
  const counted = (await server.ask.score()).hits + (await other.ask.score()).hits - before;
  console.log(
    `${where}: ${counted.toLocaleString('en')} hits, ${Math.round(counted / seconds).toLocaleString('en')} a second`,
  );
  assert.equal(counted, hits);
}

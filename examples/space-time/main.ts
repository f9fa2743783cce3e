/**
 * A live system draws its own space-time diagram: three threads pass a parcel round, one of them is killed in the middle, and
 * what it did until then is in the history all the same. `node examples/space-time/main.ts [FILE.html]`
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystem } from 'troupe';
import { type Vector, vectorClock } from 'troupe/clocks';
import { drawAsHtml, drawForTerminal, liveStory } from 'troupe/sim';
import { Delivered, Station } from './station.ts';

const NODES = ['n1', 'n2', 'n3'];

await using system = await createSystem({ nodes: 3, clock: 'vector', trace: true, logLevel: 'fatal' });
const ring = await Promise.all(
  NODES.map((node) => system.spawn(Station, undefined, { node, name: `station-${node}` })),
);
const [first, second, third] = ring as [(typeof ring)[0], (typeof ring)[0], (typeof ring)[0]];

async function round(hops: number): Promise<void> {
  first.tell.next(second);
  second.tell.next(third);
  third.tell.next(first);
  for (let tries = 0; !(await first.ask.isReached()); tries++) assert.ok(tries < 100, 'n1 reaches n2');
  const isDelivered = new Promise((resolve) => system.subscribe(Delivered, resolve));
  first.tell.parcel(hops);
  await isDelivered;
}

await round(3);
// It is started again, as its supervisor says, and so is its station: under the same ref, with nothing of its state.
await system.kill('n2');
await system.whenUp('n2');
await round(2);

const trace = system.trace();
const story = liveStory(trace, { title: 'Three stations, of which one is killed' });
console.log(drawForTerminal(story, { columns: process.stdout.columns ?? 120, eventsMax: 40 }));
const file = process.argv[2] ?? join(tmpdir(), 'space-time.html');
await writeFile(file, drawAsHtml(story));
console.log(`The whole of it, to be opened in a browser: ${file}`);

const handled = trace.events.filter(({ kind, text }) => kind === 'begin' && text === 'parcel');
assert.deepEqual(
  handled.map(({ node, life }) => `${node}#${life}`),
  ['n1#1', 'n2#1', 'n3#1', 'n1#1', 'n1#1', 'n2#2', 'n3#1'],
);
const [causes, effects] = [handled.slice(0, 4), handled.slice(4)];
for (const hops of [causes, effects])
  for (const [at, { stamp }] of hops.entries())
    if (at > 0) assert.equal(vectorClock.compare(hops[at - 1]?.stamp as Vector, stamp as Vector), 'before');
assert.ok(trace.lives.some(({ node, life, ended }) => node === 'n2' && life === 1 && ended !== undefined));

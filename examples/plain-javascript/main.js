// The same without TypeScript, and without a build: a counter on another thread, that fails and starts again.

import assert from 'node:assert/strict';
import { createSystem } from 'troupe';
import { Counter } from './counter.js';

await using system = await createSystem({ nodes: 2, logLevel: 'fatal' });
const counter = await system.spawn(Counter, 10, { node: 'n2' });

counter.tell.add(5);
assert.equal(await counter.ask.get(), 15);
assert.equal(await counter.ask.where(), 'n2');
console.log('15, counted on n2');

const counted = [];
for await (const count of counter.stream.upTo(18)) counted.push(count);
assert.deepEqual(counted, [16, 17, 18]);
console.log(`then ${counted.join(', ')}`);

// Whoever asked is told; the supervisor starts the counter again, and the ref still reaches it.
await assert.rejects(counter.ask.add(Number.NaN), { name: 'TypeError', message: 'Expected a number, got NaN.' });
assert.equal(await counter.ask.get(), 10);
console.log('it failed, and starts again at 10');

/** An actor on another thread: asked, told, and asked again. Its state stays there. */

import assert from 'node:assert/strict';
import { createSystem } from 'troupe';
import { Greeter } from './greeter.ts';

await using system = await createSystem({ nodes: 2 });
const greeter = await system.spawn(Greeter, 'Hello', { node: 'n2' });

const answer = await greeter.ask.greet('world');
console.log(answer);
assert.equal(answer, 'Hello, world, from n2!');

greeter.tell.greet('you, who do not wait for an answer');
const greeted = await greeter.ask.greeted();
console.log(`${greeted} were greeted.`);
assert.equal(greeted, 2);

/**
 * A replicated key-value store: a copy on each of three threads, kept alike by Raft, each on its own disk. The thread of the
 * leader is killed, and then another leader's hangs, while clients go on. In the end what they saw is checked: could one
 * single store have answered so?
 *
 * `--nodes 5` for five; `--json` for one object on standard output.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSystem } from 'troupe';
import { checkLinearizability, keyValue, reportLinearizability } from 'troupe/check';
import { bootstrap, KeyValueStore, start } from 'troupe/raft';
import { Clients } from './clients.ts';
import { Hog } from './hog.ts';
import { Store } from './store.ts';

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '3' }, json: { type: 'boolean' } } });
const count = Number(values.nodes);
assert(Number.isInteger(count) && count >= 3, `Expected --nodes to be a whole number from 3 up, got ${values.nodes}.`);
const names = Array.from({ length: count }, (_, at) => `n${at + 1}`);
const say = (line: string): void => {
  if (values.json !== true) console.log(line);
};

const directory = await mkdtemp(join(tmpdir(), 'replicated-store-'));
await bootstrap({ cluster: 'Store', nodes: names, directory });

// A hanging thread is given up after two seconds; the log would only repeat what is shown here.
await using system = await createSystem({
  nodes: names.map((name) => ({ name, hangTimeout: 2_000 })),
  logLevel: 'fatal',
});
await using handle = await start(system, { machine: Store, nodes: names, storage: { directory } });
using store = new KeyValueStore(handle);
const clients = new Clients(store, 8, 5);
await clients.nextWrite();
say(`${count} nodes, of which ${handle.leader} leads; 8 clients write and read`);
await sleep(500);

async function disturb(what: string, act: (leader: string) => Promise<void>) {
  const leader = handle.leader ?? 'n1';
  clients.takeLongestPause();
  await act(leader);
  await clients.nextWrite();
  await system.whenUp(leader);
  await sleep(500);
  const pause = Math.round(clients.takeLongestPause());
  say(`the thread of ${leader}, which led, ${what}: ${pause} ms until the next write; ${handle.leader} leads`);
  return { what, leader, pauseMilliseconds: pause };
}

const faults = [
  await disturb('was killed', (leader) => system.kill(leader)),
  await disturb('hung', async (leader) => {
    const hog = await system.spawn(Hog, undefined, { node: leader, restart: 'temporary' });
    hog.tell.hang();
    // It does not read its mail any more: that it hangs is seen by others.
    await sleep(50);
  }),
];
const history = await clients.stop();

const began = performance.now();
const result = checkLinearizability(history, keyValue(), { milliseconds: 30_000, now: () => performance.now() });
const milliseconds = Math.round(performance.now() - began);
say(
  `${clients.acknowledged} writes acknowledged, ${clients.unknown} calls without an answer; the history is ${
    result.verdict === 'ok' ? 'linearizable' : result.verdict
  } (checked in ${milliseconds} ms)`,
);
if (result.verdict !== 'ok') say(reportLinearizability(history, keyValue(), result).lines.join('\n'));
if (values.json === true) {
  const { acknowledged, unknown } = clients;
  console.log(JSON.stringify({ nodes: count, faults, acknowledged, unknown, verdict: result.verdict, milliseconds }));
}
assert.equal(result.verdict, 'ok');
await rm(directory, { recursive: true });

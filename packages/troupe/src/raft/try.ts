import { mkdtempSync } from 'node:fs';
import { createSystem } from '../create-system.ts';
import { bootstrap } from './bootstrap.ts';
import { Store } from './fixtures/store.ts';
import { KeyValueStore } from './key-value-store.ts';
import { start } from './start.ts';

const memory = process.argv[2] === 'memory';
const directory = mkdtempSync('/tmp/rt/d-');
const nodes = ['n1', 'n2', 'n3'];
if (!memory) await bootstrap({ cluster: 'Store', nodes, directory });
await using system = await createSystem({ nodes: nodes.map((name) => ({ name, hangTimeout: 3000 })) });
const t0 = performance.now();
await using handle = await start(system, { machine: Store, nodes, storage: memory ? 'memory' : { directory } });
using store = new KeyValueStore(handle);
await store.put('a', 1);
console.log('first put after', performance.now() - t0, handle.leader);
for (const outstanding of [1, 64, 256]) {
  let done = 0;
  const end = performance.now() + 2000;
  const lat: number[] = [];
  await Promise.all(
    Array.from({ length: outstanding }, async (_, i) => {
      while (performance.now() < end) {
        const s = performance.now();
        await store.put(`k${i}`, 'x'.repeat(64));
        lat.push(performance.now() - s);
        done++;
      }
    }),
  );
  lat.sort((a, b) => a - b);
  console.log(
    outstanding,
    'outstanding',
    done / 2,
    'a second, p50',
    lat[lat.length >> 1],
    'p99',
    lat[Math.floor(lat.length * 0.99)],
  );
}
if (!memory) {
  let done = 0,
    failed = 0,
    stop = false,
    maxGap = 0,
    last = performance.now();
  const clients = Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      while (!stop)
        try {
          await store.put(`k${i}`, 'x');
          const n = performance.now();
          maxGap = Math.max(maxGap, n - last);
          last = n;
          done++;
        } catch (e) {
          failed++;
          console.log((e as Error).message);
        }
    }),
  );
  for (let k = 0; k < 3; k++) {
    await new Promise((r) => setTimeout(r, 1500));
    console.log('killing', handle.leader, done, failed);
    maxGap = 0;
    await system.kill(handle.leader!);
    await new Promise((r) => setTimeout(r, 500));
    console.log('gap', maxGap);
  }
  await new Promise((r) => setTimeout(r, 1500));
  stop = true;
  await clients;
  console.log(
    done,
    failed,
    [...(await handle.status())].map(([id, s]) =>
      s instanceof Error ? `${id} ${s.message}` : `${id} ${s.role} ${s.term} ${s.commitIndex} ${s.durableIndex}`,
    ),
  );
}

/**
 * A process that ends a thread in the middle of its writes, and opens what that left, twice: at once, or after its end, and
 * later. It relays what the thread told. Where the thread is ended within a call of LMDB's addon, the process may abort.
 */

import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Load } from './load.fixture.ts';
import { openVolume } from './open-volume.ts';

const [load, milliseconds, isAwaited] = argv.slice(2) as [string, string, string];
const { path, owner }: Load = JSON.parse(load);
const tell = (what: string): void => void writeSync(1, `${what}\n`);

async function lastIndex(): Promise<number> {
  const volume = await openVolume({ path, owner });
  const last = volume.open('log').lastIndex;
  await volume.close();
  return last;
}

const worker = new Worker(join(import.meta.dirname, 'load.fixture.ts'), { argv: [load] });
worker.on('message', tell);
await once(worker, 'message');
await sleep(Number(milliseconds));
const ended = worker.terminate();
if (isAwaited === 'true') await ended;
tell(`left ${await lastIndex()}`);
await ended;
tell(`later ${await lastIndex()}`);

/**
 * A process whose disk takes no more: `full`, by a limit on the size of its files, which is then lifted; or `failed`, by
 * the volume's descriptors closed behind its back. Says what happened as one line of JSON.
 */

import { execFileSync } from 'node:child_process';
import { closeSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openVolume, type Volume } from '../index.ts';
import type { LmdbVolume } from './lmdb-volume.ts';

const [path, owner, fault] = process.argv.slice(2) as [string, string, 'full' | 'failed'];
const file = join(path, 'data.mdb');
const volume = await openVolume({ path, owner });
const store = volume.open('log');
const entry = (index: number) => Buffer.alloc(10_000, `entry ${index};`);
const codes: (string | undefined)[] = [];

function append(): void {
  store.write({ append: { from: store.lastIndex + 1, entries: [entry(store.lastIndex + 1)] } });
}

async function codeOf(use: () => unknown): Promise<string | undefined> {
  try {
    await use();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Appends until a sync fails; at most so many. */
async function appendUntilRefused(of: Volume, max: number): Promise<void> {
  for (let round = 0; round < max; round++) {
    append();
    const code = await codeOf(() => of.sync());
    if (code === undefined) continue;
    codes.push(code);
    return;
  }
}

if (fault === 'full') {
  const limit = (bytes: string) => execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}`]);
  limit(`${statSync(file).size + 200_000}:unlimited`);
  await appendUntilRefused(volume, 100);
  const refusedAt = store.lastIndex;
  // It is full for as long as it is full; what is written meanwhile waits.
  await appendUntilRefused(volume, 1);
  await appendUntilRefused(volume, 1);
  limit('unlimited:unlimited');
  await volume.sync();
  append();
  await volume.sync();
  console.log(JSON.stringify({ codes, refusedAt, lastIndex: store.lastIndex }));
} else {
  await (volume as LmdbVolume).prepare();
  await appendUntilRefused(volume, 3);
  const synced = store.lastIndex;
  for (const descriptor of readdirSync('/proc/self/fd')) if (isOf(descriptor)) closeSync(Number(descriptor));
  // One sync is under way, and one waits for it: both are told.
  append();
  const underWay = codeOf(() => volume.sync());
  await new Promise(process.nextTick);
  append();
  const waiting = codeOf(() => volume.sync());
  codes.push(await underWay, await waiting);
  codes.push(await codeOf(() => volume.sync()), await codeOf(append), await codeOf(() => store.entries(1, 2)));
  console.log(JSON.stringify({ codes, lastIndex: synced }));
}
// As it is: the environment is not to be closed where its descriptors are gone.
process.exit(0);

function isOf(descriptor: string): boolean {
  try {
    const of = readlinkSync(`/proc/self/fd/${descriptor}`);
    return of === file || of.startsWith(join(path, 'journal-'));
  } catch {
    return false;
  }
}

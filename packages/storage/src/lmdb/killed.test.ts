/** Processes that are killed in the middle of their writes, and threads that lose their volume: nothing that was acknowledged is lost. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Random } from '@troupe/protocol/testing';
import { afterAll, describe, expect, it } from 'vitest';
import type { LogStore } from '../store.ts';
import type { Load } from './load.fixture.ts';
import { openVolume } from './open-volume.ts';

const OWNER = 'cluster/n1';
const PROGRAM = join(import.meta.dirname, 'load.fixture.ts');
const KILLS = 30;
const root = mkdtempSync(join(tmpdir(), 'troupe-killed-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a volume whose user was ended in mid-write', () => {
  it(`has all that was acknowledged, by ${KILLS} processes that were killed`, { timeout: 120_000 }, async () => {
    const path = await made('process');
    const random = new Random(1);
    let acknowledged = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = spawn(process.execPath, [PROGRAM, loadOf(path, random)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const told = tellingOf(child);
      await told.opened;
      // Some before there is a journal.
      await sleep(random.below(random.below(4) === 0 ? 40 : 400));
      child.kill('SIGKILL');
      await once(child, 'close');
      acknowledged = Math.max(acknowledged, told.last());
      expect(told.ending(), `kill ${kill}`).toBeUndefined();
      await expectWhole(path, acknowledged, `kill ${kill}`);
    }
    expect(acknowledged).toBeGreaterThan(KILLS);
  });

  it('is taken over from a thread that is alive, whose commits are void from then on', async () => {
    const path = await made('alive');
    const worker = new Worker(PROGRAM, { argv: [JSON.stringify({ path, owner: OWNER, outstanding: 8 })] });
    const exited = once(worker, 'exit');
    const told = tellingOf(worker);
    await told.opened;
    // Some by LMDB, then by the journal.
    while (told.last() < 1_000) await sleep(1);
    const volume = await openVolume({ path, owner: OWNER });
    const store = volume.open('log');
    const lastIndex = store.lastIndex;
    await exited;
    expect(told.ending()).toBe('TROUPE_STORAGE_REVOKED');
    expect(told.last()).toBeLessThanOrEqual(lastIndex);
    store.write({ values: { successor: Buffer.from('1') } });
    await volume.sync();
    await volume.close();
    expect(await expectWhole(path, told.last(), 'alive')).toBe(lastIndex);
  });
});

async function made(name: string): Promise<string> {
  const path = join(root, name);
  const volume = await openVolume({ path, owner: OWNER, create: true });
  volume.open('log', { create: true });
  await volume.sync();
  await volume.close();
  return path;
}

function loadOf(path: string, random: Random): string {
  const load: Load = { path, owner: OWNER, outstanding: 1 + random.below(32), isCompacted: random.below(2) === 0 };
  return JSON.stringify(load);
}

/** What a load has told so far. */
function tellingOf(load: ChildProcess | Worker) {
  const opened = Promise.withResolvers<void>();
  let last = 0;
  let ending: string | undefined;
  const hear = (line: string): void => {
    const [what, detail] = line.split(' ');
    if (what === 'open') opened.resolve();
    else if (what === 'told') last = Math.max(last, Number(detail));
    else if (what === 'ended') opened.reject(new Error((ending = detail)));
  };
  opened.promise.catch(() => {});
  if (load instanceof Worker) {
    load.on('message', hear);
    load.on('error', opened.reject);
  } else {
    let rest = '';
    load.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(hear);
    });
  }
  return { opened: opened.promise, last: () => last, ending: () => ending };
}

/** Opens the volume as a successor does, and says where its log ends. */
async function expectWhole(path: string, acknowledged: number, which: string): Promise<number> {
  const volume = await openVolume({ path, owner: OWNER });
  const store = volume.open('log');
  const { lastIndex } = store;
  expect(lastIndex, which).toBeGreaterThanOrEqual(acknowledged);
  expect(indicesOf(store), which).toEqual(range(store.firstIndex, lastIndex));
  // A batch is there whole: the value came with the entry.
  if (lastIndex > 0) expect(String(store.get('term')), which).toBe(`${lastIndex}`);
  await volume.close();
  return lastIndex;
}

function indicesOf(store: LogStore): number[] {
  return store
    .entries(store.firstIndex, store.lastIndex + 1)
    .map((entry) => Number(/^entry (\d+);\.*$/.exec(String(entry))?.[1]));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

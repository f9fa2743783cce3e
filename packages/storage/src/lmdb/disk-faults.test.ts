import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openVolume } from './open-volume.ts';

const OWNER = 'cluster/n1';
const root = mkdtempSync(join(tmpdir(), 'troupe-disk-'));
const small = join(root, 'small');
mkdirSync(small);
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small]).status === 0;
afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', small]);
  rmSync(root, { recursive: true, force: true });
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;
const hasProc = spawnSync('test', ['-d', '/proc/self/fd']).status === 0;

describe('an LMDB volume whose disk refuses', () => {
  it.skipIf(!canLimit)('loses nothing where its file may not grow, and goes on (needs prlimit)', async () => {
    const path = await made(join(root, 'limited'));
    const { codes, refusedAt, lastIndex } = faulty(path, 'full');
    expect(codes).toEqual(['TROUPE_STORAGE_FULL', 'TROUPE_STORAGE_FULL', 'TROUPE_STORAGE_FULL']);
    expect(lastIndex).toBe(refusedAt + 3);
    await expectEntries(path, lastIndex);
  });

  it.skipIf(!hasProc)('says so, and is of no more use, until it is opened again (needs /proc)', async () => {
    const path = await made(join(root, 'failed'));
    const { codes, lastIndex } = faulty(path, 'failed');
    expect(codes).toEqual(Array(5).fill('TROUPE_STORAGE_FAILED'));
    await expectEntries(path, lastIndex);
  });

  it.skipIf(!isMounted)('loses nothing on a full disk, and goes on where there is room (needs mount)', async () => {
    const path = await made(join(small, 'volume'));
    const filler = join(small, 'filler');
    writeFileSync(filler, Buffer.alloc(1024 * 1024));
    const volume = await openVolume({ path, owner: OWNER });
    const store = volume.open('log');
    const sync = async () => {
      store.write({ append: { from: store.lastIndex + 1, entries: [entry(store.lastIndex + 1)] } });
      await volume.sync();
    };
    const fill = async () => {
      for (;;) await sync();
    };
    const full = { code: 'TROUPE_STORAGE_FULL', message: expect.stringContaining('make room') };
    await expect(fill()).rejects.toMatchObject(full);
    await expect(sync()).rejects.toMatchObject(full);
    await expect(volume.backup(join(small, 'backup'))).rejects.toMatchObject(full);
    await expect(openVolume({ path: join(small, 'other'), owner: OWNER, create: true })).rejects.toMatchObject(full);
    expect(readdirSync(small).sort()).toEqual(['filler', 'volume']);
    rmSync(filler);
    await sync();
    const { lastIndex } = store;
    await volume.close();
    await expectEntries(path, lastIndex);
  });
});

const entry = (index: number) => Buffer.alloc(10_000, `entry ${index};`);

async function made(path: string): Promise<string> {
  const volume = await openVolume({ path, owner: OWNER, create: true });
  volume.open('log', { create: true });
  await volume.sync();
  await volume.close();
  return path;
}

function faulty(path: string, fault: 'full' | 'failed') {
  const program = join(import.meta.dirname, 'limited.fixture.ts');
  const said = execFileSync(process.execPath, [program, path, OWNER, fault], { stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(String(said)) as { codes: string[]; refusedAt: number; lastIndex: number };
}

async function expectEntries(path: string, lastIndex: number): Promise<void> {
  const volume = await openVolume({ path, owner: OWNER });
  const store = volume.open('log');
  expect(lastIndex).toBeGreaterThan(2);
  expect(store.lastIndex).toBe(lastIndex);
  const found = store.entries(1, lastIndex + 1);
  expect(found.every((each, at) => entry(at + 1).equals(each))).toBe(true);
  await volume.close();
}

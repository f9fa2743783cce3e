import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Random } from '@troupe/protocol/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { VOLUME_BOUNDS } from '../store.ts';
import { VOLUME_CASES, type VolumeHarness } from '../testing/index.ts';
import { restoreVolume } from './copy-volume.ts';
import { Environment } from './environment.ts';
import type { LmdbVolume } from './lmdb-volume.ts';
import { openVolume } from './open-volume.ts';
import { FORMAT, seal, VOLUME_KEY } from './record.ts';

const OWNER = 'cluster/n1';
const root = mkdtempSync(join(tmpdir(), 'troupe-storage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let paths = 0;
const freshPath = () => join(root, `v${paths++}`);
const bytes = (text: string) => Buffer.from(text);

describe('an LMDB volume', () => {
  const harness: VolumeHarness = {
    freshPath,
    open: (path, options) => openVolume({ path, ...options }),
    restore: restoreVolume,
  };
  for (const { name, run } of VOLUME_CASES) it(name, () => run(harness));

  const journaled: VolumeHarness = {
    ...harness,
    async open(path, options) {
      const volume = (await openVolume({ path, ...options })) as LmdbVolume;
      await volume.prepare();
      return volume;
    },
  };
  for (const { name, run } of VOLUME_CASES) it(`by its journal ${name}`, { timeout: 60_000 }, () => run(journaled));

  it('leaves nothing beside it where it could not be made', async () => {
    const path = freshPath();
    mkdirSync(path);
    writeFileSync(join(path, 'other.txt'), '');
    await expect(openVolume({ path, owner: OWNER, create: true })).rejects.toMatchObject({
      code: 'TROUPE_STORAGE_EXISTS',
      data: { path },
    });
    expect(readdirSync(root).filter((name) => name.endsWith('.part'))).toEqual([]);
    await expect(openVolume({ path, owner: OWNER })).rejects.toMatchObject({ code: 'TROUPE_STORAGE_MISSING' });
  });

  it('is refused while another process has it, and free once that was killed', async () => {
    const path = await written(20);
    const child = await holding(path);
    await expect(openVolume({ path, owner: OWNER })).rejects.toMatchObject({
      code: 'TROUPE_STORAGE_LOCKED',
      data: { process: child.pid },
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const volume = await openVolume({ path, owner: OWNER });
    expect(volume.open('log').lastIndex).toBe(20);
    await volume.close();
  });

  it('says what is wrong with a file that was cut, wherever', async () => {
    const source = await written(3_000);
    const whole = await contentOf(source);
    const size = statSync(join(source, 'data.mdb')).size;
    const random = new Random(1);
    const cuts = [0, 1, 4_095, 4_096, 8_191, 8_192, ...Array.from({ length: 40 }, () => random.below(size))];
    let refused = 0;
    for (const cut of cuts) {
      const path = copyOf(source);
      truncateSync(join(path, 'data.mdb'), cut);
      try {
        // At the end of the file may be pages that nothing refers to.
        expect(await contentOf(path), `cut to ${cut}`).toEqual(whole);
      } catch (error) {
        expect(error, `cut to ${cut}`).toMatchObject({ code: 'TROUPE_STORAGE_TRUNCATED' });
        expect(statSync(join(path, 'data.mdb')).size).toBe(cut);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(40);
  });

  it('refuses the format of another version, its own or of LMDB', async () => {
    const source = await written(10);
    const older = copyOf(source);
    patch(older, (data) => {
      data.writeUInt32LE(1, 28);
      data.writeUInt32LE(1, 4_096 + 28);
    });
    await expect(openVolume({ path: older, owner: OWNER })).rejects.toMatchObject({ code: 'TROUPE_STORAGE_VERSION' });
    const newer = copyOf(source);
    const environment = await Environment.open(newer);
    const record = seal(VOLUME_KEY, bytes(JSON.stringify({ format: FORMAT + 1, owner: OWNER })));
    environment.transact((put) => put(VOLUME_KEY, record));
    await environment.close();
    const refusal = { code: 'TROUPE_STORAGE_VERSION', data: { path: newer, expected: FORMAT, format: FORMAT + 1 } };
    await expect(openVolume({ path: newer, owner: OWNER })).rejects.toMatchObject(refusal);
    await expect(restoreVolume({ backup: newer, path: freshPath(), owner: OWNER })).rejects.toMatchObject({
      code: 'TROUPE_STORAGE_VERSION',
    });
  });

  it('opens a volume of the former format, without a journal, and makes it one of this', async () => {
    const path = await written(10);
    const environment = await Environment.open(path);
    const record = seal(VOLUME_KEY, bytes(JSON.stringify({ format: 1, owner: OWNER })));
    environment.transact((put) => put(VOLUME_KEY, record));
    await environment.close();
    const volume = (await openVolume({ path, owner: OWNER })) as LmdbVolume;
    const store = volume.open('log');
    expect(store.lastIndex).toBe(10);
    await volume.prepare();
    store.write({ append: { from: 11, entries: [bytes('entry 11')] } });
    await volume.sync();
    await volume.close();
    expect(await contentOf(path)).toMatchObject({ entries: Array.from({ length: 11 }, (_, at) => `entry ${at + 1}`) });
    expect(readFileSync(join(path, 'data.mdb')).includes(`{"format":${FORMAT},"owner"`)).toBe(true);
  });

  it('refuses to restore a backup that was damaged, and leaves nothing', async () => {
    const backup = await written(10);
    patch(backup, (data) => {
      data[data.indexOf('entry 7')] = 0;
    });
    const path = freshPath();
    await expect(restoreVolume({ backup, path, owner: OWNER })).rejects.toMatchObject({
      code: 'TROUPE_STORAGE_CORRUPT',
    });
    expect(readdirSync(root).filter((name) => name.endsWith('.part') || name === basename(path))).toEqual([]);
  });

  it('lets others have their turn while it is opened', async () => {
    const path = await written(20_000);
    const volume = await openVolume({ path, owner: OWNER });
    const store = volume.open('log');
    for (let index = 0; index < 30; index++)
      store.write({ chunks: [{ blob: 'large', index, bytes: Buffer.alloc(VOLUME_BOUNDS.chunkBytesMax) }] });
    await volume.sync();
    await volume.close();
    let turns = 0;
    let timer = setImmediate(function count() {
      turns++;
      timer = setImmediate(count);
    });
    const again = await openVolume({ path, owner: OWNER });
    clearImmediate(timer);
    await again.close();
    expect(turns).toBeGreaterThan(3);
  });

  it('says which record is not what was written', async () => {
    const path = await written(10);
    patch(path, (data) => {
      data[data.indexOf('entry 7')] = 0;
    });
    await expect(openVolume({ path, owner: OWNER })).rejects.toMatchObject({
      code: 'TROUPE_STORAGE_CORRUPT',
      message: expect.stringContaining('a block whose checksum is wrong'),
    });
  });

  it('finds bytes that were changed, or holds what was written', async () => {
    const source = await written(3_000);
    const whole = await contentOf(source);
    const found = { TROUPE_STORAGE_CORRUPT: 0, TROUPE_STORAGE_TRUNCATED: 0, TROUPE_STORAGE_VERSION: 0, unharmed: 0 };
    const random = new Random(2);
    for (let round = 0; round < 400; round++) {
      const path = copyOf(source);
      patch(path, (data) => {
        // Every fourth in the two meta pages, most of which are padding.
        const at = random.below(4) === 0 ? random.below(2) * 4_096 + random.below(184) : random.below(data.length);
        data[at] = (data[at] as number) ^ (1 + random.below(255));
      });
      try {
        // What no record and no page refers to may differ: free pages, padding.
        expect(await contentOf(path), `round ${round}`).toEqual(whole);
        found.unharmed++;
      } catch (error) {
        const { code } = error as { code: keyof typeof found };
        if (found[code] === undefined) throw error;
        found[code]++;
      }
    }
    expect(found.TROUPE_STORAGE_CORRUPT).toBeGreaterThan(100);
  });
});

/** A volume that was closed, with so many entries, a hundred in a commit of LMDB, and a blob of several pages. */
async function written(entries: number): Promise<string> {
  const path = freshPath();
  const volume = (await openVolume({ path, owner: OWNER, create: true })) as LmdbVolume;
  const store = volume.open('log', { create: true });
  store.write({ values: { term: bytes('1') }, chunks: [{ blob: 's', index: 0, bytes: Buffer.alloc(20_000, 's') }] });
  for (let index = 1; index <= entries; index++) {
    store.write({ append: { from: index, entries: [bytes(`entry ${index}`)] } });
    if (index % 100 === 0) await volume.checkpoint();
  }
  await store.sync();
  await volume.close();
  return path;
}

function copyOf(source: string): string {
  const path = freshPath();
  mkdirSync(path);
  copyFileSync(join(source, 'data.mdb'), join(path, 'data.mdb'));
  return path;
}

function patch(path: string, change: (data: Buffer) => void): void {
  const file = join(path, 'data.mdb');
  const data = readFileSync(file);
  change(data);
  writeFileSync(file, data);
}

async function contentOf(path: string): Promise<unknown> {
  const volume = await openVolume({ path, owner: OWNER });
  const store = volume.open('log');
  const content = {
    entries: store.entries(store.firstIndex, store.lastIndex + 1).map(String),
    term: String(store.get('term')),
    chunk: String(store.chunk('s', 0)),
  };
  await volume.close();
  return content;
}

async function holding(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.fixture.ts'), path, OWNER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

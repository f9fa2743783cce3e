import { describe, expect, it } from 'vitest';
import { VOLUME_CASES, type VolumeHarness } from '../testing/index.ts';
import { MemoryDisk, type SyncFault } from './memory-disk.ts';

const OWNER = 'cluster/n1';
const bytes = (text: string) => Buffer.from(text);

describe('a memory disk', () => {
  const disk = new MemoryDisk();
  let paths = 0;
  const harness: VolumeHarness = {
    freshPath: () => `v${paths++}`,
    open: (path, options) => disk.open(path, options),
    restore: (options) => disk.restore(options),
  };
  for (const { name, run } of VOLUME_CASES) it(name, () => run(harness));

  it('refuses with the codes of every volume', async () => {
    const disk = new MemoryDisk();
    const refused = (use: () => unknown) => {
      try {
        return use();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(refused(() => disk.open('v', { owner: OWNER }))).toBe('TROUPE_STORAGE_MISSING');
    const volume = disk.open('v', { owner: OWNER, create: true });
    expect(refused(() => disk.open('v', { owner: OWNER, create: true }))).toBe('TROUPE_STORAGE_EXISTS');
    expect(refused(() => disk.open('v', { owner: 'other' }))).toBe('TROUPE_STORAGE_OWNER');
    const newer = disk.open('v', { owner: OWNER });
    expect(refused(() => volume.stores())).toBe('TROUPE_STORAGE_REVOKED');
    await newer.close();
    expect(refused(() => newer.stores())).toBe('TROUPE_STORAGE_CLOSED');
  });

  it('keeps what was synced and a prefix of the rest when it crashes, as is chosen', async () => {
    for (const kept of [0, 1, 2, 3]) {
      const crashing = new MemoryDisk();
      const store = crashing.open('v', { owner: OWNER, create: true }).open('log', { create: true });
      store.write({ append: { from: 1, entries: [bytes('a')] } });
      await store.sync();
      for (const text of ['b', 'c', 'd']) {
        const from = store.lastIndex + 1;
        store.write({ append: { from, entries: [bytes(text), bytes(text)] } });
      }
      const asked: [string, number][] = [];
      crashing.crash((label, n) => {
        asked.push([label, n]);
        return kept;
      });
      expect(asked).toEqual([['writes kept', 4]]);
      await expect(store.sync()).rejects.toMatchObject({ code: 'TROUPE_STORAGE_FAILED' });
      const again = crashing.open('v', { owner: OWNER }).open('log');
      expect(again.lastIndex).toBe(1 + 2 * kept);
    }
  });

  it('loses what a sync under way had not covered yet, and that sync fails', async () => {
    const gate = Promise.withResolvers<undefined>();
    let isHeld = false;
    const crashing = new MemoryDisk({ onSync: () => (isHeld ? gate.promise : undefined) });
    const store = crashing.open('v', { owner: OWNER, create: true }).open('log', { create: true });
    await store.sync();
    isHeld = true;
    store.write({ append: { from: 1, entries: [bytes('a')] } });
    const sync = store.sync();
    await Promise.resolve();
    crashing.crash(() => 0);
    gate.resolve(undefined);
    await expect(sync).rejects.toMatchObject({ code: 'TROUPE_STORAGE_FAILED' });
    expect(crashing.open('v', { owner: OWNER }).open('log').lastIndex).toBe(0);
  });

  it('is full, and then goes on with all that was written', async () => {
    let fault: SyncFault | undefined;
    const disk = new MemoryDisk({ onSync: () => fault });
    const store = disk.open('v', { owner: OWNER, create: true }).open('log', { create: true });
    await store.sync();
    fault = 'full';
    store.write({ append: { from: 1, entries: [bytes('a')] } });
    await expect(store.sync()).rejects.toMatchObject({ code: 'TROUPE_STORAGE_FULL' });
    store.write({ append: { from: 2, entries: [bytes('b')] } });
    fault = undefined;
    await store.sync();
    disk.crash(() => 0);
    expect(disk.open('v', { owner: OWNER }).open('log').lastIndex).toBe(2);
  });

  it('is of no more use once a sync has failed, and it is open what of it survives', async () => {
    for (const kept of [0, 1]) {
      let fault: SyncFault | undefined;
      const disk = new MemoryDisk({ onSync: () => fault });
      const store = disk.open('v', { owner: OWNER, create: true }).open('log', { create: true });
      await store.sync();
      fault = 'failed';
      store.write({ append: { from: 1, entries: [bytes('a')] } });
      await expect(store.sync()).rejects.toMatchObject({ code: 'TROUPE_STORAGE_FAILED' });
      expect(() => store.write({})).toThrow('Expected an open volume');
      disk.crash(() => kept);
      expect(disk.open('v', { owner: OWNER }).open('log').lastIndex).toBe(kept);
    }
  });
});

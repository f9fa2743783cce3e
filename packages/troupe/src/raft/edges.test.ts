import type { System } from '@troupe/actors';
import { nodeId, TroupeError } from '@troupe/protocol';
import type { LogIndex, RaftRecord, RaftStatus, Term } from '@troupe/raft';
import { MemoryDisk, type Volume } from '@troupe/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystem } from '../create-system.ts';
import { bootstrap, makeStore } from './bootstrap.ts';
import { Stateless, Store } from './fixtures/store.ts';
import { recover } from './recover.ts';
import { start } from './start.ts';
import { diskStorage } from './store/disk-storage.ts';
import { placeOf } from './store/places.ts';

const three = { a: 'main', b: 'main', c: 'main' };
const nodes = Object.keys(three);

let system: System;
beforeEach(async () => {
  system = await createSystem({ logLevel: 'fatal' });
});
afterEach(async () => {
  await system[Symbol.asyncDispose]();
});

describe('a machine whose state has no bytes', () => {
  it('is compacted, started again, and brought to a new member', async () => {
    const openVolume = Stateless.settings.openVolume;
    if (openVolume === undefined) throw new Error('unreachable');
    const directory = 'stateless';
    const options = { machine: Stateless, nodes: three, storage: { directory } };
    await bootstrap({ cluster: 'Stateless', nodes, directory, openVolume });
    {
      await using handle = await start(system, options);
      for (let n = 0; n < 10; n++) expect(await handle.propose(n)).toBe(n + 1);
    }
    await using handle = await start(system, options);
    expect(await handle.propose(10)).toBe(11);
    await handle.join('d', { node: 'main' });
    const joined = (await handle.status()).get(nodeId('d')) as RaftStatus;
    expect(joined.firstLogIndex).toBeGreaterThan(1);
    expect(await handle.read('x', { node: 'd', consistency: 'stale' })).toBe('x');
  });
});

describe('a handle', () => {
  it('starts no member any more once it was closed', async () => {
    const handle = await start(system, { machine: Store, nodes: three, storage: 'memory' });
    await handle.close();
    await expect(handle.join('d', { node: 'main' })).rejects.toMatchObject({ code: 'TROUPE_RAFT_CLOSED' });
    expect(handle.nodes).toEqual(nodes);
    expect(await system.whereis('Store/d')).toBeUndefined();
  });

  it('goes on where a watcher throws, and tells the others', async () => {
    await using handle = await start(system, { machine: Store, nodes: three, storage: 'memory' });
    let told = 0;
    using _wrong = handle.watch(() => {
      throw new Error('thrown by a watcher');
    });
    using _right = handle.watch(() => told++);
    for (let turn = 0; turn < 20; turn++)
      await handle.takeSnapshot('a').then(() => handle.propose({ kind: 'pass-time' }));
    await handle.transferLeadership();
    expect(await handle.propose({ kind: 'put', key: 'a', value: 1 })).toMatchObject({ kind: 'put' });
    expect(told).toBeGreaterThan(0);
  });
});

describe('a recovery', () => {
  it('from the store of a witness is refused: it has no commands', async () => {
    const memory = new MemoryDisk();
    const openVolume = ({ path, ...options }: { path: string; owner: string; create?: boolean }): Volume =>
      memory.open(path, options);
    const self = nodeId('w');
    const blank = { kind: 'command', term: 1 as Term, time: 0, bytes: 0, data: null } as const;
    const append = { kind: 'append', index: 1 as LogIndex, previousTerm: 0 as Term, entries: [blank] };
    await makeStore(placeOf('old', 'c', self), [], openVolume, (store) => store.write(append as unknown as RaftRecord));
    const options = { directory: 'old', cluster: 'c', survivor: 'w', newCluster: 'd', newDirectory: 'new', openVolume };
    await expect(recover({ ...options, acceptLoss: true })).rejects.toMatchObject({ code: 'TROUPE_RAFT_ROLE' });
  });
});

describe('the disk of a member that ends', () => {
  it('is closed also where it was just being opened anew', async () => {
    const place = placeOf('dir', 'c', nodeId('a'));
    const sound = new MemoryDisk();
    const opened: { isClosed: boolean }[] = [];
    let hold: Promise<void> | undefined;
    await makeStore(
      place,
      [nodeId('a')],
      ({ path, ...options }) => sound.open(path, options),
      () => {},
    );
    const storage = diskStorage(place, async ({ path, ...options }) => {
      await hold;
      const volume = sound.open(path, options);
      const known = { isClosed: false };
      opened.push(known);
      const isFirst = opened.length === 1;
      return {
        owner: volume.owner,
        stores: () => volume.stores(),
        open: (name) => {
          const store = volume.open(name);
          return Object.assign(Object.create(store), {
            sync: () => (isFirst ? Promise.reject(new TroupeError('TROUPE_STORAGE_FAILED', 'no')) : store.sync()),
          });
        },
        sync: () => volume.sync(),
        backup: (to) => volume.backup(to),
        close: async () => {
          known.isClosed = true;
          await volume.close();
        },
      } satisfies Volume;
    });
    await storage.load();
    const record: RaftRecord = { kind: 'hard-state', term: 1 as Term, vote: null };
    await expect(storage.append([record])).rejects.toMatchObject({ code: 'TROUPE_STORAGE_FAILED' });
    const { promise, resolve } = Promise.withResolvers<void>();
    hold = promise;
    const late = storage.append([record])?.catch((error: unknown) => error);
    await storage.close?.();
    resolve();
    expect(await late).toMatchObject({ code: 'TROUPE_RAFT_CLOSED' });
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});

/**
 * What every volume must do. Whoever implements one runs all of these:
 *
 *     for (const { name, run } of VOLUME_CASES) it(name, () => run(harness));
 */

import { deepStrictEqual, strictEqual } from 'node:assert';
import { HISTORY_CASE } from './history-case.ts';
import { LOG_CASES } from './log-cases.ts';
import { bytesOf, EMPTY, modelOf } from './store-model.ts';
import { made, OWNER, refuses, type VolumeCase } from './volume-case.ts';

const OWN_CASES: readonly VolumeCase[] = [
  {
    name: 'never makes a volume, or a store, unasked',
    async run(harness) {
      const path = harness.freshPath();
      await refuses(() => harness.open(path, { owner: OWNER }), 'TROUPE_STORAGE_MISSING');
      const volume = await harness.open(path, { owner: OWNER, create: true });
      await refuses(() => volume.open('log'), 'TROUPE_STORAGE_MISSING');
      volume.open('log', { create: true });
      deepStrictEqual(volume.stores(), ['log']);
      await volume.close();
    },
  },
  {
    name: 'never makes one where something is',
    async run(harness) {
      const { path, volume } = await made(harness);
      await refuses(() => volume.open('log', { create: true }), 'TROUPE_STORAGE_EXISTS');
      await refuses(() => harness.open(path, { owner: OWNER, create: true }), 'TROUPE_STORAGE_EXISTS');
      deepStrictEqual(volume.stores(), ['log']);
      await volume.close();
    },
  },
  {
    name: 'is opened by its owner alone',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      await refuses(() => harness.open(path, { owner: 'other/n1' }), 'TROUPE_STORAGE_OWNER');
      strictEqual(volume.owner, OWNER);
      // Whoever was refused has not harmed the one that has it.
      store.write({ append: { from: 1, entries: [bytesOf('a')] } });
      await store.sync();
      await volume.close();
    },
  },
  {
    name: 'keeps stores apart, and makes them durable together',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      const other = volume.open('other', { create: true });
      store.write({ append: { from: 1, entries: [bytesOf('a')] }, values: { term: bytesOf('1') } });
      other.write({ append: { from: 1, entries: [bytesOf('b')] }, values: { term: bytesOf('2') } });
      await store.sync();
      await volume.close();
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual(again.stores(), ['log', 'other']);
      deepStrictEqual(modelOf(again.open('log')), { ...EMPTY, log: ['a'], values: { term: '1' } });
      deepStrictEqual(modelOf(again.open('other')), { ...EMPTY, log: ['b'], values: { term: '2' } });
      await again.close();
    },
  },
  {
    name: 'hands a store over to whoever opens it last',
    async run(harness) {
      const { volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: [bytesOf('a')] } });
      const newer = volume.open('log');
      await refuses(() => store.write({}), 'TROUPE_STORAGE_REVOKED');
      await refuses(() => store.sync(), 'TROUPE_STORAGE_REVOKED');
      deepStrictEqual(modelOf(newer).log, ['a']);
      await volume.close();
    },
  },
  {
    name: 'hands a volume over to whoever opens it last, with all that was synced',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: [bytesOf('a')] } });
      await store.sync();
      const newer = await harness.open(path, { owner: OWNER });
      await refuses(() => store.write({}), 'TROUPE_STORAGE_REVOKED');
      await refuses(() => volume.sync(), 'TROUPE_STORAGE_REVOKED');
      deepStrictEqual(modelOf(newer.open('log')).log, ['a']);
      await newer.close();
    },
  },
  {
    name: 'serves a sync that was called before it is closed',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: [bytesOf('a')] } });
      const syncs = [store.sync()];
      await Promise.resolve();
      store.write({ append: { from: 2, entries: [bytesOf('b')] } });
      syncs.push(store.sync());
      await Promise.all([volume.close(), ...syncs]);
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual(modelOf(again.open('log')).log, ['a', 'b']);
      await again.close();
    },
  },
  {
    name: 'says that it is closed',
    async run(harness) {
      const { volume, store } = await made(harness);
      await volume.close();
      await volume.close();
      for (const use of [
        () => store.get('term'),
        () => store.write({}),
        () => store.sync(),
        () => volume.sync(),
        () => volume.open('log'),
        () => volume.stores(),
        () => volume.backup(harness.freshPath()),
      ])
        await refuses(use, 'TROUPE_STORAGE_CLOSED');
    },
  },
  {
    name: 'copies what was synced, while it is written to',
    async run(harness) {
      const { volume, store } = await made(harness);
      store.write({
        append: { from: 1, entries: [bytesOf('a')] },
        chunks: [{ blob: 's', index: 0, bytes: bytesOf('x') }],
      });
      await store.sync();
      const path = harness.freshPath();
      const copied = volume.backup(path);
      store.write({ append: { from: 2, entries: [bytesOf('b')] } });
      await copied;
      await refuses(() => volume.backup(path), 'TROUPE_STORAGE_EXISTS');
      await volume.close();
      const copy = await harness.open(path, { owner: OWNER });
      deepStrictEqual(modelOf(copy.open('log')), { ...EMPTY, log: ['a'], blobs: { s: ['x'] } });
      await copy.close();
    },
  },
  {
    name: 'is restored from a backup, to its owner or, where that is said, to another, and never over anything',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: [bytesOf('a')] }, values: { term: bytesOf('7') } });
      await store.sync();
      const backup = harness.freshPath();
      await volume.backup(backup);
      await refuses(() => harness.restore({ backup, path, owner: OWNER }), 'TROUPE_STORAGE_EXISTS');
      await volume.close();
      const missing = { backup: harness.freshPath(), path: harness.freshPath(), owner: OWNER };
      await refuses(() => harness.restore(missing), 'TROUPE_STORAGE_MISSING');
      const foreign = { backup, path: harness.freshPath(), owner: 'other/n1', newOwner: OWNER };
      await refuses(() => harness.restore(foreign), 'TROUPE_STORAGE_OWNER');
      await refuses(() => harness.open(foreign.path, { owner: OWNER }), 'TROUPE_STORAGE_MISSING');
      for (const newOwner of [undefined, 'other/n1']) {
        const restored = harness.freshPath();
        await harness.restore({ backup, path: restored, owner: OWNER, ...(newOwner !== undefined && { newOwner }) });
        if (newOwner !== undefined)
          await refuses(() => harness.open(restored, { owner: OWNER }), 'TROUPE_STORAGE_OWNER');
        const again = await harness.open(restored, { owner: newOwner ?? OWNER });
        deepStrictEqual(modelOf(again.open('log')), { ...EMPTY, log: ['a'], values: { term: '7' } });
        again.open('log').write({ append: { from: 2, entries: [bytesOf('b')] } });
        await again.sync();
        await again.close();
      }
      // What became of the copies is not in the backup.
      const kept = await harness.open(backup, { owner: OWNER });
      deepStrictEqual(modelOf(kept.open('log')).log, ['a']);
      await kept.close();
    },
  },
  {
    name: 'serves many who wait at once, each after its own write',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      let next = 1;
      const client = async () => {
        for (let round = 0; round < 20; round++) {
          store.write({ append: { from: next++, entries: [bytesOf(String(next))] } });
          await store.sync();
        }
      };
      await Promise.all(Array.from({ length: 16 }, client));
      await volume.close();
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual(again.open('log').lastIndex, 320);
      await again.close();
    },
  },
];

export const VOLUME_CASES: readonly VolumeCase[] = [...OWN_CASES, ...LOG_CASES, HISTORY_CASE];

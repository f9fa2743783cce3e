/** What every store must do with its log, its values and its blobs. */

import { deepStrictEqual, strictEqual, throws } from 'node:assert';
import { VOLUME_BOUNDS } from '../store.ts';
import { bytesOf, modelOf, type StoreModel, textOf } from './store-model.ts';
import { code, made, OWNER, refuses, type VolumeCase } from './volume-case.ts';

export const LOG_CASES: readonly VolumeCase[] = [
  {
    name: 'begins a log with index 1',
    async run(harness) {
      const { volume, store } = await made(harness);
      deepStrictEqual([store.firstIndex, store.lastIndex], [1, 0]);
      deepStrictEqual(store.entries(1, 1), []);
      store.write({ append: { from: 1, entries: ['a', 'b', ''].map(bytesOf) } });
      deepStrictEqual([store.firstIndex, store.lastIndex], [1, 3]);
      deepStrictEqual(store.entries(1, 4).map(textOf), ['a', 'b', '']);
      await volume.close();
    },
  },
  {
    name: 'shows what was written at once, and after a sync, and when it is opened again',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({
        append: { from: 1, entries: ['a', 'b'].map(bytesOf) },
        values: { term: bytesOf('7'), vote: bytesOf('n2') },
        chunks: [
          { blob: 'snapshot-1', index: 0, bytes: bytesOf('xy') },
          { blob: 'snapshot-1', index: 1, bytes: bytesOf('z') },
        ],
      });
      const model: StoreModel = {
        first: 1,
        log: ['a', 'b'],
        values: { term: '7', vote: 'n2' },
        blobs: { 'snapshot-1': ['xy', 'z'] },
      };
      deepStrictEqual(modelOf(store), model);
      await store.sync();
      deepStrictEqual(modelOf(store), model);
      await volume.close();
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual(modelOf(again.open('log')), model);
      await again.close();
    },
  },
  {
    name: 'truncates a conflicting suffix before it appends',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: ['a', 'b', 'c', 'd'].map(bytesOf) } });
      await store.sync();
      store.write({ append: { from: 2, entries: [bytesOf('B')] } });
      deepStrictEqual(modelOf(store).log, ['a', 'B']);
      await store.sync();
      store.write({ append: { from: 2, entries: [] } });
      deepStrictEqual(modelOf(store).log, ['a']);
      await store.sync();
      await volume.close();
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual(modelOf(again.open('log')).log, ['a']);
      await again.close();
    },
  },
  {
    name: 'compacts within the log, and beyond it',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: ['a', 'b', 'c', 'd'].map(bytesOf) } });
      await store.sync();
      store.write({ compact: 3 });
      deepStrictEqual([store.firstIndex, store.lastIndex], [3, 4]);
      await refuses(() => store.entries(2, 4), 'TROUPE_STORAGE_BATCH');
      deepStrictEqual(store.entries(3, 5).map(textOf), ['c', 'd']);
      store.write({ compact: 2 });
      strictEqual(store.firstIndex, 3);
      await store.sync();
      // A log snapshot from a peer: what the log had goes, and it continues after the snapshot.
      store.write({ compact: 100, append: { from: 100, entries: [bytesOf('x')] } });
      await store.sync();
      await volume.close();
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual([again.open('log').firstIndex, modelOf(again.open('log')).log], [100, ['x']]);
      await again.close();
    },
  },
  {
    name: 'goes on from where an emptied log was compacted to, also when it is opened again',
    async run(harness) {
      const { path, volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: ['a', 'b', 'c', 'd', 'e'].map(bytesOf) } });
      await store.sync();
      store.write({ compact: 3, append: { from: 3, entries: [] } });
      await store.sync();
      await volume.close();
      const again = await harness.open(path, { owner: OWNER });
      deepStrictEqual([again.open('log').firstIndex, again.open('log').lastIndex], [3, 2]);
      await again.close();
    },
  },
  {
    name: 'reads as many entries as fit, and at least one',
    async run(harness) {
      const { volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: ['aaaa', 'bb', 'cc', 'd'].map(bytesOf) } });
      for (const isSynced of [false, true]) {
        deepStrictEqual(store.entries(1, 5, 0).map(textOf), ['aaaa'], `synced: ${isSynced}`);
        deepStrictEqual(store.entries(1, 5, 7).map(textOf), ['aaaa', 'bb']);
        deepStrictEqual(store.entries(2, 4, 100).map(textOf), ['bb', 'cc']);
        await store.sync();
      }
      await volume.close();
    },
  },
  {
    name: 'reads across what is durable and what is not',
    async run(harness) {
      const { volume, store } = await made(harness);
      for (let index = 1; index <= 9; index++) {
        store.write({ append: { from: index, entries: [bytesOf(String(index))] } });
        if (index % 3 === 0 && index < 9) await store.sync();
      }
      deepStrictEqual(modelOf(store).log.join(''), '123456789');
      deepStrictEqual(store.entries(2, 9).map(textOf).join(''), '2345678');
      await volume.close();
    },
  },
  {
    name: 'refuses a batch as a whole',
    async run(harness) {
      const { volume, store } = await made(harness);
      store.write({ append: { from: 1, entries: ['a', 'b'].map(bytesOf) }, values: { term: bytesOf('1') } });
      store.write({ compact: 2 });
      const before = modelOf(store);
      const bad = [
        { append: { from: 4, entries: [] } },
        { append: { from: 1, entries: [] } },
        { append: { from: 2.5, entries: [] } },
        { compact: 0 },
        { compact: 9, append: { from: 3, entries: [] } },
        { append: { from: 3, entries: ['text' as unknown as Uint8Array] } },
        { values: { 'no spaces': bytesOf('x') } },
        { values: { ['n'.repeat(VOLUME_BOUNDS.nameBytesMax + 1)]: bytesOf('x') } },
        { values: { large: new Uint8Array(VOLUME_BOUNDS.valueBytesMax + 1) } },
        { values: { text: 'x' as unknown as Uint8Array } },
        {
          values: Object.fromEntries(Array.from({ length: VOLUME_BOUNDS.valuesMax }, (_, n) => [`v${n}`, bytesOf('')])),
        },
        { dropBlobs: [''] },
        { chunks: [{ blob: 'b', index: 1, bytes: bytesOf('x') }] },
        { chunks: [{ blob: 'b', index: 0, bytes: new Uint8Array(VOLUME_BOUNDS.chunkBytesMax + 1) }] },
        { chunks: [{ blob: 'b', index: 0, bytes: 'x' as unknown as Uint8Array }] },
      ];
      for (const part of bad) {
        await refuses(() => store.write({ values: { term: bytesOf('2') }, ...part }), 'TROUPE_STORAGE_BATCH');
        deepStrictEqual(modelOf(store), before);
      }
      await refuses(() => store.entries(2, 4), 'TROUPE_STORAGE_BATCH');
      await refuses(() => volume.open('no spaces', { create: true }), 'TROUPE_STORAGE_BATCH');
      await volume.close();
    },
  },
  {
    name: 'refuses to hold more in memory than its bound',
    async run(harness) {
      const { volume, store } = await made(harness);
      const chunk = new Uint8Array(VOLUME_BOUNDS.chunkBytesMax);
      const fit = Math.floor(VOLUME_BOUNDS.unsyncedBytesMax / VOLUME_BOUNDS.chunkBytesMax);
      throws(() => {
        for (let index = 0; index <= fit; index++) store.write({ chunks: [{ blob: 'b', index, bytes: chunk }] });
      }, code('TROUPE_STORAGE_OVERLOADED'));
      store.write({ dropBlobs: ['b'] });
      await store.sync();
      store.write({ chunks: [{ blob: 'b', index: 0, bytes: chunk }] });
      await volume.close();
    },
  },
];

/**
 * What every volume must do. Whoever implements one runs all of these:
 *
 *     for (const { name, run } of VOLUME_CASES) it(name, () => run(harness));
 */

import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { Random } from '@troupe/protocol/testing';
import type { StorageErrorCode } from '../errors.ts';
import { type LogStore, VOLUME_BOUNDS, type Volume } from '../store.ts';
import { bytesOf, EMPTY, modelAfter, modelOf, randomBatch, type StoreModel, textOf } from './store-model.ts';

export interface VolumeHarness {
  /** A path where nothing is. */
  freshPath(): string;
  open(path: string, options: { readonly owner: string; readonly create?: boolean }): Volume | Promise<Volume>;
}

export interface VolumeCase {
  readonly name: string;
  run(harness: VolumeHarness): Promise<void>;
}

const OWNER = 'cluster/n1';

export const VOLUME_CASES: readonly VolumeCase[] = [
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
  {
    name: 'does what a naive model does, and keeps after an end without a sync a prefix that has all that was synced',
    async run(harness) {
      for (let seed = 1; seed <= 12; seed++) await runHistory(harness, seed);
    },
  },
];

/** Random batches, syncs, and takings over: each of them is an end without a close. */
async function runHistory(harness: VolumeHarness, seed: number): Promise<void> {
  const random = new Random(seed);
  const largest = random.below(3) === 0 ? 3_000 : 40;
  let { path, volume, store } = await made(harness);
  /** The model after each batch of this opening; what a sync has covered ends at `durable`. */
  let written = [EMPTY];
  let durable = 0;
  let syncs: Promise<void>[] = [];
  const sync = (): void => {
    const life = written;
    const at = written.length - 1;
    const covered = () => {
      if (life === written) durable = Math.max(durable, at);
    };
    // It may fail where the volume is taken over meanwhile, and then covers nothing.
    syncs.push(store.sync().then(covered, (error) => ok(life !== written, String(error))));
  };
  for (let step = 0; step < 150; step++) {
    const what = random.below(20);
    const model = written.at(-1) as StoreModel;
    if (what < 12) {
      const batch = randomBatch(random, model, largest);
      store.write(batch);
      written.push(modelAfter(model, batch));
    } else if (what < 16) {
      // What follows may be written while the sync is under way.
      sync();
      if (random.below(2) === 0) await Promise.all(syncs.splice(0));
    } else if (what < 19) deepStrictEqual(modelOf(store, random.below(200)), model, `seed ${seed}, step ${step}`);
    else {
      if (random.below(2) === 0) await Promise.all(syncs.splice(0));
      const left = written;
      written = [];
      volume = await harness.open(path, { owner: OWNER });
      store = volume.open('log');
      const found = modelOf(store);
      ok(
        left.slice(durable).some((each) => isDeepStrictEqual(each, found)),
        `Expected a prefix of what was written, with all that was synced, got another store (seed ${seed}, step ${step})`,
      );
      written = [found];
      durable = 0;
    }
  }
  await Promise.all(syncs);
  syncs = [];
  await volume.close();
}

async function made(harness: VolumeHarness): Promise<{ path: string; volume: Volume; store: LogStore }> {
  const path = harness.freshPath();
  const volume = await harness.open(path, { owner: OWNER, create: true });
  const store = volume.open('log', { create: true });
  await volume.sync();
  return { path, volume, store };
}

async function refuses(use: () => unknown, expected: StorageErrorCode): Promise<void> {
  await rejects(async () => use(), code(expected));
}

function code(expected: StorageErrorCode): (error: unknown) => boolean {
  return (error) => {
    strictEqual((error as { code?: string }).code, expected, String(error));
    return true;
  };
}

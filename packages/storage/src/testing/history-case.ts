/** Random histories beside a naive model, for every volume. */

import { deepStrictEqual, ok } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { Random } from '@troupe/protocol/testing';
import { EMPTY, modelAfter, modelOf, randomBatch, type StoreModel } from './store-model.ts';
import { made, OWNER, type VolumeCase, type VolumeHarness } from './volume-case.ts';

export const HISTORY_CASE: VolumeCase = {
  name: 'does what a naive model does, and keeps after an end without a sync a prefix that has all that was synced',
  async run(harness) {
    for (let seed = 1; seed <= 12; seed++) await runHistory(harness, seed);
  },
};

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

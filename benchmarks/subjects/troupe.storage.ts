import { join } from 'node:path';
import { openVolume, type Volume } from '@troupe/storage';
import { timed } from '../harness/outcome.ts';
import { appendWorkloads, entryAt, LOG_ENTRIES, LOG_FLUSH_ENTRIES, readRun, scratch } from '../workloads/storage.ts';
import type { Prepare } from './subject.ts';

const OWNER = 'bench';

/** As Raft uses it: a write, and then its sync. */
export const storage: Readonly<Record<string, Prepare>> = {
  ...appendWorkloads(async (folder) => {
    const { volume, store } = await made(join(folder, 'v'));
    return {
      count: () => store.lastIndex,
      append(entry) {
        store.write({ append: { from: store.lastIndex + 1, entries: [entry] } });
        return store.sync();
      },
      close: () => volume.close(),
    };
  }),
  async read() {
    const { folder, remove } = scratch();
    const volume = await filled(join(folder, 'v'));
    const store = volume.open('log');
    return {
      run: readRun((from, count) => store.entries(from + 1, from + 1 + count)),
      async close() {
        await volume.close();
        remove();
      },
    };
  },
  async 'open-1m'() {
    const { folder, remove } = scratch();
    const path = join(folder, 'v');
    await (await filled(path)).close();
    return {
      async run() {
        let volume: Volume | undefined;
        const outcome = await timed(
          1,
          async () => {
            volume = await openVolume({ path, owner: OWNER });
          },
          () => (volume?.open('log').lastIndex === LOG_ENTRIES ? 1 : 0),
        );
        await volume?.close();
        return { ...outcome, figures: { 'open-1m': outcome.milliseconds } };
      },
      close: remove,
    };
  },
};

async function made(path: string) {
  const volume = await openVolume({ path, owner: OWNER, create: true });
  const store = volume.open('log', { create: true });
  await volume.sync();
  return { volume, store };
}

async function filled(path: string): Promise<Volume> {
  const { volume, store } = await made(path);
  for (let from = 0; from < LOG_ENTRIES; from += LOG_FLUSH_ENTRIES) {
    const entries = Array.from({ length: LOG_FLUSH_ENTRIES }, (_, at) => entryAt(from + at));
    store.write({ append: { from: from + 1, entries } });
    await volume.sync();
  }
  return volume;
}

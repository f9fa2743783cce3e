/**
 * What only the journal of an earlier opening has comes into LMDB. Its life may still go on, in another thread:
 *
 * 1. The epoch is raised: no checkpoint of that life commits any more, so none of its files is written anew.
 * 2. Its files are marked, and then read.
 * 3. That life looks for the mark after each append, before it acknowledges. So what it acknowledged was there before the
 *    mark, and is read; and it appends nothing after the one that is under way.
 * 4. What was read is committed, and the volume no longer refers to that journal. An append that ends later has no effect.
 */

import { JournalDamage, takeJournal } from '../journal/read-journal.ts';
import type { Commits } from './commits.ts';
import { LmdbStore } from './lmdb-store.ts';
import { corrupt, type VolumeContent } from './load-stores.ts';
import type { ReadContent } from './log-state.ts';

/** @returns all stores @throws TROUPE_STORAGE_CORRUPT, TROUPE_STORAGE_FULL, TROUPE_STORAGE_FAILED, TROUPE_STORAGE_REVOKED */
export async function recover(
  path: string,
  commits: Commits,
  { stores, journal }: Pick<VolumeContent, 'stores' | 'journal'>,
  read: ReadContent,
): Promise<readonly LmdbStore[]> {
  if (journal === null) return stores;
  const byId = new Map(stores.map((store) => [store.id, store]));
  for (const found of takenFrom(path, journal)) {
    if (found.create !== undefined) byId.set(found.store, new LmdbStore(found.store, found.create, read));
    const store = byId.get(found.store);
    if (store === undefined)
      throw corrupt(path, `a journal with a batch of the store ${found.store}, which is not there`);
    store.apply(found.batch);
    commits.addFound(store, found);
  }
  await commits.checkpoint();
  return [...byId.values()];
}

function takenFrom(path: string, mark: NonNullable<VolumeContent['journal']>) {
  try {
    return takeJournal(path, mark);
  } catch (error) {
    throw error instanceof JournalDamage ? corrupt(path, error.message) : error;
  }
}

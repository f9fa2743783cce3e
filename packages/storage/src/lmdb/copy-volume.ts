/** Makes volumes: new ones, copies of those in use, and those that a backup gives. Each appears whole or not at all. */

import { existsSync, readdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isJournal, removeJournals } from '../journal/journal.ts';
import type { RestoreOptions } from '../store.ts';
import { diskFailed, foreignOwner, volumeMissing } from '../volume-errors.ts';
import { Commits } from './commits.ts';
import { Environment } from './environment.ts';
import type { Operations } from './log-state.ts';
import { place } from './place.ts';
import { dataFile, readerOf, readVolume } from './read-volume.ts';
import { FENCE_KEY, fenceRecord, VOLUME_KEY, volumeRecord } from './record.ts';
import { recover } from './recover.ts';
import { inTurns } from './turns.ts';

export async function makeVolume(path: string, owner: string): Promise<void> {
  await place(path, (directory) =>
    committed(directory, (put) => {
      put(FENCE_KEY, fenceRecord(0));
      put(VOLUME_KEY, volumeRecord(owner, null));
    }),
  );
}

/** Of what is in LMDB: whoever calls it has made a checkpoint. */
export async function backUp(environment: Environment, path: string, owner: string, to: string): Promise<void> {
  await place(resolve(to), async (directory) => {
    await environment.backup(directory);
    await committed(directory, (put) => put(VOLUME_KEY, volumeRecord(owner, null)));
    // Nothing is a backup that could not be opened.
    await inTurns(readVolume(directory, () => unread(path)));
  });
}

/**
 * Makes a volume of a backup. What it has is looked at as at an opening; the backup stays as it is.
 *
 * @throws TROUPE_STORAGE_MISSING, TROUPE_STORAGE_EXISTS, TROUPE_STORAGE_OWNER, TROUPE_STORAGE_VERSION,
 * TROUPE_STORAGE_CORRUPT, TROUPE_STORAGE_TRUNCATED, TROUPE_STORAGE_FULL, TROUPE_STORAGE_FAILED
 */
export async function restoreVolume({ owner, newOwner = owner, ...options }: RestoreOptions): Promise<void> {
  const backup = resolve(options.backup);
  if (!existsSync(dataFile(backup))) throw volumeMissing(backup);
  await place(resolve(options.path), async (directory) => {
    for (const name of readdirSync(backup).filter(isPartOfVolume))
      await copyFile(join(backup, name), join(directory, name));
    // The copy: what is read there is what will be opened.
    const found = await inTurns(readVolume(directory, () => unread(backup)));
    if (found.owner !== owner) throw foreignOwner(backup, owner, found.owner);
    if (newOwner !== owner || found.journal !== null) await settle(directory, newOwner);
  });
}

/** What was copied of a volume that was not closed is in its journal, in part; all of it comes into LMDB. */
async function settle(directory: string, owner: string): Promise<void> {
  const environment = await Environment.open(directory);
  try {
    const read = readerOf(environment, directory);
    const { epoch, ...found } = await inTurns(readVolume(directory, read));
    const commits = new Commits({ path: directory, owner, environment, epoch });
    await recover(directory, commits, found, read);
    if (found.journal === null) await commits.checkpoint();
    removeJournals(directory, epoch + 1);
  } finally {
    await environment.close();
  }
}

async function committed(directory: string, change: (put: Operations['put']) => void): Promise<void> {
  const environment = await Environment.open(directory);
  try {
    environment.transact(change);
  } finally {
    await environment.close();
  }
}

function isPartOfVolume(name: string): boolean {
  return name === basename(dataFile('')) || isJournal(name);
}

function unread(path: string): never {
  throw diskFailed(path);
}

/** Makes volumes: new ones, copies of those in use, and those that a backup gives. Each appears whole or not at all. */

import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RestoreOptions } from '../store.ts';
import { diskFailed, foreignOwner, volumeMissing } from '../volume-errors.ts';
import { Environment } from './environment.ts';
import type { Operations } from './log-state.ts';
import { place } from './place.ts';
import { dataFile, readVolume } from './read-volume.ts';
import { FENCE_KEY, fenceRecord, VOLUME_KEY, volumeRecord } from './record.ts';
import { inTurns } from './turns.ts';

export async function makeVolume(path: string, owner: string): Promise<void> {
  await place(path, (directory) =>
    committed(directory, (put) => {
      put(FENCE_KEY, fenceRecord(0));
      put(VOLUME_KEY, volumeRecord(owner));
    }),
  );
}

export async function backUp(environment: Environment, path: string, to: string): Promise<void> {
  await place(resolve(to), async (directory) => {
    await environment.backup(directory);
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
    await copyFile(dataFile(backup), dataFile(directory));
    // The copy: what is read there is what will be opened.
    const found = await inTurns(readVolume(directory, () => unread(backup)));
    if (found.owner !== owner) throw foreignOwner(backup, owner, found.owner);
    if (newOwner !== owner) await committed(directory, (put) => put(VOLUME_KEY, volumeRecord(newOwner)));
  });
}

async function committed(directory: string, change: (put: Operations['put']) => void): Promise<void> {
  const environment = await Environment.open(directory);
  try {
    environment.transact(change);
  } finally {
    await environment.close();
  }
}

function unread(path: string): never {
  throw diskFailed(path);
}

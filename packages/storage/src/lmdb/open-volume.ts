/**
 * Opens LMDB volumes. Every page and record is looked at first, in turns, while a reader of LMDB keeps those pages from
 * being used again. Then, under LMDB's lock of writers, which holds across threads and processes, the opening refuses
 * where another process has the volume open, sees that nothing was committed since, and raises the epoch. From then on
 * transactions of an earlier opening in this process, even one that a dead thread has left under way, are void. Last, what
 * only the journal of an earlier opening has comes into LMDB; it acknowledges nothing more once it is read.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { storageError } from '../errors.ts';
import { removeJournals } from '../journal/journal.ts';
import type { Volume } from '../store.ts';
import { foreignOwner, volumeMissing } from '../volume-errors.ts';
import { Commits } from './commits.ts';
import { backUp, makeVolume } from './copy-volume.ts';
import { diskError } from './disk-errors.ts';
import { Environment } from './environment.ts';
import { LmdbVolume } from './lmdb-volume.ts';
import type { ReadContent } from './log-state.ts';
import { dataFile, newestTransaction, type ReadVolume, readerOf, readVolume } from './read-volume.ts';
import { FENCE_KEY, fenceRecord } from './record.ts';
import { recover } from './recover.ts';
import { atOnce, inTurns } from './turns.ts';

export interface VolumeOptions {
  /** Directory of the volume; one on a local disk. */
  readonly path: string;
  /** Whose promises it keeps, such as `cluster-7/n1`. A volume of another owner is refused. */
  readonly owner: string;
  /** Makes a new volume, and refuses where anything is. Without it a volume that is not there is an error. */
  readonly create?: boolean;
}

/** Readings in turns that an earlier opening may outrun by its commits. Then one reading holds everybody up. */
const READINGS_MAX = 3;

/** Open in this thread. */
const volumes = new Map<string, LmdbVolume>();

/**
 * Opens the volume at a path, or makes a new one there; the two are different acts.
 *
 * @throws TROUPE_STORAGE_MISSING, TROUPE_STORAGE_EXISTS, TROUPE_STORAGE_OWNER, TROUPE_STORAGE_VERSION,
 * TROUPE_STORAGE_CORRUPT, TROUPE_STORAGE_TRUNCATED, TROUPE_STORAGE_LOCKED, TROUPE_STORAGE_FULL, TROUPE_STORAGE_FAILED,
 * TROUPE_STORAGE_REVOKED where another opening came meanwhile
 */
export async function openVolume(options: VolumeOptions): Promise<Volume> {
  const path = resolve(options.path);
  if (options.create === true) await makeVolume(path, options.owner);
  else if (!existsSync(dataFile(path))) throw volumeMissing(path);
  // Before LMDB sees it: of a file without pages it would make a new one.
  newestTransaction(path);
  let environment: Environment | undefined;
  try {
    environment = await Environment.open(path);
    const read = readerOf(environment, path);
    const { owner } = options;
    const { epoch, ...found } = await claim(environment, path, owner, read);
    const commits = new Commits({ path, owner, environment, epoch });
    const stores = await recover(path, commits, found, read);
    removeJournals(path, epoch);
    const copy = backUp.bind(undefined, environment, path, owner);
    const volume = new LmdbVolume({ path, owner, environment, commits, read, stores, copy });
    const former = volumes.get(path);
    volumes.set(path, volume);
    await former?.abandon();
    return volume;
  } catch (error) {
    const refusal = await diskError(error, path);
    await environment?.close();
    throw refusal;
  }
}

/** What is in the volume, under an epoch that nobody had before. */
async function claim(
  environment: Environment,
  path: string,
  owner: string,
  read: ReadContent,
): Promise<Pick<ReadVolume, 'stores' | 'journal' | 'epoch'>> {
  for (let reading = 1; ; reading++) {
    refuseOthers(environment, path);
    const seen = await environment.pinned(() => inTurns(readVolume(path, read)));
    environment.takeReaderSlot();
    let claimed: ReadVolume | undefined;
    environment.transact((put) => {
      refuseOthers(environment, path);
      if (seen.transaction === newestTransaction(path)) claimed = seen;
      else if (reading === READINGS_MAX) claimed = atOnce(readVolume(path, read));
      else return;
      if (claimed.owner !== owner) throw foreignOwner(path, owner, claimed.owner);
      put(FENCE_KEY, fenceRecord(claimed.epoch + 1));
    });
    if (claimed !== undefined) return { ...claimed, epoch: claimed.epoch + 1 };
  }
}

function refuseOthers(environment: Environment, path: string): void {
  const other = environment.readingProcesses().find((id) => id !== process.pid);
  if (other === undefined) return;
  throw storageError(
    'TROUPE_STORAGE_LOCKED',
    `Expected the volume at ${path} for this process alone, got one that process ${other} has open. End that process, or use another path.`,
    { path, process: other },
  );
}

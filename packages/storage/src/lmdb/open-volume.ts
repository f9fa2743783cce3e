/**
 * Makes and opens LMDB volumes. A volume is a directory; it appears whole, by a rename, or not at all.
 *
 * Opening takes LMDB's lock of writers, which holds across threads and processes, and under it, in this order: refuses
 * where another process has the volume open, looks at every page and record, and raises the epoch. From then on
 * transactions of an earlier opening in this process, even one that a dead thread has left under way, are void.
 */

import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { mkdir, open as openFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { storageError } from '../errors.ts';
import type { Volume } from '../store.ts';
import { diskFailed, foreignOwner, volumeExists, volumeMissing } from '../volume-errors.ts';
import { type Environment, openEnvironment, readingProcesses, takeReaderSlot } from './environment.ts';
import { LmdbVolume } from './lmdb-volume.ts';
import { corrupt, damaged, loadStores, type VolumeContent } from './load-stores.ts';
import { PageFile } from './page-file.ts';
import { FENCE_KEY, FORMAT, fenceRecord, seal, unseal, VOLUME_KEY } from './record.ts';

export interface VolumeOptions {
  /** Directory of the volume; one on a local disk. */
  readonly path: string;
  /** Whose promises it keeps, such as `cluster-7/n1`. A volume of another owner is refused. */
  readonly owner: string;
  /** Makes a new volume, and refuses where anything is. Without it a volume that is not there is an error. */
  readonly create?: boolean;
}

const DATA_FILE = 'data.mdb';
/** Open in this thread. */
const volumes = new Map<string, LmdbVolume>();

/**
 * Opens the volume at a path, or makes a new one there; the two are different acts.
 *
 * @throws TROUPE_STORAGE_MISSING, TROUPE_STORAGE_EXISTS, TROUPE_STORAGE_OWNER, TROUPE_STORAGE_VERSION,
 * TROUPE_STORAGE_CORRUPT, TROUPE_STORAGE_TRUNCATED, TROUPE_STORAGE_LOCKED, TROUPE_STORAGE_FAILED
 */
export async function openVolume(options: VolumeOptions): Promise<Volume> {
  const path = resolve(options.path);
  if (options.create === true) await makeVolume(path, options.owner);
  else if (!existsSync(join(path, DATA_FILE))) throw volumeMissing(path);
  // Before LMDB sees it: of a file without pages it would make a new one.
  withPages(path, () => {});
  const environment = openEnvironment(path);
  try {
    const volume = claim(environment, path, options.owner);
    const former = volumes.get(path);
    volumes.set(path, volume);
    await former?.abandon();
    return volume;
  } catch (error) {
    await environment.close();
    throw error;
  }
}

function claim(environment: Environment, path: string, owner: string): LmdbVolume {
  takeReaderSlot(environment);
  const read = (key: Buffer): Buffer => {
    const record = environment.getBinary(key as never);
    const content = record === undefined ? undefined : unseal(key, record);
    if (content === undefined) throw corrupt(path, `a record whose checksum is wrong (key ${key.toString('hex')})`);
    return content;
  };
  let content: VolumeContent | undefined;
  let epoch = 0;
  environment.transactionSync(() => {
    const other = readingProcesses(environment).find((id) => id !== process.pid);
    if (other !== undefined)
      throw storageError(
        'TROUPE_STORAGE_LOCKED',
        `Expected the volume at ${path} for this process alone, got one that process ${other} has open. End that process, or use another path.`,
        { path, process: other },
      );
    content = withPages(path, (pages) => loadStores(path, pages, read));
    if (content.owner !== owner) throw foreignOwner(path, owner, content.owner);
    epoch = content.epoch + 1;
    environment.putSync(FENCE_KEY as never, fenceRecord(epoch));
  });
  const { stores } = content as unknown as VolumeContent;
  return new LmdbVolume({ path, owner, environment, epoch, read, stores, copy: (to) => backUp(environment, path, to) });
}

function withPages<T>(path: string, use: (pages: PageFile) => T): T {
  let file: number;
  try {
    file = openSync(join(path, DATA_FILE), 'r');
  } catch (error) {
    throw diskFailed(path, error);
  }
  try {
    return use(new PageFile(file, fstatSync(file).size));
  } catch (error) {
    throw damaged(path, error);
  } finally {
    closeSync(file);
  }
}

async function makeVolume(path: string, owner: string): Promise<void> {
  await place(path, async (directory) => {
    const environment = openEnvironment(directory);
    environment.transactionSync(() => {
      environment.putSync(FENCE_KEY as never, fenceRecord(0));
      environment.putSync(
        VOLUME_KEY as never,
        seal(VOLUME_KEY, Buffer.from(JSON.stringify({ format: FORMAT, owner }))),
      );
    });
    await environment.close();
  });
}

async function backUp(environment: Environment, path: string, to: string): Promise<void> {
  await place(resolve(to), async (directory) => {
    await (environment as unknown as { backup(path: string): Promise<void> }).backup(directory);
    // Nothing is a backup that could not be opened.
    withPages(directory, (pages) => loadStores(directory, pages, () => unreadable(path)));
  });
}

/** Fills a directory beside the path, makes it durable, and renames it: so what is at the path is whole. */
export async function place(path: string, fill: (directory: string) => Promise<void>): Promise<void> {
  if (isOccupied(path)) throw volumeExists(path);
  const parent = dirname(path);
  const directory = join(parent, `.${randomUUID()}.part`);
  try {
    await mkdir(directory, { recursive: true });
    await fill(directory);
    await syncPath(join(directory, DATA_FILE));
    await syncPath(directory);
    await rename(directory, path);
    await syncPath(parent);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    const { code } = error as { code?: string };
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw volumeExists(path);
    throw code?.startsWith('TROUPE_') ? error : diskFailed(path, error);
  }
}

function isOccupied(path: string): boolean {
  return existsSync(path) && readdirSync(path).length > 0;
}

async function syncPath(path: string): Promise<void> {
  const file = await openFile(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function unreadable(path: string): never {
  throw diskFailed(path);
}

/**
 * Reads the file of a volume, and looks at all that is in it.
 *
 * The pages of a transaction stay what they are while nobody commits, or while a reader of LMDB holds on to that
 * transaction or an older one; whoever reads sees to it.
 */

import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { diskFailed } from '../volume-errors.ts';
import type { Environment } from './environment.ts';
import { corrupt, damaged, loadStores, type VolumeContent } from './load-stores.ts';
import type { ReadContent } from './log-state.ts';
import { PageFile } from './page-file.ts';
import { unseal } from './record.ts';

export interface ReadVolume extends VolumeContent {
  /** LMDB's number of the commit that was read. */
  readonly transaction: number;
}

export function dataFile(path: string): string {
  return join(path, 'data.mdb');
}

export function readerOf(environment: Environment, path: string): ReadContent {
  return (key) => {
    const record = environment.get(key);
    const content = record === undefined ? undefined : unseal(key, record);
    if (content === undefined) throw corrupt(path, `a record whose checksum is wrong (key ${key.toString('hex')})`);
    return content;
  };
}

/** @throws TROUPE_STORAGE_CORRUPT, TROUPE_STORAGE_TRUNCATED, TROUPE_STORAGE_VERSION, TROUPE_STORAGE_FAILED */
export function* readVolume(path: string, read: ReadContent): Generator<void, ReadVolume> {
  const { pages, close } = openPages(path);
  try {
    return { ...(yield* loadStores(path, pages, read)), transaction: pages.meta.transaction };
  } catch (error) {
    throw damaged(path, error);
  } finally {
    close();
  }
}

/** Number of the newest commit. @throws as `readVolume` */
export function newestTransaction(path: string): number {
  const { pages, close } = openPages(path);
  close();
  return pages.meta.transaction;
}

function openPages(path: string): { readonly pages: PageFile; close(): void } {
  let file: number;
  try {
    file = openSync(dataFile(path), 'r');
  } catch (error) {
    throw diskFailed(path, error);
  }
  const close = () => closeSync(file);
  try {
    return { pages: new PageFile(file, fstatSync(file).size), close };
  } catch (error) {
    close();
    throw damaged(path, error);
  }
}

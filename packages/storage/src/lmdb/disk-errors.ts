/** What an error of the disk means: it is full, or a quota or limit is reached; or it is not known what it has. */

import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFailed, diskFull } from '../volume-errors.ts';
import { dataFile } from './read-volume.ts';

/** ENOSPC, EFBIG, EDQUOT, as Node and as LMDB tell them; LMDB's map could not grow. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EFBIG', 'EDQUOT', 28, 27, 122, -28, -27, -122, -30792]);
/** All that lmdb-js says where a copy finds no room. */
const NO_ROOM = 'No space left on device';
const EIO = 5;
/** What a commit may write beside its records: branch pages, lists of free pages. */
const MARGIN_BYTES = 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

function isFull(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return FULL.has(code) || (code === undefined && message === NO_ROOM);
}

/**
 * Whether a commit of so many bytes failed for want of room. Of a write that was cut short, as the first on a full disk
 * is, LMDB says EIO, as of a broken disk: then a file of that size is tried beside its own, from where that ends, since
 * the limit may be one on the size of a file.
 */
export async function hadNoRoom(error: unknown, path: string, bytes: number): Promise<boolean> {
  if ((error as { code?: unknown }).code !== EIO) return isFull(error);
  const probe = join(path, `.${randomUUID()}.room`);
  try {
    const { size } = await stat(dataFile(path));
    await using file = await open(probe, 'wx');
    for (let at = 0; at < 2 * bytes + MARGIN_BYTES; at += PIECE_BYTES)
      await file.write(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, size + at);
    return false;
  } catch (refusal) {
    return isFull(refusal);
  } finally {
    await rm(probe, { force: true });
  }
}

/** The error to be thrown: that of the disk in our words, any other as it is. */
export async function diskError(error: unknown, path: string, directory: string = path): Promise<unknown> {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('TROUPE_')) return error;
  return (await hadNoRoom(error, directory, 0)) ? diskFull(path, error) : diskFailed(path, error);
}

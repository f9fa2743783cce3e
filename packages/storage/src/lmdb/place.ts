import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncPath } from '../sync-path.ts';
import { volumeExists } from '../volume-errors.ts';
import { diskError } from './disk-errors.ts';
import { dataFile } from './read-volume.ts';

/**
 * Fills a directory beside the path, makes it durable, and renames it: so what is at the path is whole.
 *
 * @throws TROUPE_STORAGE_EXISTS, TROUPE_STORAGE_FULL, TROUPE_STORAGE_FAILED, and what `fill` throws
 */
export async function place(path: string, fill: (directory: string) => Promise<void>): Promise<void> {
  if (isOccupied(path)) throw volumeExists(path);
  const parent = dirname(path);
  const directory = join(parent, `.${randomUUID()}.part`);
  try {
    await mkdir(directory, { recursive: true });
    await fill(directory);
    await syncPath(dataFile(directory));
    await syncPath(directory);
    await rename(directory, path);
    await syncPath(parent);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const refusal =
      code === 'ENOTEMPTY' || code === 'EEXIST' ? volumeExists(path) : await diskError(error, path, directory);
    await rm(directory, { recursive: true, force: true });
    throw refusal;
  }
}

function isOccupied(path: string): boolean {
  return existsSync(path) && readdirSync(path).length > 0;
}

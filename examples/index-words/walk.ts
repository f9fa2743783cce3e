/** The files below a folder, in the same order every time. Symbolic links are not followed. */

import { type Dirent, lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface File {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface Passed {
  links: number;
  /** Files and folders that may not be read, or that vanished meanwhile. */
  unreadable: number;
  tooLarge: number;
}

/** Larger files are passed over: nobody writes them, and no string holds them. Bytes. */
export const FILE_MAX = 2 ** 28;

/** @param passed counts what is passed over */
export async function* walk(folder: string, passed: Passed): AsyncGenerator<File> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    passed.unreadable++;
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, passed);
    else if (entry.isSymbolicLink()) passed.links++;
    else if (entry.isFile()) {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined) passed.unreadable++;
      else if (stats.size > FILE_MAX) passed.tooLarge++;
      else yield { path, size: stats.size, modified: stats.mtimeMs };
    }
  }
}

/**
 * How LMDB is opened, and what a commit of it means.
 *
 * Without overlapping sync, LMDB commits as its author wrote it: it writes the changed pages, calls fdatasync, and then
 * writes the meta page through a descriptor opened with O_DSYNC. lmdb-js reports the commit after that, from its write
 * thread: so a reported commit is durable. (Its default is to make commits visible first and sync them later; a flush
 * that fails then is reported to nobody.)
 */

import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Key, open, type RootDatabase } from 'lmdb';

export type Environment = RootDatabase<Buffer, Buffer & Key>;

const LOCK_FILE = 'lock.mdb';
/** Room for LMDB's mutexes and for some 250 readers. */
const LOCK_BYTES = 16 * 1024;

export function openEnvironment(path: string): Environment {
  if (!existsSync(join(path, LOCK_FILE))) makeLockFile(path);
  return open<Buffer, Buffer & Key>({
    path,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    compression: false,
    overlappingSync: false,
    // lmdb-js makes a batch of each turn of the event loop, and drops its promise: the disk is full, and an unhandled
    // rejection ends the process. A flush is one batch anyway.
    eventTurnBatching: false,
    cache: false,
    maxDbs: 1,
  });
}

/**
 * LMDB would make this file of a hole, map it, and write into the map: on a full disk the process ends with SIGBUS. It
 * appears with all its bytes, since another thread may open it at once.
 */
function makeLockFile(path: string): void {
  const part = join(path, `.${randomUUID()}.part`);
  try {
    writeFileSync(part, Buffer.alloc(LOCK_BYTES));
    linkSync(part, join(path, LOCK_FILE));
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(part, { force: true });
  }
}

/** Takes a slot in LMDB's table of readers, which other processes see for as long as this one lives. */
export function takeReaderSlot(environment: Environment): void {
  environment.useReadTransaction().done();
}

/** What is committed now keeps its pages while the work runs. Its slot in the table of readers goes at the end. */
export async function pinned<T>(environment: Environment, work: () => Promise<T>): Promise<T> {
  const transaction = environment.useReadTransaction();
  try {
    return await work();
  } finally {
    transaction.done();
  }
}

/** Ids of the processes that have the environment open. */
export function readingProcesses(environment: Environment): number[] {
  const table = (environment as unknown as { readerList(): string }).readerList();
  return [...table.matchAll(/^\s*(\d+)\s+[\da-f]+\s+\S+\s*$/gm)].map(([, process]) => Number(process));
}

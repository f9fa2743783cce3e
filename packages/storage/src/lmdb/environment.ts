/**
 * How LMDB is opened, and what a commit of it means.
 *
 * Without overlapping sync, LMDB commits as its author wrote it: it writes the changed pages, calls fdatasync, and then
 * writes the meta page through a descriptor opened with O_DSYNC. lmdb-js reports the commit after that, from its write
 * thread: so a reported commit is durable. (Its default is to make commits visible first and sync them later; a flush
 * that fails then is reported to nobody.)
 */

import { type Key, open, type RootDatabase } from 'lmdb';

export type Environment = RootDatabase<Buffer, Buffer & Key>;

export function openEnvironment(path: string): Environment {
  return open<Buffer, Buffer & Key>({
    path,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    compression: false,
    overlappingSync: false,
    cache: false,
    maxDbs: 1,
  });
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

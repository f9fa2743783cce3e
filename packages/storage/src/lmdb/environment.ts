/**
 * An environment of LMDB: how it is opened, what a commit of it means, and every way into its addon.
 *
 * Without overlapping sync, LMDB commits as its author wrote it: it writes the changed pages, calls fdatasync, and then
 * writes the meta page through a descriptor opened with O_DSYNC. lmdb-js reports the commit after that, from its write
 * thread: so a reported commit is durable. (Its default is to make commits visible first and sync them later; a flush
 * that fails then is reported to nobody.)
 */

import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Key, RootDatabase } from 'lmdb';
import type { Operations } from './log-state.ts';
import { guarded, guardedToItsEnd, type ThreadGuard, threadGuard } from './thread-guard.ts';

type Database = RootDatabase<Buffer, Buffer & Key>;
type Method = (...args: unknown[]) => unknown;

/** What its types leave out. */
interface Hidden {
  /** The addon's own object. */
  readonly env: Record<string, Method>;
  backup(path: string): Promise<void>;
  readerList(): string;
}

const LOCK_FILE = 'lock.mdb';
/** Room for LMDB's mutexes and for some 250 readers. */
const LOCK_BYTES = 16 * 1024;

export class Environment {
  private readonly database: Database;
  private readonly guard: ThreadGuard;

  static async open(path: string): Promise<Environment> {
    if (!existsSync(join(path, LOCK_FILE))) makeLockFile(path);
    const guard = threadGuard();
    const { open } = await guardedToItsEnd(guard, () => import('lmdb'));
    const options = {
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
    } as const;
    return new Environment(
      guarded(guard, () => open<Buffer, Buffer & Key>(options)),
      guard,
    );
  }

  private constructor(database: Database, guard: ThreadGuard) {
    this.database = database;
    this.guard = guard;
    this.guardTasks();
  }

  get(key: Buffer): Buffer | undefined {
    return guarded(this.guard, () => this.database.getBinary(key as never));
  }

  /** Commits what `write` puts and removes, where the version of a record is this one. Resolves, durable, to whether it is. */
  commitIf(key: Buffer, version: number, write: (out: Operations) => void): Promise<boolean> {
    const { database } = this;
    // Each operation fails with its transaction, which says so itself.
    const ignore = () => {};
    const out: Operations = {
      put: (each, record) => void database.put(each as never, record).catch(ignore),
      remove: (each) => void database.remove(each as never).catch(ignore),
    };
    return guarded(this.guard, () => database.ifVersion(key as never, version, () => write(out)));
  }

  /** Works under LMDB's lock of writers, which holds across threads and processes. Durable when it returns. */
  transact(work: (put: Operations['put']) => void): void {
    const { database } = this;
    const put = (key: Buffer, record: Buffer) => void database.putSync(key as never, record);
    guarded(this.guard, () => database.transactionSync(() => work(put)));
  }

  /** Takes a slot in LMDB's table of readers, which other processes see for as long as this one lives. */
  takeReaderSlot(): void {
    guarded(this.guard, () => this.database.useReadTransaction().done());
  }

  /** What is committed now keeps its pages while the work runs. Its slot in the table of readers goes at the end. */
  async pinned<T>(work: () => Promise<T>): Promise<T> {
    const transaction = guarded(this.guard, () => this.database.useReadTransaction());
    try {
      return await work();
    } finally {
      guarded(this.guard, () => transaction.done());
    }
  }

  /** Ids of the processes that have the environment open. */
  readingProcesses(): number[] {
    const table = guarded(this.guard, () => this.hidden.readerList());
    return [...table.matchAll(/^\s*(\d+)\s+[\da-f]+\s+\S+\s*$/gm)].map(([, process]) => Number(process));
  }

  backup(path: string): Promise<void> {
    return guardedToItsEnd(this.guard, () => this.hidden.backup(path));
  }

  close(): Promise<void> {
    return guarded(this.guard, () => this.database.close());
  }

  private get hidden(): Hidden {
    return this.database as unknown as Hidden;
  }

  /** lmdb-js enters its addon by itself, too: it starts writing, and closes, in tasks of its own. */
  private guardTasks(): void {
    const { guard } = this;
    const { env } = this.hidden;
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(env))) {
      const method = env[name] as Method;
      const value: Method = (...args) => guarded(guard, () => method.apply(env, args));
      if (name !== 'constructor') Object.defineProperty(env, name, { value, writable: true, configurable: true });
    }
  }
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

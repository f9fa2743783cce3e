/**
 * An open LMDB volume. Batches gather in memory; a flush takes all of them and makes them durable together. While one is
 * under way the next gathers, so a slow disk gets larger flushes and not a longer queue.
 */

import { checkName } from '../batch.ts';
import type { StorageErrorCode } from '../errors.ts';
import type { LogStore, StoreBatch, Volume } from '../store.ts';
import { type HandleHost, StoreHandle } from '../store-handle.ts';
import { storeExists, storeMissing, volumeEnded } from '../volume-errors.ts';
import type { Commits } from './commits.ts';
import type { Environment } from './environment.ts';
import { LmdbStore } from './lmdb-store.ts';
import type { ReadContent } from './log-state.ts';

export interface VolumeParts {
  readonly path: string;
  readonly owner: string;
  readonly environment: Environment;
  readonly commits: Commits;
  readonly read: ReadContent;
  readonly stores: readonly LmdbStore[];
  /** Copies the environment to a path where nothing is. */
  readonly copy: (path: string) => Promise<void>;
}

export class LmdbVolume implements Volume, HandleHost {
  readonly owner: string;
  unsyncedBytes = 0;
  private readonly parts: VolumeParts;
  private readonly byName: Map<string, LmdbStore>;
  private readonly handles = new Map<string, StoreHandle>();
  private flushing: Promise<void> | undefined;
  /** Those who wait for the flush after this one. */
  private next: PromiseWithResolvers<void> | undefined;
  private nextId: number;
  private ending: StorageErrorCode | undefined;
  private closed: Promise<void> | undefined;

  constructor(parts: VolumeParts) {
    this.parts = parts;
    this.owner = parts.owner;
    this.byName = new Map(parts.stores.map((store) => [store.name, store]));
    this.nextId = parts.stores.reduce((next, { id }) => Math.max(next, id + 1), 0);
  }

  stores(): readonly string[] {
    this.check();
    return [...this.byName.keys()].sort();
  }

  open(name: string, options: { readonly create?: boolean } = {}): LogStore {
    this.check();
    checkName(name, 'a store', name);
    const known = this.byName.get(name);
    if (options.create === true && known !== undefined) throw storeExists(this.parts.path, name);
    if (options.create !== true && known === undefined) throw storeMissing(this.parts.path, name);
    const store = known ?? new LmdbStore(this.nextId++, name, this.parts.read);
    if (known === undefined) {
      this.byName.set(name, store);
      this.parts.commits.add(store, {}, name);
    }
    this.handles.get(name)?.revoke();
    const handle = new StoreHandle(this, store);
    this.handles.set(name, handle);
    return handle;
  }

  sync(): Promise<void> {
    try {
      this.check();
    } catch (error) {
      return Promise.reject(error);
    }
    if (!this.parts.commits.hasMore) return this.flushing ?? Promise.resolve();
    if (this.next === undefined) {
      this.next = Promise.withResolvers();
      // A sync that nobody awaits any more (its actor died) may fail too.
      this.next.promise.catch(() => {});
      if (this.flushing === undefined) this.schedule();
    }
    return this.next.promise;
  }

  async backup(path: string): Promise<void> {
    await this.checkpoint();
    await this.parts.copy(path);
  }

  /** All that was written before is in LMDB once that resolves. It happens by itself; who looks at LMDB's file can't wait. */
  async checkpoint(): Promise<void> {
    this.check();
    await this.parts.commits.checkpoint();
  }

  /** The next syncs are by the journal, as they come to be by themselves. */
  async prepare(): Promise<void> {
    this.check();
    await this.parts.commits.prepare();
    await this.parts.commits.checkpoint();
  }

  close(): Promise<void> {
    this.end('TROUPE_STORAGE_CLOSED');
    this.closed ??= this.settle()
      .then(() => this.parts.commits.finish())
      .then(() => this.parts.environment.close());
    return this.closed;
  }

  /** Opened anew in this thread. */
  async abandon(): Promise<void> {
    this.end('TROUPE_STORAGE_REVOKED');
    await this.close();
  }

  written(store: string, batch: StoreBatch, bytes: number): void {
    this.unsyncedBytes += bytes;
    this.parts.commits.add(this.byName.get(store) as LmdbStore, batch);
  }

  check(): void {
    if (this.ending !== undefined) throw volumeEnded(this.parts.path, this.ending);
  }

  /** A volume that is being closed may still fail. */
  private end(code: StorageErrorCode): void {
    if (this.ending === undefined || this.ending === 'TROUPE_STORAGE_CLOSED') this.ending = code;
  }

  /** Serves all who called `sync` before. */
  private async settle(): Promise<void> {
    for (;;) {
      const due = this.flushing ?? this.next?.promise;
      if (due === undefined) return;
      await due.catch(() => {});
    }
  }

  /** After all that this turn still has to do: whoever was told of the last flush may write for the next. */
  private schedule(): void {
    process.nextTick(() => this.flush());
  }

  private flush(): void {
    const waiting = this.next;
    if (waiting === undefined || this.flushing !== undefined) return;
    this.next = undefined;
    this.flushing = waiting.promise;
    this.commit().then(
      () => this.flushed(waiting.resolve),
      (error: unknown) => this.flushed(() => waiting.reject(error)),
    );
  }

  private flushed(tell: () => void): void {
    this.flushing = undefined;
    tell();
    if (this.next === undefined) return;
    if (this.ending === undefined || this.ending === 'TROUPE_STORAGE_CLOSED') this.schedule();
    else {
      this.next.reject(volumeEnded(this.parts.path, this.ending));
      this.next = undefined;
    }
  }

  private async commit(): Promise<void> {
    const bytes = this.unsyncedBytes;
    try {
      await this.parts.commits.flush();
    } catch (error) {
      const { code } = error as { code: StorageErrorCode };
      if (code !== 'TROUPE_STORAGE_FULL') this.end(code);
      throw error;
    }
    this.unsyncedBytes -= bytes;
  }
}

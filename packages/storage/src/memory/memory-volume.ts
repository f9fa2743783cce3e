/** An open volume of a `MemoryDisk`. */

import { checkName } from '../batch.ts';
import type { StorageErrorCode } from '../errors.ts';
import type { LogStore, StoreBatch, Volume } from '../store.ts';
import { type HandleHost, StoreHandle } from '../store-handle.ts';
import { diskFailed, diskFull, storeExists, storeMissing, volumeEnded } from '../volume-errors.ts';
import type { MemoryDiskOptions } from './memory-disk.ts';
import { StoreImage } from './store-image.ts';
import type { VolumeImage } from './volume-image.ts';

export class MemoryVolume implements Volume, HandleHost {
  readonly owner: string;
  unsyncedBytes = 0;
  private readonly path: string;
  private readonly image: VolumeImage;
  private readonly seen: Map<string, StoreImage>;
  private readonly handles = new Map<string, StoreHandle>();
  private readonly onSync: NonNullable<MemoryDiskOptions['onSync']>;
  private readonly place: (path: string, image: VolumeImage) => void;
  private ending: StorageErrorCode | undefined;
  private syncing: Promise<void> = Promise.resolve();

  constructor(
    path: string,
    image: VolumeImage,
    onSync: NonNullable<MemoryDiskOptions['onSync']>,
    place: (path: string, image: VolumeImage) => void,
  ) {
    this.owner = image.owner;
    this.path = path;
    this.image = image;
    this.seen = image.seen();
    this.onSync = onSync;
    this.place = place;
  }

  stores(): readonly string[] {
    this.check();
    return [...this.seen.keys()].sort();
  }

  open(name: string, options: { readonly create?: boolean } = {}): LogStore {
    this.check();
    checkName(name, 'a store', name);
    if (options.create === true) {
      if (this.seen.has(name)) throw storeExists(this.path, name);
      this.seen.set(name, new StoreImage(name));
      this.image.write({ store: name, batch: 'create' });
    }
    const state = this.seen.get(name);
    if (state === undefined) throw storeMissing(this.path, name);
    this.handles.get(name)?.revoke();
    const handle = new StoreHandle(this, state);
    this.handles.set(name, handle);
    return handle;
  }

  /** One after another: each has a definite set of writes. */
  async sync(): Promise<void> {
    this.check();
    const next = this.syncing.then(() => this.syncOnce());
    this.syncing = next.catch(() => {});
    await next;
  }

  async backup(path: string): Promise<void> {
    this.check();
    this.place(path, this.image.copyDurable());
  }

  async close(): Promise<void> {
    await this.syncing;
    this.end('TROUPE_STORAGE_CLOSED');
  }

  end(code: StorageErrorCode): void {
    this.ending ??= code;
  }

  written(store: string, batch: StoreBatch, bytes: number): void {
    this.image.write({ store, batch });
    this.unsyncedBytes += bytes;
  }

  check(): void {
    if (this.ending !== undefined) throw volumeEnded(this.path, this.ending);
  }

  private async syncOnce(): Promise<void> {
    this.check();
    const count = this.image.unsyncedCount;
    const bytes = this.unsyncedBytes;
    const fault = await this.onSync();
    this.check();
    if (fault === undefined) {
      this.image.settle(count);
      this.unsyncedBytes -= bytes;
      return;
    }
    if (fault === 'full') throw diskFull(this.path);
    this.end('TROUPE_STORAGE_FAILED');
    throw diskFailed(this.path);
  }
}

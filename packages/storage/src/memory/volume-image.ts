/** What a disk has of one volume for sure, and what it may have. */

import type { StoreBatch } from '../store.ts';
import { StoreImage } from './store-image.ts';

export type Write = { readonly store: string; readonly batch: StoreBatch | 'create' };

export class VolumeImage {
  readonly owner: string;
  private durable = new Map<string, StoreImage>();
  private unsynced: Write[] = [];

  constructor(owner: string) {
    this.owner = owner;
  }

  get unsyncedCount(): number {
    return this.unsynced.length;
  }

  /** As it is seen while the machine lives. */
  seen(): Map<string, StoreImage> {
    const stores = cloneAll(this.durable);
    applyAll(stores, this.unsynced);
    return stores;
  }

  write(write: Write): void {
    this.unsynced.push(write);
  }

  /** The first `count` of the writes that wait have reached the disk. */
  settle(count: number): void {
    applyAll(this.durable, this.unsynced.splice(0, count));
  }

  crash(choose: (label: string, n: number) => number): void {
    if (this.unsynced.length > 0) this.settle(choose('writes kept', this.unsynced.length + 1));
    this.unsynced = [];
  }

  copyDurable(owner: string = this.owner): VolumeImage {
    const copy = new VolumeImage(owner);
    copy.durable = cloneAll(this.durable);
    return copy;
  }
}

function cloneAll(stores: ReadonlyMap<string, StoreImage>): Map<string, StoreImage> {
  return new Map([...stores].map(([name, store]) => [name, store.clone()]));
}

function applyAll(stores: Map<string, StoreImage>, writes: readonly Write[]): void {
  for (const { store, batch } of writes) {
    if (batch === 'create') stores.set(store, new StoreImage(store));
    else stores.get(store)?.apply(batch);
  }
}

/** The blobs of one store in an LMDB volume. Chunks are in memory until they are durable. */

import type { BlobChunk, BlobStatus } from '../store.ts';
import type { Operations, ReadContent } from './log-state.ts';
import { chunkKey, seal } from './record.ts';

interface Blob {
  readonly name: string;
  /** Bytes of each chunk. */
  readonly sizes: number[];
  /** Chunks that the disk has, or may have. */
  onDisk: number;
  /** Chunks that are not durable yet. */
  readonly unsynced: Map<number, Uint8Array>;
}

export interface TakenBlobs {
  readonly dropped: ReadonlyMap<string, number>;
  readonly chunks: readonly { readonly blob: Blob; readonly index: number; readonly bytes: Uint8Array }[];
}

export class BlobState {
  private readonly store: number;
  private readonly read: ReadContent;
  private readonly blobs = new Map<string, Blob>();
  /** Chunks to be removed from the disk, by blob. */
  private dropped = new Map<string, number>();
  private dirty: { readonly blob: Blob; readonly index: number }[] = [];

  constructor(store: number, read: ReadContent) {
    this.store = store;
    this.read = read;
  }

  /** A chunk that is on the disk. They come in order. False where one is missing. */
  load(name: string, index: number, bytes: number): boolean {
    const blob = this.of(name);
    if (index !== blob.sizes.length) return false;
    blob.sizes.push(bytes);
    blob.onDisk = blob.sizes.length;
    return true;
  }

  status(name: string): BlobStatus | undefined {
    const blob = this.blobs.get(name);
    if (blob === undefined) return undefined;
    return { name, chunks: blob.sizes.length, bytes: blob.sizes.reduce((sum, size) => sum + size, 0) };
  }

  statuses(): readonly BlobStatus[] {
    return [...this.blobs.keys()].sort().map((name) => this.status(name) as BlobStatus);
  }

  chunk(name: string, index: number): Uint8Array | undefined {
    const blob = this.blobs.get(name);
    if (blob === undefined || blob.sizes[index] === undefined) return undefined;
    return blob.unsynced.get(index) ?? this.read(chunkKey(this.store, name, index));
  }

  drop(name: string): void {
    const blob = this.blobs.get(name);
    if (blob === undefined) return;
    this.blobs.delete(name);
    if (blob.onDisk > 0) this.dropped.set(name, Math.max(blob.onDisk, this.dropped.get(name) ?? 0));
  }

  put({ blob: name, index, bytes }: BlobChunk): void {
    const blob = this.of(name);
    blob.sizes[index] = bytes.length;
    blob.unsynced.set(index, bytes);
    this.dirty.push({ blob, index });
  }

  collect(out: Operations): TakenBlobs {
    const { dropped, dirty } = this;
    this.dropped = new Map();
    this.dirty = [];
    for (const [name, count] of dropped)
      for (let index = 0; index < count; index++) out.remove(chunkKey(this.store, name, index));
    const chunks: { blob: Blob; index: number; bytes: Uint8Array }[] = [];
    for (const { blob, index } of dirty) {
      const bytes = blob.unsynced.get(index);
      if (bytes === undefined || this.blobs.get(blob.name) !== blob) continue;
      const key = chunkKey(this.store, blob.name, index);
      out.put(key, seal(key, bytes));
      blob.onDisk = Math.max(blob.onDisk, index + 1);
      chunks.push({ blob, index, bytes });
    }
    return { dropped, chunks };
  }

  settle({ chunks }: TakenBlobs): void {
    for (const { blob, index, bytes } of chunks) if (blob.unsynced.get(index) === bytes) blob.unsynced.delete(index);
  }

  giveBack({ dropped, chunks }: TakenBlobs): void {
    for (const [name, count] of dropped) this.dropped.set(name, Math.max(count, this.dropped.get(name) ?? 0));
    this.dirty.unshift(...chunks);
  }

  private of(name: string): Blob {
    const known = this.blobs.get(name);
    if (known !== undefined) return known;
    const blob: Blob = { name, sizes: [], onDisk: 0, unsynced: new Map() };
    this.blobs.set(name, blob);
    return blob;
  }
}

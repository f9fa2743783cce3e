/** One store of an LMDB volume: its log, its values, its blobs. */

import type { BlobStatus, StoreBatch } from '../store.ts';
import type { StoreState } from '../store-handle.ts';
import { BlobState, type TakenBlobs } from './blob-state.ts';
import { LogState, type Operations, type ReadContent, type TakenLog } from './log-state.ts';
import { nameKey, seal, valueKey } from './record.ts';

/** What a flush has taken of a store. */
export interface Taken {
  readonly store: LmdbStore;
  readonly isNew: boolean;
  readonly log: TakenLog;
  readonly blobs: TakenBlobs;
  readonly values: ReadonlySet<string>;
}

/** What was found on the disk. */
export interface Loaded {
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Index of the first entry of each block, ascending. */
  readonly blocks: number[];
  readonly values: Map<string, Uint8Array>;
  readonly blobs: BlobState;
}

export class LmdbStore implements StoreState {
  readonly id: number;
  readonly name: string;
  private readonly log: LogState;
  private readonly blobState: BlobState;
  private readonly values: Map<string, Uint8Array>;
  private dirtyValues = new Set<string>();
  private isNew: boolean;

  constructor(id: number, name: string, read: ReadContent, loaded?: Loaded) {
    this.id = id;
    this.name = name;
    this.isNew = loaded === undefined;
    this.log = new LogState(id, read, loaded?.firstIndex, loaded?.blocks, loaded?.lastIndex);
    this.values = loaded?.values ?? new Map();
    this.blobState = loaded?.blobs ?? new BlobState(id, read);
  }

  get firstIndex(): number {
    return this.log.firstIndex;
  }

  get lastIndex(): number {
    return this.log.lastIndex;
  }

  entries(from: number, to: number, bytesMax: number): Uint8Array[] {
    return this.log.entries(from, to, bytesMax);
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  names(): readonly string[] {
    return [...this.values.keys()].sort();
  }

  blob(name: string): BlobStatus | undefined {
    return this.blobState.status(name);
  }

  blobs(): readonly BlobStatus[] {
    return this.blobState.statuses();
  }

  chunk(blob: string, index: number): Uint8Array | undefined {
    return this.blobState.chunk(blob, index);
  }

  apply({ compact, append, values, dropBlobs, chunks }: StoreBatch): void {
    if (compact !== undefined) this.log.compact(compact);
    if (append !== undefined) this.log.append(append.from, append.entries);
    if (values !== undefined)
      for (const [name, value] of Object.entries(values)) {
        if (value === null) this.values.delete(name);
        else this.values.set(name, value);
        this.dirtyValues.add(name);
      }
    for (const blob of dropBlobs ?? []) this.blobState.drop(blob);
    for (const chunk of chunks ?? []) this.blobState.put(chunk);
  }

  collect(out: Operations): Taken {
    const { isNew, dirtyValues: values } = this;
    this.isNew = false;
    this.dirtyValues = new Set();
    if (isNew) {
      const key = nameKey(this.id);
      out.put(key, seal(key, Buffer.from(this.name)));
    }
    for (const name of values) {
      const key = valueKey(this.id, name);
      const value = this.values.get(name);
      if (value === undefined) out.remove(key);
      else out.put(key, seal(key, value));
    }
    return { store: this, isNew, values, log: this.log.collect(out), blobs: this.blobState.collect(out) };
  }

  /** What was taken is durable. */
  settle(taken: Taken): void {
    this.log.settle(taken.log);
    this.blobState.settle(taken.blobs);
  }

  /** Nothing of what was taken has reached the disk. */
  giveBack(taken: Taken): void {
    this.isNew ||= taken.isNew;
    for (const name of taken.values) this.dirtyValues.add(name);
    this.log.giveBack(taken.log);
    this.blobState.giveBack(taken.blobs);
  }
}

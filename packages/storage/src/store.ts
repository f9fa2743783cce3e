/**
 * The contract of durable storage: a volume holds stores; a store holds one append-only log, a few named values and
 * large blobs. Every implementation passes the suite of `@troupe/storage/testing`.
 *
 * - `write` is atomic, and seen by reads at once. It promises nothing about the disk.
 * - `sync` resolves once all that was written before the call would survive a crash of the process, of the machine, and
 *   a loss of power, as far as the disk keeps what it has synced.
 * - A crash keeps what was synced, and of the batches after it a prefix, in the order of their writing over all stores of the volume.
 *   No batch survives in part.
 * - Bytes given to `write`, and bytes that reads return, are not to be changed by anybody.
 */

/** One file or environment with one sync. Batches of all its stores become durable together. */
export interface Volume {
  /** Who may open it: written when it was made. */
  readonly owner: string;
  /** Names of the stores in it, sorted. */
  stores(): readonly string[];
  /**
   * The store of that name. One that is open already is taken over: the former handle is revoked, and what it wrote stays.
   *
   * @throws TROUPE_STORAGE_MISSING, or with `create` TROUPE_STORAGE_EXISTS
   */
  open(name: string, options?: { readonly create?: boolean }): LogStore;
  /** @throws TROUPE_STORAGE_FULL, after which it may be called again; TROUPE_STORAGE_FAILED, TROUPE_STORAGE_REVOKED for good */
  sync(): Promise<void>;
  /**
   * Copies what was synced to a new place, while the volume is in use; of what was written since, maybe a prefix.
   *
   * @throws TROUPE_STORAGE_EXISTS, TROUPE_STORAGE_FAILED, TROUPE_STORAGE_FULL
   */
  backup(path: string): Promise<void>;
  /** Waits for a sync under way. What was never synced may be lost. Closing twice is closing once. */
  close(): Promise<void>;
}

export interface RestoreOptions {
  /** Path of the backup, which nobody has open. It is only read. */
  readonly backup: string;
  /** Path of the volume that is made of it. Nothing is there yet. */
  readonly path: string;
  /** Whose promises the backup keeps. One of another owner is refused. */
  readonly owner: string;
  /**
   * Whose the new volume is: the backup's owner, unless another is named. A member that votes again with an older state
   * breaks its promises; so what is restored as its own owner must be the only one that is left.
   */
  readonly newOwner?: string;
}

export interface LogStore {
  readonly name: string;
  /** Index of the oldest entry kept; where there is none, of the next that comes. A new log begins with 1. */
  readonly firstIndex: number;
  /** Index of the newest entry; one below `firstIndex` where there is none. */
  readonly lastIndex: number;
  /**
   * Entries from `from` up to but without `to`: as many as fit into `bytesMax`, and at least one.
   *
   * @throws TROUPE_STORAGE_BATCH where the range leaves the log
   */
  entries(from: number, to: number, bytesMax?: number): Uint8Array[];
  get(name: string): Uint8Array | undefined;
  /** Names that have a value, sorted. */
  names(): readonly string[];
  /** Blobs in the order of their names. */
  blobs(): readonly BlobStatus[];
  chunk(blob: string, index: number): Uint8Array | undefined;
  /** Takes effect whole or, where it throws, not at all. @throws TROUPE_STORAGE_BATCH, TROUPE_STORAGE_OVERLOADED */
  write(batch: StoreBatch): void;
  /** Of the whole volume. */
  sync(): Promise<void>;
}

/** Parts take effect in the order in which they stand here. */
export interface StoreBatch {
  /** Forgets all entries below this index. Beyond the last, the log is empty and goes on from here. */
  readonly compact?: number;
  /** Forgets all entries from `from` on, then appends. `from` is at most one beyond the last. */
  readonly append?: { readonly from: number; readonly entries: readonly Uint8Array[] };
  /** Null removes. */
  readonly values?: Readonly<Record<string, Uint8Array | null>>;
  readonly dropBlobs?: readonly string[];
  /** A chunk goes to the end of its blob, whose chunks count from 0, or replaces one that is there. */
  readonly chunks?: readonly BlobChunk[];
}

export interface BlobChunk {
  readonly blob: string;
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface BlobStatus {
  readonly name: string;
  readonly chunks: number;
  readonly bytes: number;
}

export interface VolumeBounds {
  readonly entryBytesMax: number;
  readonly valueBytesMax: number;
  readonly chunkBytesMax: number;
  /** Bytes of names of stores, values and blobs. */
  readonly nameBytesMax: number;
  /** Of one store; they are kept in memory. */
  readonly valuesMax: number;
  /** Written and not yet durable, over all stores of a volume. */
  readonly unsyncedBytesMax: number;
}

export const VOLUME_BOUNDS: VolumeBounds = {
  entryBytesMax: 64 * 1024 * 1024,
  valueBytesMax: 64 * 1024,
  chunkBytesMax: 4 * 1024 * 1024,
  nameBytesMax: 200,
  valuesMax: 1_024,
  unsyncedBytesMax: 256 * 1024 * 1024,
};

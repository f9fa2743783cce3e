/** What users hold: checks, then hands on to the store's state. Revoked where the store is opened anew. */

import { checkBatch, checkRange, checkRoom } from './batch.ts';
import { storageError } from './errors.ts';
import type { BlobStatus, LogStore, StoreBatch } from './store.ts';

/** A store as its volume keeps it. Batches and ranges come checked. */
export interface StoreState {
  readonly name: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  entries(from: number, to: number, bytesMax: number): Uint8Array[];
  get(name: string): Uint8Array | undefined;
  names(): readonly string[];
  blob(name: string): BlobStatus | undefined;
  blobs(): readonly BlobStatus[];
  chunk(blob: string, index: number): Uint8Array | undefined;
  apply(batch: StoreBatch): void;
}

/** Of the volume, what its handles need. */
export interface HandleHost {
  /** Bytes that wait for a sync. */
  readonly unsyncedBytes: number;
  /** @throws why the volume is of no more use */
  check(): void;
  /** A batch took effect in memory. */
  written(store: string, batch: StoreBatch, bytes: number): void;
  sync(): Promise<void>;
}

export class StoreHandle implements LogStore {
  readonly name: string;
  private readonly host: HandleHost;
  private readonly state: StoreState;
  private isRevoked = false;

  constructor(host: HandleHost, state: StoreState) {
    this.name = state.name;
    this.host = host;
    this.state = state;
  }

  get firstIndex(): number {
    return this.state.firstIndex;
  }

  get lastIndex(): number {
    return this.state.lastIndex;
  }

  entries(from: number, to: number, bytesMax: number = Number.POSITIVE_INFINITY): Uint8Array[] {
    this.check();
    checkRange(this, from, to);
    return from === to ? [] : this.state.entries(from, to, bytesMax);
  }

  get(name: string): Uint8Array | undefined {
    this.check();
    return this.state.get(name);
  }

  names(): readonly string[] {
    this.check();
    return this.state.names();
  }

  blobs(): readonly BlobStatus[] {
    this.check();
    return this.state.blobs();
  }

  chunk(blob: string, index: number): Uint8Array | undefined {
    this.check();
    return this.state.chunk(blob, index);
  }

  write(batch: StoreBatch): void {
    this.check();
    const bytes = checkBatch(this.state, batch);
    checkRoom(this.host.unsyncedBytes, bytes);
    this.state.apply(batch);
    this.host.written(this.name, batch, bytes);
  }

  async sync(): Promise<void> {
    this.check();
    await this.host.sync();
  }

  revoke(): void {
    this.isRevoked = true;
  }

  private check(): void {
    this.host.check();
    if (this.isRevoked)
      throw storageError(
        'TROUPE_STORAGE_REVOKED',
        `Expected the one handle of store ${this.name}, got one from before it was opened anew. Use the newer one.`,
        { store: this.name },
      );
  }
}

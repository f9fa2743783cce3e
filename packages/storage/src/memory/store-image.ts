/** One store in memory. Applying a batch is all that changes it, so a disk is an image and the batches that it lacks. */

import type { BlobStatus, StoreBatch } from '../store.ts';
import type { StoreState } from '../store-handle.ts';

export class StoreImage implements StoreState {
  readonly name: string;
  firstIndex = 1;
  private log: Uint8Array[] = [];
  private readonly values = new Map<string, Uint8Array>();
  private readonly chunks = new Map<string, Uint8Array[]>();

  constructor(name: string) {
    this.name = name;
  }

  get lastIndex(): number {
    return this.firstIndex + this.log.length - 1;
  }

  entries(from: number, to: number, bytesMax: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    let bytes = 0;
    for (const entry of this.log.slice(from - this.firstIndex, to - this.firstIndex)) {
      bytes += entry.length;
      if (found.length > 0 && bytes > bytesMax) break;
      found.push(entry);
    }
    return found;
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  names(): readonly string[] {
    return [...this.values.keys()].sort();
  }

  blob(name: string): BlobStatus | undefined {
    const chunks = this.chunks.get(name);
    if (chunks === undefined) return undefined;
    return { name, chunks: chunks.length, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
  }

  blobs(): readonly BlobStatus[] {
    return [...this.chunks.keys()].sort().map((name) => this.blob(name) as BlobStatus);
  }

  chunk(blob: string, index: number): Uint8Array | undefined {
    return this.chunks.get(blob)?.[index];
  }

  apply({ compact, append, values, dropBlobs, chunks }: StoreBatch): void {
    if (compact !== undefined && compact > this.firstIndex) {
      this.log = this.log.slice(compact - this.firstIndex);
      this.firstIndex = compact;
    }
    if (append !== undefined) {
      this.log.length = append.from - this.firstIndex;
      for (const entry of append.entries) this.log.push(entry);
    }
    for (const [name, value] of Object.entries(values ?? {})) {
      if (value === null) this.values.delete(name);
      else this.values.set(name, value);
    }
    for (const blob of dropBlobs ?? []) this.chunks.delete(blob);
    for (const { blob, index, bytes } of chunks ?? []) {
      const kept = this.chunks.get(blob) ?? [];
      kept[index] = bytes;
      this.chunks.set(blob, kept);
    }
  }

  clone(): StoreImage {
    const copy = new StoreImage(this.name);
    copy.firstIndex = this.firstIndex;
    copy.log = [...this.log];
    for (const [name, value] of this.values) copy.values.set(name, value);
    for (const [blob, chunks] of this.chunks) copy.chunks.set(blob, [...chunks]);
    return copy;
  }
}

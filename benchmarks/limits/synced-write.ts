/**
 * What a journal asks of the disk, and nothing else: what waits goes by one write through a descriptor that syncs each, into
 * a file whose bytes are there already. One thread does it, and waits for it; nothing could be read again.
 */
import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs';

const FILE_BYTES = 4 * 1024 * 1024;

export class SyncedWrite {
  /** Entries on the disk. */
  count = 0;
  private readonly file: number;
  private end = 0;
  private entries: Uint8Array[] = [];
  private next = Promise.withResolvers<void>();

  constructor(path: string) {
    const file = openSync(path, 'w');
    writeSync(file, Buffer.alloc(FILE_BYTES));
    fsyncSync(file);
    closeSync(file);
    this.file = openSync(path, constants.O_WRONLY | constants.O_DSYNC);
  }

  append(entry: Uint8Array): Promise<void> {
    if (this.entries.push(entry) === 1) queueMicrotask(() => this.write());
    return this.next.promise;
  }

  close(): void {
    closeSync(this.file);
  }

  private write(): void {
    const { entries, next } = this;
    this.entries = [];
    this.next = Promise.withResolvers();
    const bytes = Buffer.concat(entries);
    // From the beginning again, over what is there.
    if (this.end + bytes.length > FILE_BYTES) this.end = 0;
    writeSync(this.file, bytes, 0, bytes.length, this.end);
    this.end += bytes.length;
    this.count += entries.length;
    next.resolve();
  }
}

/**
 * A log that is a bare file: what waits is appended by one writev and then fdatasync. No checksums, no index, nothing
 * that would find it again.
 */
import { closeSync, fdatasync, openSync, writev } from 'node:fs';
import { promisify } from 'node:util';

const write = promisify(writev);
const sync = promisify(fdatasync);

export class FdatasyncLog {
  /** Entries on the disk. */
  count = 0;
  /** For how long the disk was syncing. */
  syncMilliseconds = 0;
  private readonly file: number;
  private entries: Uint8Array[] = [];
  private next = Promise.withResolvers<void>();
  private isFlushing = false;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  append(entry: Uint8Array): Promise<void> {
    this.entries.push(entry);
    if (!this.isFlushing) {
      this.isFlushing = true;
      process.nextTick(() => this.flush());
    }
    return this.next.promise;
  }

  close(): void {
    closeSync(this.file);
  }

  private async flush(): Promise<void> {
    while (this.entries.length > 0) {
      const { entries, next } = this;
      this.entries = [];
      this.next = Promise.withResolvers();
      await write(this.file, entries);
      const started = performance.now();
      await sync(this.file);
      this.syncMilliseconds += performance.now() - started;
      this.count += entries.length;
      next.resolve();
      // Those who were told may append for the next.
      await new Promise(process.nextTick);
    }
    this.isFlushing = false;
  }
}

/**
 * What a commit of LMDB asks of the disk, and nothing else: its pages by one write, fdatasync, and the meta page by a
 * write through a descriptor that syncs each. One thread does it, and waits for it; nothing could be read again.
 */
import { closeSync, constants, fdatasyncSync, openSync, writeSync } from 'node:fs';

const PAGE_BYTES = 4_096;
/** Two meta pages, then branch and leaf pages that every commit writes anew, in turn. */
const TREE_PAGES = 16;
const TREE_PAGES_A_COMMIT = 2;
const META_BYTES = 128;

export class LmdbCommit {
  /** Entries on the disk. */
  count = 0;
  private readonly file: number;
  private readonly metaFile: number;
  private readonly meta = Buffer.alloc(META_BYTES, 'm');
  private readonly tree = Buffer.alloc(TREE_PAGES_A_COMMIT * PAGE_BYTES, 't');
  private commits = 0;
  private end = (2 + TREE_PAGES) * PAGE_BYTES;
  private entries: Uint8Array[] = [];
  private next = Promise.withResolvers<void>();

  constructor(path: string) {
    this.file = openSync(path, 'w+');
    writeSync(this.file, Buffer.alloc(this.end), 0, this.end, 0);
    this.metaFile = openSync(path, constants.O_WRONLY | constants.O_DSYNC);
  }

  append(entry: Uint8Array): Promise<void> {
    if (this.entries.push(entry) === 1) queueMicrotask(() => this.commit());
    return this.next.promise;
  }

  close(): void {
    closeSync(this.file);
    closeSync(this.metaFile);
  }

  private commit(): void {
    const { entries, next } = this;
    this.entries = [];
    this.next = Promise.withResolvers();
    const at = this.commits++;
    const treePage = 2 + ((at * TREE_PAGES_A_COMMIT) % TREE_PAGES);
    writeSync(this.file, this.tree, 0, this.tree.length, treePage * PAGE_BYTES);
    // The page in which the last commit ended is written again.
    const first = this.end - (this.end % PAGE_BYTES);
    const entryBytes = Buffer.concat(entries);
    this.end += entryBytes.length;
    const data = Buffer.alloc(Math.ceil((this.end - first) / PAGE_BYTES) * PAGE_BYTES);
    data.set(entryBytes);
    writeSync(this.file, data, 0, data.length, first);
    fdatasyncSync(this.file);
    writeSync(this.metaFile, this.meta, 0, META_BYTES, (at % 2) * PAGE_BYTES + 40);
    this.count += entries.length;
    next.resolve();
  }
}

/**
 * The log of one store in an LMDB volume: which blocks are on the disk, and which entries are not there yet.
 *
 * A flush takes what has changed (`collect`), and says afterwards whether that is durable (`settle`) or nothing of it
 * is (`giveBack`). Meanwhile the log goes on.
 */

import { LogTail } from './log-tail.ts';
import { blockCount, blockEntries, blockKey, blockRecord, firstKey, firstRecord } from './record.ts';

/** Gathers what one transaction of LMDB does. */
export interface Operations {
  put(key: Buffer, record: Buffer): void;
  remove(key: Buffer): void;
}

/** Reads the content of a record that is on the disk. */
export type ReadContent = (key: Buffer) => Buffer;

/** A block is closed when it has reached so many bytes. */
const BLOCK_BYTES = 256 * 1024;
/**
 * A last block that is smaller is written again with what follows it, from memory: it lies within a page, which is
 * written anyway. So entries that come one by one don't stay one by one. Three of them fit into a page.
 */
const SMALL_BYTES = 1_200;
/** Blocks below the first index that one flush removes; more wait for the next. */
export const BLOCKS_REMOVED_MAX = 4_096;

export interface TakenLog {
  /** Where the change began; Infinity where only old blocks go. */
  readonly from: number;
  readonly isFirstChanged: boolean;
  readonly removedFront: number;
  readonly added: readonly number[];
  /** From here on entries stay in memory: they are in a small last block. */
  readonly kept: number;
  /** One beyond the last entry that the disk will have. */
  readonly end: number;
}

export class LogState {
  firstIndex: number;
  private readonly store: number;
  private readonly read: ReadContent;
  /** Index of the first entry of each block on the disk, ascending. */
  private blocks: number[];
  /** One beyond the last entry on the disk. */
  private blocksEnd: number;
  private readonly tail: LogTail;
  /** The lowest index whose entry, or absence, the disk does not have; Infinity where it has all. */
  private dirtyFrom = Number.POSITIVE_INFINITY;
  private isFirstChanged = false;

  constructor(store: number, read: ReadContent, firstIndex = 1, blocks: number[] = [], lastIndex = firstIndex - 1) {
    this.store = store;
    this.read = read;
    this.firstIndex = firstIndex;
    this.blocks = blocks;
    this.blocksEnd = lastIndex + 1;
    this.tail = new LogTail(lastIndex + 1);
  }

  get lastIndex(): number {
    return this.tail.end - 1;
  }

  compact(below: number): void {
    if (below <= this.firstIndex) return;
    this.firstIndex = below;
    this.isFirstChanged = true;
    this.tail.forget(below);
    if (this.dirtyFrom < below) this.dirtyFrom = below;
  }

  append(from: number, entries: readonly Uint8Array[]): void {
    const isCut = from <= this.lastIndex;
    if (isCut) this.tail.truncate(from);
    for (const entry of entries) this.tail.push(entry);
    if (isCut || entries.length > 0) this.dirtyFrom = Math.min(this.dirtyFrom, from);
  }

  entries(from: number, to: number, bytesMax: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    let bytes = 0;
    for (let at = from; at < to; ) {
      for (const entry of this.run(at, to)) {
        bytes += entry.length;
        if (found.length > 0 && bytes > bytesMax) return found;
        found.push(entry);
        at++;
      }
    }
    return found;
  }

  /** Entries from `from` on that lie together: the rest of their block, or of the tail. */
  private run(from: number, to: number): Uint8Array[] {
    if (from >= this.tail.start) return this.tail.slice(from, to);
    const position = this.blockOf(from);
    const start = this.blocks[position] as number;
    const end = Math.min(to, this.tail.start, this.blocks[position + 1] ?? Number.POSITIVE_INFINITY);
    return blockEntries(this.read(blockKey(this.store, start)), from - start, end - start);
  }

  /** Position of the block on the disk that has an entry. */
  private blockOf(index: number): number {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.blocks[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  collect(out: Operations): TakenLog {
    const { dirtyFrom: from, isFirstChanged } = this;
    this.dirtyFrom = Number.POSITIVE_INFINITY;
    this.isFirstChanged = false;
    if (isFirstChanged) {
      const key = firstKey(this.store);
      out.put(key, firstRecord(key, this.firstIndex));
    }
    if (from === Number.POSITIVE_INFINITY) {
      const removedFront = this.removeOld(this.blocksEnd, out);
      return { from, isFirstChanged, removedFront, added: [], kept: this.tail.start, end: this.blocksEnd };
    }
    const begin = this.beginFor(from);
    const removedFront = this.removeOld(Math.min(begin, this.blocksEnd), out);
    const { end } = this.tail;
    return { from: begin, isFirstChanged, removedFront, end, ...this.rewrite(begin, removedFront, out) };
  }

  /** Where to write from, so that entries from `from` on are written: with the last block, where that is in memory. */
  private beginFor(from: number): number {
    const last = this.blocks.at(-1);
    return last !== undefined && last >= this.tail.start ? Math.min(last, from) : from;
  }

  /** Blocks wholly below the first index; those from `end` on are another matter. */
  private removeOld(end: number, out: Operations): number {
    let removed = 0;
    while (removed < this.blocks.length && removed < BLOCKS_REMOVED_MAX) {
      const start = this.blocks[removed] as number;
      const next = Math.min(this.blocks[removed + 1] ?? Number.POSITIVE_INFINITY, end);
      if (start >= end || next > this.firstIndex) break;
      out.remove(blockKey(this.store, start));
      removed++;
    }
    return removed;
  }

  /** The disk's log is to be what it was below `from`, and the tail after that. */
  private rewrite(from: number, removedFront: number, out: Operations): Pick<TakenLog, 'added' | 'kept'> {
    for (let at = this.blocks.length - 1; at >= 0 && (this.blocks[at] as number) >= from; at--)
      out.remove(blockKey(this.store, this.blocks[at] as number));
    const entries = this.tail.slice(from, this.tail.end);
    if (entries.length === 0) this.cut(from, removedFront, out);
    const added: number[] = [];
    let kept = this.tail.end;
    for (let at = 0; at < entries.length; ) {
      const begin = at;
      let bytes = 0;
      for (; at < entries.length && bytes < BLOCK_BYTES; at++) bytes += (entries[at] as Uint8Array).length + 4;
      const key = blockKey(this.store, from + begin);
      out.put(key, blockRecord(key, begin === 0 && at === entries.length ? entries : entries.slice(begin, at)));
      added.push(from + begin);
      if (bytes < SMALL_BYTES) kept = from + begin;
    }
    return { added, kept };
  }

  /** With no block after it that would cut it, the last one must lose its end itself, even where all of it is old. */
  private cut(from: number, removedFront: number, out: Operations): void {
    const position = this.blockOf(from - 1);
    const start = this.blocks[position];
    if (start === undefined || start >= from || position < removedFront) return;
    const key = blockKey(this.store, start);
    const content = this.read(key);
    if (start + blockCount(content) > from) out.put(key, blockRecord(key, blockEntries(content, 0, from - start)));
  }

  settle({ from, removedFront, added, kept, end: blocksEnd }: TakenLog): void {
    let end = this.blocks.length;
    while (end > removedFront && (this.blocks[end - 1] as number) >= from) end--;
    if (end < this.blocks.length) this.blocks.length = end;
    if (removedFront > 0) this.blocks = this.blocks.slice(removedFront);
    for (const start of added) this.blocks.push(start);
    this.blocksEnd = blocksEnd;
    this.tail.forget(Math.min(this.dirtyFrom, kept, this.tail.end));
  }

  giveBack({ from, isFirstChanged }: TakenLog): void {
    this.isFirstChanged ||= isFirstChanged;
    if (from === Number.POSITIVE_INFINITY) return;
    this.dirtyFrom = Math.max(Math.min(this.dirtyFrom, from), Math.min(this.firstIndex, this.tail.end));
  }
}

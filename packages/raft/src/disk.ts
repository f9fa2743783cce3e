/**
 * What of a member's memory is on its disk. Writes end in the order in which they were begun, so each is known by its
 * place in the row. A leaf: it emits nothing.
 *
 * Why places, and not names: 1. entry 5 of term 2 is being written; 2. a leader of term 3 has it replaced; 3. one of term 4
 * has it replaced by entry 5 of term 2 again; 4. the first write ends. Its name would say that entry 5 of term 2 is durable;
 * but the second write is still to come, and takes it away (ABA).
 */
import { assert } from '@troupe/protocol';
import type { LogIndex } from './entry.ts';

export type WriteKind = 'identity' | 'hard-state' | 'append' | 'log-snapshot';

export interface Write {
  readonly kind: WriteKind;
  /** Of an append: up to where what it wrote still stands in the log. Of a log snapshot: its last index. Otherwise 0. */
  index: LogIndex;
  /** A write before it has failed which it builds on: its end says nothing. */
  isVoid: boolean;
}

export interface Disk {
  /** Under way, oldest first. */
  readonly writes: Write[];
  /** The log up to here, as it is in memory, survives a crash. */
  durableIndex: LogIndex;
  /** Of the latest log snapshot that is durable. */
  snapshotIndex: LogIndex;
  /** The store says whose it is. Before that the member takes no part. */
  isIdentified: boolean;
  /** Term and vote, as they are in memory, survive a crash. */
  isHardStateDurable: boolean;
  /** A write has failed, and not all that it concerned has been written anew. */
  hasFailed: boolean;
}

export function createDisk(durableIndex: LogIndex, snapshotIndex: LogIndex, isIdentified: boolean): Disk {
  return { writes: [], durableIndex, snapshotIndex, isIdentified, isHardStateDurable: true, hasFailed: false };
}

export function writeBegun(disk: Disk, kind: Exclude<WriteKind, 'append'>, index: LogIndex): void {
  if (kind === 'hard-state') disk.isHardStateDurable = false;
  disk.writes.push({ kind, index, isVoid: false });
}

/** Entries from `first` to `last`. They count for nothing where one before them has failed, and was not written anew. */
export function appendBegun(disk: Disk, first: LogIndex, last: LogIndex): void {
  disk.writes.push({ kind: 'append', index: last, isVoid: first - 1 > soundEnd(disk) });
}

/** Up to here the log is durable once all writes under way have ended well. */
function soundEnd({ durableIndex, writes }: Disk): LogIndex {
  let end = durableIndex;
  // A log snapshot may reach less far than the append before it.
  for (const { index, isVoid } of writes) if (!isVoid && index > end) end = index;
  return end;
}

/** The oldest write is durable. */
export function writeEnded(disk: Disk, kind: WriteKind): Write {
  const write = takeOldest(disk, kind);
  switch (kind) {
    case 'identity':
      disk.isIdentified = true;
      break;
    case 'hard-state':
      // Each is whole in itself: the latest alone tells what is in memory.
      disk.isHardStateDurable = !disk.writes.some((later) => later.kind === 'hard-state');
      break;
    case 'log-snapshot':
      disk.snapshotIndex = max(disk.snapshotIndex, write.index);
      // It stands for all entries up to there, whatever became of their own writes.
      disk.durableIndex = max(disk.durableIndex, write.index);
      break;
    case 'append':
      if (!write.isVoid) disk.durableIndex = max(disk.durableIndex, write.index);
      break;
  }
  return write;
}

/** The oldest write has failed. The appends behind it build on it, and may come to nothing. */
export function writeFailed(disk: Disk, kind: WriteKind): Write {
  const write = takeOldest(disk, kind);
  disk.hasFailed = true;
  for (const later of disk.writes) if (later.kind === 'append') later.isVoid = true;
  return write;
}

/** Entries from this index on were dropped from the log in memory. */
export function logTruncated(disk: Disk, from: LogIndex): void {
  const last = (from - 1) as LogIndex;
  if (disk.durableIndex > last) disk.durableIndex = last;
  for (const write of disk.writes) if (write.kind === 'append' && write.index > last) write.index = last;
}

function takeOldest(disk: Disk, kind: WriteKind): Write {
  const write = disk.writes.shift();
  const isNext = write?.kind === kind;
  assert(isNext, 'writes to end in the order in which they were begun', { expected: write?.kind, kind });
  return write as Write;
}

function max(a: LogIndex, b: LogIndex): LogIndex {
  return a > b ? a : b;
}

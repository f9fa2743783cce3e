/**
 * A record of a journal: the batches of one append. Records begin at multiples of eight bytes.
 *
 * | at | bytes | |
 * | --- | --- | --- |
 * | 0 | 4 | CRC-32 of all that follows |
 * | 4 | 4 | length of the batches |
 * | 8 | 8 | the life that wrote it: random, so that nothing else on a disk is taken for a record of it |
 * | 16 | 8 | sequence number of the first batch, a double |
 * | 24 | 4 | how many batches |
 * | 28 | 4 | zero |
 * | 32 | | the batches |
 */

import { crc32 } from 'node:zlib';
import { BatchReader, batchBytes, type JournalBatch, writeBatch } from './batch-codec.ts';

const At = { Checksum: 0, Length: 4, Life: 8, First: 16, Count: 24, Rest: 28, Batches: 32 } as const;
export const LIFE_BYTES = 8;
export const RECORD_ALIGNMENT = 8;

export interface JournalRecord {
  /** Sequence numbers of its first and last batch. */
  readonly first: number;
  readonly last: number;
  readonly batches: () => JournalBatch[];
}

export function recordBytes(batches: readonly JournalBatch[]): number {
  let bytes = At.Batches;
  for (const batch of batches) bytes += batchBytes(batch);
  return aligned(bytes);
}

/** @returns bytes written */
export function writeRecord(out: Buffer, life: Buffer, first: number, batches: readonly JournalBatch[]): number {
  out.set(life, At.Life);
  out.writeDoubleLE(first, At.First);
  out.writeUInt32LE(batches.length, At.Count);
  out.writeUInt32LE(0, At.Rest);
  let end: number = At.Batches;
  for (const batch of batches) end = writeBatch(out, end, batch);
  out.writeUInt32LE(end - At.Batches, At.Length);
  out.writeUInt32LE(crc32(out.subarray(At.Length, end)), At.Checksum);
  const next = aligned(end);
  out.fill(0, end, next);
  return next;
}

/**
 * All whole records of a life, wherever they are. A journal is written anew from its beginning while its end still has
 * older ones; and whole ones after one that is not are what tells damage from an append that was cut off.
 */
export function* wholeRecords(bytes: Buffer, start: number, life: Buffer): Generator<JournalRecord> {
  for (let at = start; at + At.Batches <= bytes.length; ) {
    const end = wholeEnd(bytes, at, life);
    if (end === undefined) {
      at += RECORD_ALIGNMENT;
      continue;
    }
    const first = bytes.readDoubleLE(at + At.First);
    const count = bytes.readUInt32LE(at + At.Count);
    const content = bytes.subarray(at + At.Batches, end);
    yield { first, last: first + count - 1, batches: () => batchesIn(content, count) };
    at = aligned(end);
  }
}

function wholeEnd(bytes: Buffer, at: number, life: Buffer): number | undefined {
  const lifeAt = at + At.Life;
  if (bytes[lifeAt] !== life[0] || life.compare(bytes, lifeAt, lifeAt + LIFE_BYTES) !== 0) return undefined;
  const end = at + At.Batches + bytes.readUInt32LE(at + At.Length);
  if (end > bytes.length) return undefined;
  return crc32(bytes.subarray(at + At.Length, end)) === bytes.readUInt32LE(at + At.Checksum) ? end : undefined;
}

/** Of a copy, so that what lasts of them does not keep a whole file in memory. */
function batchesIn(content: Buffer, count: number): JournalBatch[] {
  const reader = new BatchReader(Buffer.from(content));
  return Array.from({ length: count }, () => reader.next());
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

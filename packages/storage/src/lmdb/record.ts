/**
 * Keys and records in an LMDB volume. Every record carries a CRC-32 of its key and its bytes, so that one that has
 * changed, or lies under another key, is seen.
 *
 * | key | record |
 * | --- | --- |
 * | `00` | fence: the epoch of the newest opening, first, as a double, where LMDB's conditional writes look for it |
 * | `01` | the volume: format, owner, and which journal goes on from here |
 * | `02` store | the store's name |
 * | `03` store | the first index of its log, where that is not 1 |
 * | `04` store name | a value |
 * | `05` store index | a block: consecutive entries, the first of which has this index |
 * | `06` store blob `00` chunk | a chunk |
 *
 * An entry belongs to the block with the greatest index up to its own: so a block that is written over the middle of an
 * earlier one cuts it. Compaction moves the first index; blocks wholly below it are removed at leisure.
 */

import { crc32 } from 'node:zlib';

/** Goes up with every change of the layout above. Format 1 had no journal; such a volume becomes one of this when it gets one. */
export const FORMAT = 2;
export const OLDEST_FORMAT = 1;

/** The journal of which opening goes on where this checkpoint ends: after the batch with this number. */
export interface JournalMark {
  readonly epoch: number;
  readonly sequence: number;
}

const Tag = { Fence: 0, Volume: 1, Name: 2, First: 3, Value: 4, Block: 5, Chunk: 6 } as const;

export const FENCE_KEY: Buffer = Buffer.from([Tag.Fence]);
export const VOLUME_KEY: Buffer = Buffer.from([Tag.Volume]);

export const nameKey = (store: number): Buffer => storeKey(Tag.Name, store, 0);
export const firstKey = (store: number): Buffer => storeKey(Tag.First, store, 0);

export function valueKey(store: number, name: string): Buffer {
  const key = storeKey(Tag.Value, store, name.length);
  key.write(name, 5, 'latin1');
  return key;
}

export function blockKey(store: number, index: number): Buffer {
  const key = storeKey(Tag.Block, store, 8);
  writeIndex(key, index, 5);
  return key;
}

export function chunkKey(store: number, blob: string, index: number): Buffer {
  const key = storeKey(Tag.Chunk, store, blob.length + 5);
  key.write(blob, 5, 'latin1');
  key.writeUInt32BE(index, 6 + blob.length);
  return key;
}

function storeKey(tag: number, store: number, more: number): Buffer {
  const key = Buffer.alloc(5 + more);
  key[0] = tag;
  key.writeUInt32BE(store, 1);
  return key;
}

function writeIndex(bytes: Buffer, index: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(index / 2 ** 32), at);
  bytes.writeUInt32BE(index >>> 0, at + 4);
}

function readIndex(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

export type ParsedKey =
  | { readonly kind: 'fence' }
  | { readonly kind: 'volume' }
  | { readonly kind: 'name'; readonly store: number }
  | { readonly kind: 'first'; readonly store: number }
  | { readonly kind: 'value'; readonly store: number; readonly name: string }
  | { readonly kind: 'block'; readonly store: number; readonly index: number }
  | { readonly kind: 'chunk'; readonly store: number; readonly blob: string; readonly index: number };

/** Undefined where no key of this format looks like that. */
export function parseKey(key: Buffer): ParsedKey | undefined {
  const tag = key[0];
  if (key.length === 1)
    return tag === Tag.Fence ? { kind: 'fence' } : tag === Tag.Volume ? { kind: 'volume' } : undefined;
  if (key.length < 5) return undefined;
  const store = key.readUInt32BE(1);
  if (key.length === 5)
    return tag === Tag.Name ? { kind: 'name', store } : tag === Tag.First ? { kind: 'first', store } : undefined;
  if (tag === Tag.Value) return { kind: 'value', store, name: key.toString('latin1', 5) };
  if (tag === Tag.Block && key.length === 13) return { kind: 'block', store, index: readIndex(key, 5) };
  if (tag === Tag.Chunk && key.length > 10)
    return {
      kind: 'chunk',
      store,
      blob: key.toString('latin1', 5, key.length - 5),
      index: key.readUInt32BE(key.length - 4),
    };
  return undefined;
}

/** Bytes before what a record holds. */
const SEAL_BYTES = 4;

/** A record of these bytes under that key. */
export function seal(key: Buffer, content: Uint8Array): Buffer {
  const record = Buffer.allocUnsafeSlow(SEAL_BYTES + content.length);
  record.set(content, SEAL_BYTES);
  return sealed(key, record);
}

function sealed(key: Buffer, record: Buffer): Buffer {
  record.writeUInt32LE(crc32(record.subarray(SEAL_BYTES), crc32(key)), 0);
  return record;
}

/** What the record holds; undefined where it is not what was written under that key. */
export function unseal(key: Buffer, record: Buffer): Buffer | undefined {
  if (record.length < SEAL_BYTES) return undefined;
  const content = record.subarray(SEAL_BYTES);
  return crc32(content, crc32(key)) === record.readUInt32LE(0) ? content : undefined;
}

/** @param journal null where all that there is is here */
export function volumeRecord(owner: string, journal: JournalMark | null): Buffer {
  return seal(VOLUME_KEY, Buffer.from(JSON.stringify({ format: FORMAT, owner, journal })));
}

/** The epoch, then its checksum: not sealed as the others are. */
export function fenceRecord(epoch: number): Buffer {
  const record = Buffer.allocUnsafeSlow(12);
  record.writeDoubleLE(epoch, 0);
  record.writeUInt32LE(crc32(record.subarray(0, 8)), 8);
  return record;
}

export function readFence(record: Buffer): number | undefined {
  if (record.length !== 12 || record.readUInt32LE(8) !== crc32(record.subarray(0, 8))) return undefined;
  return record.readDoubleLE(0);
}

export function firstRecord(key: Buffer, index: number): Buffer {
  const content = Buffer.alloc(8);
  writeIndex(content, index, 0);
  return seal(key, content);
}

export function readFirst(content: Buffer): number {
  return readIndex(content, 0);
}

/** Entries as one record: their count, their lengths, their bytes. */
export function blockRecord(key: Buffer, entries: readonly Uint8Array[]): Buffer {
  const head = SEAL_BYTES + 4 + 4 * entries.length;
  let length = head;
  for (const entry of entries) length += entry.length;
  const record = Buffer.allocUnsafeSlow(length);
  record.writeUInt32LE(entries.length, SEAL_BYTES);
  let at = head;
  let lengthAt = SEAL_BYTES + 4;
  for (const entry of entries) {
    record.writeUInt32LE(entry.length, lengthAt);
    record.set(entry, at);
    lengthAt += 4;
    at += entry.length;
  }
  return sealed(key, record);
}

export function blockCount(content: Buffer): number {
  return content.readUInt32LE(0);
}

/** Entries `from` up to but without `to`, counted within the block. */
export function blockEntries(content: Buffer, from: number, to: number): Uint8Array[] {
  let at = 4 + 4 * blockCount(content);
  for (let index = 0; index < from; index++) at += content.readUInt32LE(4 + 4 * index);
  const entries: Uint8Array[] = [];
  for (let index = from; index < to; index++) {
    const end = at + content.readUInt32LE(4 + 4 * index);
    entries.push(content.subarray(at, end));
    at = end;
  }
  return entries;
}

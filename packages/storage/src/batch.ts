/** What every store refuses, before anything of a batch takes effect. */

import type { TroupeError } from '@troupe/protocol';
import { storageError } from './errors.ts';
import { type BlobStatus, type LogStore, type StoreBatch, VOLUME_BOUNDS } from './store.ts';

/** Accounted for each part beside its bytes, so that empty parts are bounded too. */
const PART_BYTES = 64;
/** Values, blobs and stores are named by these, so that any implementation can order and show them. */
const NAME = /^[\w.:/@-]+$/;

/** The store as a batch finds it. */
export type Target = Pick<LogStore, 'name' | 'firstIndex' | 'lastIndex' | 'get' | 'names'> & {
  blob(name: string): BlobStatus | undefined;
};

/** @throws TROUPE_STORAGE_BATCH @returns bytes that it holds until it is durable */
export function checkBatch(target: Target, batch: StoreBatch): number {
  const refuse = (message: string, part: string) => refusal(target.name, message, part);
  const log = boundsAfter(target, batch, refuse);
  let bytes = log + PART_BYTES;
  let values = 0;
  for (const [name, value] of Object.entries(batch.values ?? {})) {
    checkName(name, 'a value', target.name);
    if (value === null) continue;
    if (!(value instanceof Uint8Array)) throw refuse(`bytes or null as value ${name}, got ${typeof value}`, 'values');
    if (value.length > VOLUME_BOUNDS.valueBytesMax)
      throw refuse(`at most ${VOLUME_BOUNDS.valueBytesMax} bytes in value ${name}, got ${value.length}`, 'values');
    if (target.get(name) === undefined) values++;
    bytes += value.length + PART_BYTES;
  }
  if (values > 0 && target.names().length + values > VOLUME_BOUNDS.valuesMax)
    throw refuse(`at most ${VOLUME_BOUNDS.valuesMax} values, got more`, 'values');
  return bytes + checkChunks(target, batch, refuse);
}

type Refuse = (message: string, part: string) => TroupeError;

function boundsAfter(target: Target, { compact, append }: StoreBatch, refuse: Refuse): number {
  let { firstIndex, lastIndex } = target;
  if (compact !== undefined) {
    if (!isIndex(compact)) throw refuse(`a whole number from 1 as index to compact below, got ${compact}`, 'compact');
    firstIndex = Math.max(firstIndex, compact);
    lastIndex = Math.max(lastIndex, firstIndex - 1);
  }
  if (append === undefined) return 0;
  const { from, entries } = append;
  if (!isIndex(from) || from < firstIndex || from > lastIndex + 1)
    throw refuse(`to append from an index within ${firstIndex} and ${lastIndex + 1}, got ${from}`, 'append');
  let bytes = 0;
  for (const entry of entries) {
    if (!(entry instanceof Uint8Array)) throw refuse(`bytes as an entry, got ${typeof entry}`, 'append');
    if (entry.length > VOLUME_BOUNDS.entryBytesMax)
      throw refuse(`at most ${VOLUME_BOUNDS.entryBytesMax} bytes in an entry, got ${entry.length}`, 'append');
    bytes += entry.length + PART_BYTES;
  }
  return bytes;
}

function checkChunks(target: Target, { dropBlobs, chunks }: StoreBatch, refuse: Refuse): number {
  let bytes = 0;
  const counts = new Map<string, number>();
  for (const blob of dropBlobs ?? []) {
    checkName(blob, 'a blob', target.name);
    counts.set(blob, 0);
  }
  for (const { blob, index, bytes: chunk } of chunks ?? []) {
    checkName(blob, 'a blob', target.name);
    if (!(chunk instanceof Uint8Array)) throw refuse(`bytes as a chunk of ${blob}, got ${typeof chunk}`, 'chunks');
    if (chunk.length > VOLUME_BOUNDS.chunkBytesMax)
      throw refuse(`at most ${VOLUME_BOUNDS.chunkBytesMax} bytes in a chunk of ${blob}, got ${chunk.length}`, 'chunks');
    const count = counts.get(blob) ?? target.blob(blob)?.chunks ?? 0;
    if (!Number.isInteger(index) || index < 0 || index > count)
      throw refuse(`chunk ${count} of ${blob} next, or one that is there, got ${index}`, 'chunks');
    counts.set(blob, Math.max(count, index + 1));
    bytes += chunk.length + PART_BYTES;
  }
  return bytes;
}

/** @throws TROUPE_STORAGE_BATCH */
export function checkRange(
  target: Pick<LogStore, 'name' | 'firstIndex' | 'lastIndex'>,
  from: number,
  to: number,
): void {
  const { firstIndex, lastIndex } = target;
  if (isIndex(from) && isIndex(to) && from >= firstIndex && from <= to && to <= lastIndex + 1) return;
  throw refusal(
    target.name,
    `a range of entries within ${firstIndex} and ${lastIndex + 1}, got ${from} up to ${to}`,
    'range',
  );
}

/** @throws TROUPE_STORAGE_BATCH */
export function checkName(name: string, what: string, store: string): void {
  // One byte a character, by the pattern.
  if (typeof name === 'string' && name.length <= VOLUME_BOUNDS.nameBytesMax && NAME.test(name)) return;
  throw refusal(
    store,
    `the name of ${what} to be 1 to ${VOLUME_BOUNDS.nameBytesMax} of the characters A–Z a–z 0–9 _ . : / @ -, got ${JSON.stringify(name)}`,
    'name',
  );
}

/** Without room for these bytes beside those that wait for a sync. @throws TROUPE_STORAGE_OVERLOADED */
export function checkRoom(unsynced: number, bytes: number): void {
  // A single batch may be larger than the bound: it would never find room otherwise.
  if (unsynced === 0 || unsynced + bytes <= VOLUME_BOUNDS.unsyncedBytesMax) return;
  throw storageError(
    'TROUPE_STORAGE_OVERLOADED',
    `Expected at most ${VOLUME_BOUNDS.unsyncedBytesMax} bytes written without a sync, got ${unsynced + bytes}. Await sync() first.`,
    { unsynced, bytes },
  );
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function refusal(store: string, expected: string, part: string): TroupeError {
  return storageError('TROUPE_STORAGE_BATCH', `Expected ${expected}, in store ${store}.`, { store, part });
}

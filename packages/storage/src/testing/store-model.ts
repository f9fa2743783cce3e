/** What a store should be, as naively as it can be said, and random batches to try it with. */

import { deepStrictEqual } from 'node:assert';
import type { Random } from '@troupe/protocol/testing';
import type { BlobChunk, LogStore, StoreBatch } from '../store.ts';

/** All that can be read of a store, as text. */
export interface StoreModel {
  readonly first: number;
  readonly log: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly blobs: Readonly<Record<string, readonly string[]>>;
}

export const EMPTY: StoreModel = { first: 1, log: [], values: {}, blobs: {} };

export function modelAfter(model: StoreModel, batch: StoreBatch): StoreModel {
  let { first, log } = model;
  for (; batch.compact !== undefined && first < batch.compact; first++) log = log.slice(1);
  if (batch.append !== undefined)
    log = [...log.slice(0, batch.append.from - first), ...batch.append.entries.map(textOf)];
  const values = Object.fromEntries(
    Object.entries({
      ...model.values,
      ...Object.fromEntries(Object.entries(batch.values ?? {}).map(([name, value]) => [name, value && textOf(value)])),
    }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const blobs: Record<string, readonly string[]> = Object.fromEntries(
    Object.entries(model.blobs).filter(([name]) => !(batch.dropBlobs ?? []).includes(name)),
  );
  for (const { blob, index, bytes } of batch.chunks ?? [])
    blobs[blob] = [...(blobs[blob] ?? []).slice(0, index), textOf(bytes), ...(blobs[blob] ?? []).slice(index + 1)];
  return { first, log, values, blobs };
}

/** Reads all of a store, its log in pieces of any size. */
export function modelOf(store: LogStore, bytesMax = 1_000): StoreModel {
  const log: string[] = [];
  while (store.firstIndex + log.length <= store.lastIndex)
    log.push(...store.entries(store.firstIndex + log.length, store.lastIndex + 1, bytesMax).map(textOf));
  const blobs: Record<string, string[]> = {};
  for (const { name, chunks, bytes } of store.blobs()) {
    const read = Array.from({ length: chunks }, (_, index) => textOf(store.chunk(name, index) as Uint8Array));
    deepStrictEqual(read.join('').length, bytes);
    deepStrictEqual(store.chunk(name, chunks), undefined);
    blobs[name] = read;
  }
  const values = Object.fromEntries(store.names().map((name) => [name, textOf(store.get(name) as Uint8Array)]));
  return { first: store.firstIndex, log, values, blobs };
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

const NAMES = ['term', 'vote', 'snapshot'] as const;
const BLOBS = ['a', 'b/1'] as const;

/** A batch that the store can take: appends mostly, some that cut, compactions that may go beyond the end. */
export function randomBatch(random: Random, model: StoreModel, largest: number): StoreBatch {
  const text = () => String.fromCharCode(97 + random.below(26)).repeat(random.below(random.below(largest) + 1));
  const bytes = () => bytesOf(text());
  let first = model.first;
  let next = first + model.log.length;
  const batch: { -readonly [Part in keyof StoreBatch]: StoreBatch[Part] } = {};
  if (random.below(8) === 0) {
    batch.compact = Math.max(1, first - 2 + random.below(next - first + 6));
    first = Math.max(first, batch.compact);
    next = Math.max(next, first);
  }
  if (random.below(5) > 0) {
    const from = random.below(4) === 0 ? first + random.below(next - first + 1) : next;
    batch.append = { from, entries: Array.from({ length: random.below(6) }, bytes) };
  }
  if (random.below(3) === 0)
    batch.values = { [NAMES[random.below(NAMES.length)] as string]: random.below(4) === 0 ? null : bytes() };
  if (random.below(4) === 0) {
    const blob = BLOBS[random.below(BLOBS.length)] as string;
    const isDropped = random.below(3) === 0;
    if (isDropped) batch.dropBlobs = [blob];
    const count = isDropped ? 0 : (model.blobs[blob]?.length ?? 0);
    const start = random.below(count + 1);
    const chunks: BlobChunk[] = Array.from({ length: random.below(3) }, (_, index) => ({
      blob,
      index: start + index,
      bytes: bytes(),
    }));
    batch.chunks = chunks;
  }
  return batch;
}

/**
 * Batches as bytes. A byte says which parts there are, then the store's id; then the parts, in the order of `StoreBatch`:
 *
 * | part | bytes |
 * | --- | --- |
 * | create | the name of a new store |
 * | compact | an index |
 * | append | an index, a count, and each entry |
 * | values | a count, and each name with its value; that of one removed has the length FFFFFFFF |
 * | dropBlobs | a count, and each name |
 * | chunks | a count, and each name, number and chunk |
 *
 * Indices are doubles, counts and lengths four bytes, those of names one; all little-endian.
 */

import type { StoreBatch } from '../store.ts';

/** What a volume writes down: a batch of a store, or a new store. */
export interface JournalBatch {
  readonly store: number;
  readonly create?: string;
  readonly batch: StoreBatch;
}

const Part = { Create: 1, Compact: 2, Append: 4, Values: 8, DropBlobs: 16, Chunks: 32 } as const;
const HEAD_BYTES = 5;
const INDEX_BYTES = 8;
const COUNT_BYTES = 4;
const REMOVED = 0xffff_ffff;

export function batchBytes({ create, batch }: JournalBatch): number {
  const { compact, append, values, dropBlobs, chunks } = batch;
  let bytes = HEAD_BYTES;
  if (create !== undefined) bytes += 1 + create.length;
  if (compact !== undefined) bytes += INDEX_BYTES;
  if (append !== undefined) {
    bytes += INDEX_BYTES + COUNT_BYTES;
    for (const entry of append.entries) bytes += COUNT_BYTES + entry.length;
  }
  if (values !== undefined) {
    bytes += COUNT_BYTES;
    for (const name in values) bytes += 1 + name.length + COUNT_BYTES + (values[name]?.length ?? 0);
  }
  if (dropBlobs !== undefined) {
    bytes += COUNT_BYTES;
    for (const name of dropBlobs) bytes += 1 + name.length;
  }
  if (chunks !== undefined) {
    bytes += COUNT_BYTES;
    for (const chunk of chunks) bytes += 1 + chunk.blob.length + 2 * COUNT_BYTES + chunk.bytes.length;
  }
  return bytes;
}

/** @returns where it ends */
export function writeBatch(out: Buffer, start: number, { store, create, batch }: JournalBatch): number {
  const { compact, append, values, dropBlobs, chunks } = batch;
  let parts = 0;
  let at = out.writeUInt32LE(store, start + 1);
  if (create !== undefined) {
    parts |= Part.Create;
    at = writeName(out, at, create);
  }
  if (compact !== undefined) {
    parts |= Part.Compact;
    at = out.writeDoubleLE(compact, at);
  }
  if (append !== undefined) {
    parts |= Part.Append;
    at = out.writeUInt32LE(append.entries.length, out.writeDoubleLE(append.from, at));
    for (const entry of append.entries) at = writeBytes(out, at, entry);
  }
  if (values !== undefined) {
    parts |= Part.Values;
    at = writeValues(out, at, values);
  }
  if (dropBlobs !== undefined) {
    parts |= Part.DropBlobs;
    at = out.writeUInt32LE(dropBlobs.length, at);
    for (const name of dropBlobs) at = writeName(out, at, name);
  }
  if (chunks !== undefined) {
    parts |= Part.Chunks;
    at = out.writeUInt32LE(chunks.length, at);
    for (const { blob, index, bytes } of chunks)
      at = writeBytes(out, out.writeUInt32LE(index, writeName(out, at, blob)), bytes);
  }
  out[start] = parts;
  return at;
}

function writeValues(out: Buffer, start: number, values: NonNullable<StoreBatch['values']>): number {
  const all = Object.entries(values);
  let at = out.writeUInt32LE(all.length, start);
  for (const [name, value] of all) {
    at = writeName(out, at, name);
    at = value === null ? out.writeUInt32LE(REMOVED, at) : writeBytes(out, at, value);
  }
  return at;
}

function writeName(out: Buffer, at: number, name: string): number {
  out[at] = name.length;
  return at + 1 + out.write(name, at + 1, 'latin1');
}

function writeBytes(out: Buffer, at: number, bytes: Uint8Array): number {
  const start = out.writeUInt32LE(bytes.length, at);
  out.set(bytes, start);
  return start + bytes.length;
}

/** Reads what `writeBatch` wrote, one after the other. What it returns lies in the bytes that it is given. */
export class BatchReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  next(): JournalBatch {
    const parts = this.bytes[this.at++] as number;
    const store = this.count();
    const create = (parts & Part.Create) === 0 ? {} : { create: this.name() };
    const batch: { -readonly [Each in keyof StoreBatch]: StoreBatch[Each] } = {};
    if ((parts & Part.Compact) !== 0) batch.compact = this.index();
    if ((parts & Part.Append) !== 0) batch.append = { from: this.index(), entries: this.list(() => this.content()) };
    if ((parts & Part.Values) !== 0)
      batch.values = Object.fromEntries(this.list(() => [this.name(), this.valueOrNull()] as const));
    if ((parts & Part.DropBlobs) !== 0) batch.dropBlobs = this.list(() => this.name());
    if ((parts & Part.Chunks) !== 0)
      batch.chunks = this.list(() => ({ blob: this.name(), index: this.count(), bytes: this.content() }));
    return { store, ...create, batch };
  }

  private list<T>(read: () => T): T[] {
    return Array.from({ length: this.count() }, read);
  }

  private index(): number {
    this.at += INDEX_BYTES;
    return this.bytes.readDoubleLE(this.at - INDEX_BYTES);
  }

  private count(): number {
    this.at += COUNT_BYTES;
    return this.bytes.readUInt32LE(this.at - COUNT_BYTES);
  }

  private name(): string {
    const start = this.at + 1;
    this.at = start + (this.bytes[this.at] as number);
    return this.bytes.toString('latin1', start, this.at);
  }

  private content(): Buffer {
    const length = this.count();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A copy: values are kept for long. */
  private valueOrNull(): Buffer | null {
    if (this.bytes.readUInt32LE(this.at) !== REMOVED) return Buffer.from(this.content());
    this.at += COUNT_BYTES;
    return null;
  }
}

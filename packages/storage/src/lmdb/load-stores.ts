/** From the records of a volume to its stores; every checksum and the order of every log is looked at. */

import type { TroupeError } from '@troupe/protocol';
import { storageError } from '../errors.ts';
import { BlobState } from './blob-state.ts';
import { LmdbStore } from './lmdb-store.ts';
import type { ReadContent } from './log-state.ts';
import { PageDamage, type PageFile } from './page-file.ts';
import {
  blockCount,
  FORMAT,
  type JournalMark,
  OLDEST_FORMAT,
  type ParsedKey,
  parseKey,
  readFence,
  readFirst,
  unseal,
} from './record.ts';

export interface VolumeContent {
  readonly owner: string;
  readonly epoch: number;
  /** Where more is than here. */
  readonly journal: JournalMark | null;
  readonly stores: readonly LmdbStore[];
}

type StoreKey = Extract<ParsedKey, { store: number }>;

interface Found {
  name: string | undefined;
  firstIndex: number;
  end: number;
  readonly blocks: number[];
  readonly values: Map<string, Uint8Array>;
  readonly blobs: BlobState;
}

/** Bytes, and bytes accounted for each record, between two pauses. */
const STRIDE_BYTES = 256 * 1024;
const RECORD_BYTES = 128;

/** @throws TROUPE_STORAGE_CORRUPT, TROUPE_STORAGE_TRUNCATED, TROUPE_STORAGE_VERSION */
export function* loadStores(path: string, pages: PageFile, read: ReadContent): Generator<void, VolumeContent> {
  const found = new Map<number, Found>();
  let volume: Pick<VolumeContent, 'owner' | 'journal'> | undefined;
  let epoch: number | undefined;
  let bytes = 0;
  for (const [key, record] of pages.records()) {
    bytes += RECORD_BYTES + record.length;
    if (bytes > STRIDE_BYTES) {
      bytes = 0;
      yield;
    }
    const parsed = parseKey(key);
    if (parsed === undefined) throw corrupt(path, `a record under the unknown key ${key.toString('hex')}`);
    if (parsed.kind === 'fence') {
      epoch = readFence(record);
      continue;
    }
    const content = unseal(key, record);
    if (content === undefined)
      throw corrupt(path, `a ${parsed.kind} whose checksum is wrong (key ${key.toString('hex')})`);
    if (parsed.kind === 'volume') volume = readHead(path, content);
    else {
      let store = found.get(parsed.store);
      if (store === undefined) found.set(parsed.store, (store = emptyStore(parsed.store, read)));
      add(path, store, parsed, content);
    }
  }
  yield* pages.checkFree();
  if (volume === undefined || epoch === undefined) throw corrupt(path, 'a volume that does not say what it is');
  return { ...volume, epoch, stores: [...found].map(([id, store]) => made(path, id, store, read)) };
}

function emptyStore(id: number, read: ReadContent): Found {
  const blobs = new BlobState(id, read);
  return { name: undefined, firstIndex: 1, end: 0, blocks: [], values: new Map(), blobs };
}

function add(path: string, store: Found, key: StoreKey, content: Buffer): void {
  if (key.kind === 'name') store.name = content.toString();
  else if (key.kind === 'first') store.firstIndex = readFirst(content);
  else if (key.kind === 'value') store.values.set(key.name, Buffer.from(content));
  else if (key.kind === 'block') addBlock(path, store, key.index, blockCount(content));
  else if (!store.blobs.load(key.blob, key.index, content.length))
    throw corrupt(path, `chunk ${key.index} of blob ${key.blob} without the one before`);
}

/** Keys come in order: the first index before the blocks, the blocks ascending. */
function addBlock(path: string, store: Found, start: number, count: number): void {
  if (start > store.firstIndex && start > store.end)
    throw corrupt(
      path,
      `a log of store ${store.name} without the entries ${Math.max(store.end, store.firstIndex)} to ${start - 1}`,
    );
  store.blocks.push(start);
  store.end = start + count;
}

function made(path: string, id: number, { name, firstIndex, end, ...rest }: Found, read: ReadContent): LmdbStore {
  if (name === undefined) throw corrupt(path, `records of a store ${id} that has no name`);
  return new LmdbStore(id, name, read, { firstIndex, lastIndex: Math.max(end, firstIndex) - 1, ...rest });
}

function readHead(path: string, content: Buffer): Pick<VolumeContent, 'owner' | 'journal'> {
  const {
    format,
    owner,
    journal = null,
  } = JSON.parse(content.toString()) as { format: number; owner: string; journal?: JournalMark | null };
  if (format < OLDEST_FORMAT || format > FORMAT)
    throw storageError(
      'TROUPE_STORAGE_VERSION',
      `Expected a volume of format ${FORMAT} at ${path}, got one of format ${format}. Open it with the version that wrote it.`,
      { path, expected: FORMAT, format },
    );
  return { owner, journal };
}

export function corrupt(path: string, got: string): TroupeError {
  return storageError(
    'TROUPE_STORAGE_CORRUPT',
    `Expected the volume that was written at ${path}, got ${got}. Keep the files, and restore the last backup or let the member join anew.`,
    { path },
  );
}

/** The error of a file whose pages are not in order. */
export function damaged(path: string, error: unknown): unknown {
  if (!(error instanceof PageDamage)) return error;
  if (error.kind === 'corrupt') return corrupt(path, error.message);
  const code = error.kind === 'version' ? 'TROUPE_STORAGE_VERSION' : 'TROUPE_STORAGE_TRUNCATED';
  const advice =
    error.kind === 'version'
      ? 'Open it with the version that wrote it.'
      : 'Keep the files, and restore the last backup or let the member join anew.';
  return storageError(code, `Expected the volume that was written at ${path}, got ${error.message}. ${advice}`, {
    path,
  });
}

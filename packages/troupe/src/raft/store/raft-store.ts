/**
 * What a member writes down, in a store of `@troupe/storage`: entries are the store's log, term and vote and whose it is are
 * values, a log snapshot is a blob. Its fold is that of the core's records, kept on disk rather than made at each start.
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import {
  type Configuration,
  type Entry,
  type LogIndex,
  type LogSnapshot,
  plainFromBytes,
  plainToBytes,
  type RaftDurable,
  type RaftRecord,
  type Term,
} from '@troupe/raft';
import { type BlobChunk, type LogStore, VOLUME_BOUNDS } from '@troupe/storage';
import { raftError } from '../errors.ts';
import { TermRuns } from './term-runs.ts';

/** Of a volume with one group. */
export const STORE_NAME = 'raft';
const FORMAT = 1;

interface Identity {
  readonly format: number;
  readonly cluster: string;
  readonly self: NodeId;
  readonly bootstrap: Configuration;
}

interface SnapshotHead extends Omit<LogSnapshot, 'data'> {
  readonly blob: string;
  readonly bytes: number;
}

export class RaftStore {
  private readonly store: LogStore;
  private readonly terms: TermRuns;
  private snapshotIndex: number;

  /** As it is found, or as a new one is. @throws TROUPE_RAFT_STORE_DAMAGED */
  constructor(store: LogStore) {
    this.store = store;
    const head = readValue<SnapshotHead>(store, 'snapshot');
    this.snapshotIndex = head?.lastIncludedIndex ?? 0;
    this.terms = new TermRuns(this.snapshotIndex as LogIndex, head?.lastIncludedTerm ?? (0 as Term));
    if (store.firstIndex !== this.snapshotIndex + 1 && store.lastIndex >= store.firstIndex)
      throw damaged(`entries from ${this.snapshotIndex + 1} on`, `from ${store.firstIndex} on`);
    this.terms.append(
      store.firstIndex,
      this.readEntries().map(({ term }) => term),
    );
  }

  /** @throws TROUPE_RAFT_STORE_DAMAGED where nobody has written to it as a member */
  load(): RaftDurable {
    const { store } = this;
    const identity = readValue<Identity>(store, 'identity');
    if (identity === undefined) throw damaged('the record that says whose it is', 'none');
    const hardState = readValue<{ term: Term; vote: NodeId | null }>(store, 'hard-state');
    return {
      cluster: identity.cluster,
      self: identity.self,
      bootstrap: identity.bootstrap,
      term: hardState?.term ?? (0 as Term),
      vote: hardState?.vote ?? null,
      snapshot: this.readSnapshot(),
      entries: this.readEntries(),
    };
  }

  /** One record, whole or not at all. Durable with the store's next sync. */
  write(record: RaftRecord): void {
    switch (record.kind) {
      case 'identity': {
        const { cluster, self, bootstrap } = record;
        return this.store.write({ values: { identity: plainToBytes({ format: FORMAT, cluster, self, bootstrap }) } });
      }
      case 'hard-state': {
        const { term, vote } = record;
        return this.store.write({ values: { 'hard-state': plainToBytes({ term, vote }) } });
      }
      case 'append':
        return this.writeEntries(record);
      case 'log-snapshot':
        if (record.snapshot.lastIncludedIndex > this.snapshotIndex) this.writeSnapshot(record.snapshot);
    }
  }

  private writeEntries({ index, previousTerm, entries }: Extract<RaftRecord, { kind: 'append' }>): void {
    // A log snapshot whose write was said to have failed may stand here all the same, and be ahead of what is written anew.
    const covered = Math.max(0, this.snapshotIndex + 1 - index);
    const from = index + covered;
    // An earlier write has failed that this one builds on.
    if (this.terms.at(from - 1) !== (covered === 0 ? previousTerm : entries[covered - 1]?.term)) return;
    const left = covered === 0 ? entries : entries.slice(covered);
    this.store.write({ append: { from, entries: left.map(entryToBytes) } });
    this.terms.append(
      from,
      left.map(({ term }) => term),
    );
  }

  private writeSnapshot({ data, ...snapshot }: LogSnapshot): void {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    const blob = `snapshot-${index}-${term}`;
    const head: SnapshotHead = { ...snapshot, blob, bytes: data.length };
    const isKept = this.terms.at(index) === term;
    const next = index + 1;
    this.store.write({
      compact: next,
      // The log differs from the snapshot: what stands after it was never committed.
      ...(isKept ? {} : { append: { from: next, entries: [] } }),
      values: { snapshot: plainToBytes(head) },
      dropBlobs: this.store.blobs().map(({ name }) => name),
      chunks: chunksOf(blob, data),
    });
    if (!isKept) this.terms.append(next, []);
    this.terms.compact(index, term);
    this.snapshotIndex = index;
  }

  private readEntries(): Entry[] {
    const { store } = this;
    return store.entries(store.firstIndex, store.lastIndex + 1).map(entryFromBytes);
  }

  private readSnapshot(): LogSnapshot | null {
    const head = readValue<SnapshotHead>(this.store, 'snapshot');
    if (head === undefined) return null;
    const { blob, bytes, ...snapshot } = head;
    const data = new Uint8Array(bytes);
    for (let at = 0, chunk = 0; at < bytes; chunk++) {
      const part = this.store.chunk(blob, chunk);
      if (part === undefined) throw damaged(`${bytes} bytes of a log snapshot`, at);
      data.set(part, at);
      at += part.length;
    }
    return { ...snapshot, data };
  }
}

function chunksOf(blob: string, data: Uint8Array): BlobChunk[] {
  const size = VOLUME_BOUNDS.chunkBytesMax;
  const count = Math.ceil(data.length / size);
  return Array.from({ length: count }, (_, index) => ({
    blob,
    index,
    bytes: data.subarray(index * size, (index + 1) * size),
  }));
}

type EntryRow = [kind: Entry['kind'], term: Term, time: Ticks, bytes: number, data: never];

function entryToBytes({ kind, term, time, bytes, data }: Entry): Uint8Array {
  return plainToBytes([kind, term, time, bytes, data]);
}

function entryFromBytes(row: Uint8Array): Entry {
  const [kind, term, time, bytes, data] = decoded(row) as EntryRow;
  return { kind, term, time, bytes, data } as Entry;
}

function readValue<T>(store: LogStore, name: string): T | undefined {
  const bytes = store.get(name);
  return bytes === undefined ? undefined : (decoded(bytes) as T);
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return plainFromBytes(bytes);
  } catch (error) {
    throw damaged('a record of this version', String(error), error);
  }
}

function damaged(expected: string, got: unknown, cause?: unknown): Error {
  return raftError(
    'TROUPE_RAFT_STORE_DAMAGED',
    `Expected ${expected} in the store of a member, got ${String(got)}. Keep the files; restore a backup, or remove the member and join it anew.`,
    { expected, got: String(got) },
    cause,
  );
}

/** The key-value machine's state, and what changes it: each change is a revision, a place in the history, and counted bytes. */
import { compareIds } from '@troupe/protocol';
import { ChangeHistory } from './change-history.ts';
import type { KeyValueChange, KeyValueEntry } from './key-value-types.ts';
import { type Lease, LeaseTable } from './lease-table.ts';
import { OrderedKeys } from './ordered-keys.ts';

export interface KeyValueLimits {
  /** @units UTF-16 code units */
  readonly keyLengthMax: number;
  /** One value, as `plainSize` measures it. @units bytes */
  readonly valueBytesMax: number;
  /** All keys and values. @units bytes */
  readonly storeBytesMax: number;
  readonly leasesMax: number;
  /** Entries or changes of one answer; a query with a higher limit gets as many. */
  readonly answerMax: number;
  /** Changes that can be asked for. The oldest go first. */
  readonly changesMax: number;
  /** @units bytes */
  readonly changesBytesMax: number;
}

export const KEY_VALUE_DEFAULTS: KeyValueLimits = {
  keyLengthMax: 1_024,
  valueBytesMax: 1 << 20,
  storeBytesMax: 1 << 28,
  leasesMax: 65_536,
  answerMax: 1_024,
  changesMax: 4_096,
  changesBytesMax: 1 << 22,
};

export interface KeyValueState {
  /** Of the last change. */
  revision: number;
  bytes: number;
  readonly entries: Map<string, StoredEntry>;
  readonly keys: OrderedKeys;
  readonly leases: LeaseTable;
  readonly changes: ChangeHistory<StoredEntry | Deletion>;
}

/** It is its own change: a put makes one object. */
export interface StoredEntry extends KeyValueEntry {
  readonly bytes: number;
}

interface Deletion {
  readonly key: string;
  readonly revision: number;
  readonly bytes: number;
}

export function emptyStore(
  limits: KeyValueLimits,
  revision: number,
  forgotten: number,
  leases = new LeaseTable(),
  keys = new OrderedKeys(),
): KeyValueState {
  return {
    revision,
    bytes: 0,
    entries: new Map(),
    keys,
    leases,
    changes: new ChangeHistory(limits.changesMax, limits.changesBytesMax, forgotten),
  };
}

export function entryOf(state: KeyValueState, key: string): KeyValueEntry | null {
  const found = state.entries.get(key);
  if (found === undefined) return null;
  const { value, revision, lease } = found;
  return { key, value, revision, lease };
}

/** Those after a revision, oldest first. */
export function* changesAfter(state: KeyValueState, after: number): Generator<KeyValueChange, void> {
  for (const change of state.changes.after(after)) {
    const { key, revision } = change;
    if ('value' in change) yield { kind: 'put', key, value: change.value, revision };
    else yield { kind: 'delete', key, revision };
  }
}

export function put(
  state: KeyValueState,
  { key, value, lease }: { readonly key: string; readonly value: unknown; readonly lease?: number | undefined },
  bytes: number,
): number {
  const revision = ++state.revision;
  const old = state.entries.get(key);
  if (old === undefined) state.keys.add(key);
  else if (old.lease !== null) state.leases.get(old.lease)?.keys.delete(key);
  if (lease !== undefined) state.leases.get(lease)?.keys.add(key);
  state.bytes += bytes - (old?.bytes ?? 0);
  const entry: StoredEntry = { key, value, revision, lease: lease ?? null, bytes };
  state.entries.set(key, entry);
  state.changes.add(entry);
  return revision;
}

/** @returns null where there was none */
export function remove(state: KeyValueState, key: string): number | null {
  const old = state.entries.get(key);
  if (old === undefined) return null;
  const revision = ++state.revision;
  state.entries.delete(key);
  state.keys.delete(key);
  state.bytes -= old.bytes;
  if (old.lease !== null) state.leases.get(old.lease)?.keys.delete(key);
  state.changes.add({ key, revision, bytes: sizeOf(key, 0) });
  return revision;
}

export function endLease(state: KeyValueState, { id, keys }: Lease): void {
  for (const key of [...keys].sort(compareIds)) remove(state, key);
  state.leases.delete(id);
}

/** What a key and a value take: a map's and a block's places for each, roughly. */
export const ENTRY_BYTES = 64;
export const sizeOf = (key: string, valueBytes: number): number => ENTRY_BYTES + key.length + valueBytes;

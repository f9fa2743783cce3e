/** All of a key-value machine as bytes, and back: equal states give equal bytes. */
import type { Ticks } from '@troupe/protocol';
import {
  changesAfter,
  emptyStore,
  entryOf,
  type KeyValueLimits,
  type KeyValueState,
  sizeOf,
} from './key-value-state.ts';
import type { KeyValueChange, KeyValueEntry } from './key-value-types.ts';
import { LeaseTable } from './lease-table.ts';
import { OrderedKeys } from './ordered-keys.ts';
import { malformed, plainFromBytes, plainSize, plainToBytes } from './plain-bytes.ts';

const FORMAT = 'key-value 2';

export function snapshotOf(state: KeyValueState): Uint8Array {
  return plainToBytes([
    FORMAT,
    state.revision,
    [...state.keys.from('')].map((key) => {
      const { value, revision, lease } = entryOf(state, key) as KeyValueEntry;
      return [key, value, revision, lease];
    }),
    [state.leases.granted, state.leases.all().map(({ id, ticks, expiresAt }) => [id, ticks, expiresAt])],
    [state.changes.forgotten, Array.from(changesAfter(state, 0), rowOf)],
  ]);
}

type Snapshot = readonly [
  format: string,
  revision: number,
  entries: readonly [key: string, value: unknown, revision: number, lease: number | null][],
  leases: readonly [granted: number, leases: readonly [id: number, ticks: Ticks, expiresAt: Ticks][]],
  changes: readonly [forgotten: number, changes: readonly ChangeRow[]],
];

export function restored(data: Uint8Array, limits: KeyValueLimits): KeyValueState {
  const snapshot = plainFromBytes(data) as Snapshot;
  if (snapshot[0] !== FORMAT) throw malformed(`'${FORMAT}'`, snapshot[0]);
  const [, revision, entries, [granted, leases], [forgotten, changes]] = snapshot;
  const keys = OrderedKeys.of(entries.map(([key]) => key));
  const state = emptyStore(limits, revision, forgotten, new LeaseTable(granted), keys);
  for (const [id, ticks, expiresAt] of leases) state.leases.add(id, ticks, expiresAt);
  for (const [key, value, changedAt, lease] of entries) {
    const bytes = sizeOf(key, plainSize(value) ?? 0);
    state.bytes += bytes;
    state.entries.set(key, { key, value, revision: changedAt, lease, bytes });
    if (lease !== null) state.leases.get(lease)?.keys.add(key);
  }
  for (const [changedAt, key, ...values] of changes) {
    if (values.length === 0) state.changes.add({ key, revision: changedAt, bytes: sizeOf(key, 0) });
    else {
      const [value] = values;
      const bytes = sizeOf(key, plainSize(value) ?? 0);
      state.changes.add({ key, value, revision: changedAt, lease: null, bytes });
    }
  }
  return state;
}

/** Without a value: a delete. */
type ChangeRow = readonly [revision: number, key: string, ...values: unknown[]];

function rowOf(change: KeyValueChange): ChangeRow {
  const { revision, key } = change;
  return change.kind === 'put' ? [revision, key, change.value] : [revision, key];
}

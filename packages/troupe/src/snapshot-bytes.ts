/** Snapshots as bytes, for files: of systems of actors, and of cores. */

import * as util from 'node:util';
import { mustBeRecorded, mustBeSnapshot, recordedOf, relocated, type SystemSnapshot, snapshotOf } from '@troupe/actors';
import { valueInspector } from '@troupe/codec';
import { type GlobalSnapshot, openSnapshot, sealSnapshot } from '@troupe/snapshot';

const inspector = valueInspector(util);

/** @throws TROUPE_SNAPSHOT_INVALID, TROUPE_VALUE_REFUSED */
export function encodeSnapshot(snapshot: SystemSnapshot | GlobalSnapshot): Uint8Array {
  if (typeof snapshot === 'object' && snapshot !== null && !('kind' in snapshot))
    return sealSnapshot(snapshot, 'cores', inspector);
  return sealSnapshot(recordedOf(snapshot, inspector), 'system', inspector);
}

/** Of a system of actors. @throws TROUPE_SNAPSHOT_BYTES, TROUPE_SNAPSHOT_INVALID */
export function decodeSnapshot(bytes: Uint8Array): SystemSnapshot {
  return mustBeSnapshot(snapshotOf(mustBeRecorded(openSnapshot(bytes, 'system'))));
}

/** Of cores: what is in it is for the core to judge that is restored from it. @throws TROUPE_SNAPSHOT_BYTES */
export function decodeGlobalSnapshot<State = unknown, Message = unknown>(
  bytes: Uint8Array,
): GlobalSnapshot<State, Message> {
  return openSnapshot(bytes, 'cores') as GlobalSnapshot<State, Message>;
}

/**
 * The same snapshot with modules that stand elsewhere now, as where it is restored on another machine:
 * `relocateSnapshot(snapshot, (url) => url.replace('/app-1/', '/app-2/'))`.
 *
 * @throws TROUPE_SNAPSHOT_INVALID, TROUPE_VALUE_REFUSED, TROUPE_OPTION_INVALID
 */
export function relocateSnapshot(snapshot: SystemSnapshot, moved: (url: string) => string): SystemSnapshot {
  return relocated(snapshot, moved, inspector);
}

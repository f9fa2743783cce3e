export { SNAPSHOT_ERRORS, type SnapshotErrorCode } from './errors.ts';
export {
  type ChannelSnapshot,
  type CoreSnapshot,
  type GlobalSnapshot,
  isConsistentCut,
  type LocalSnapshot,
  messagesInFlight,
  SNAPSHOT_VERSION,
} from './global-snapshot.ts';
export type { AbortReason, SnapshotMessage } from './messages.ts';
export { openSnapshot, type SnapshotForm, sealSnapshot } from './snapshot-bytes.ts';
export {
  ENDED_MAX,
  IN_FLIGHT_MAX,
  SNAPSHOT_DEFAULTS,
  SNAPSHOTS_MAX,
  type SnapshotOptions,
  type SnapshotReply,
  type SnapshotState,
  type TakeSnapshot,
  type WithSnapshots,
} from './state.ts';
export type { ChannelEnds } from './topology.ts';
export { type HasAllState, withSnapshots } from './with-snapshots.ts';

/** Raft: the core and its machines, and clusters of it on the nodes of a system. `import * as raft from 'troupe/raft'`. */

export * from '@troupe/raft';
export { type Backup, readBackup, restore } from './backup.ts';
export { type BootstrapOptions, bootstrap } from './bootstrap.ts';
export type { RequestOptions } from './client/dispatcher.ts';
export type { RaftEvent } from './client/listener.ts';
export { defineRaft, type RaftDefinition, type RaftSettings } from './define-raft.ts';
export { RAFT_HOST_ERRORS, type RaftErrorCode } from './errors.ts';
export type { RaftHandle, ReadOptions } from './handle.ts';
export {
  type KeyRange,
  type KeyValueHandle,
  KeyValueStore,
  type PutOptions,
  type WatchOptions,
} from './key-value-store.ts';
export { inspectStore, type RecoverOptions, recover, type StoreSummary } from './recover.ts';
export { type NodesOption, type StartOptions, type StorageOption, start } from './start.ts';
export type { OpenVolume } from './store/places.ts';

export { STORAGE_ERRORS, type StorageErrorCode } from './errors.ts';
export { restoreVolume } from './lmdb/copy-volume.ts';
export { openVolume, type VolumeOptions } from './lmdb/open-volume.ts';
export { MemoryDisk, type MemoryDiskOptions, type SyncFault } from './memory/memory-disk.ts';
export {
  type BlobChunk,
  type BlobStatus,
  type LogStore,
  type RestoreOptions,
  type StoreBatch,
  VOLUME_BOUNDS,
  type Volume,
  type VolumeBounds,
} from './store.ts';

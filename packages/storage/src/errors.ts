import { type ErrorCode, TroupeError } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const STORAGE_ERRORS = {
  TROUPE_STORAGE_MISSING:
    'There is no volume at the path, or no store of that name in it, and none is made unasked: a disk that is gone must not look like a fresh start. Check the path and the mount; make a new one with create: true only where nothing was promised yet.',
  TROUPE_STORAGE_EXISTS:
    'There is something already where a new volume or store was to be made, or a backup restored. Open what is there, or move it away first.',
  TROUPE_STORAGE_OWNER:
    'The volume belongs to another owner (another member, or another cluster). Give each member its own path; data has both names.',
  TROUPE_STORAGE_VERSION:
    'The volume was written in a format that this version does not read. Open it with the version that wrote it, and carry it over by a backup.',
  TROUPE_STORAGE_CORRUPT:
    'What is on the disk is not what was written: a checksum, a page or the order of the log is wrong. The message says where. Keep the files, restore the last backup, or let the member join anew from its peers.',
  TROUPE_STORAGE_TRUNCATED:
    'The file of the volume ends before what it refers to. It was cut, or its disk lost writes that were synced. Keep the files, restore the last backup, or let the member join anew from its peers.',
  TROUPE_STORAGE_LOCKED:
    'Another live process has the volume open; data.process is its id. End that process, or give this one a path of its own.',
  TROUPE_STORAGE_REVOKED:
    'The volume, or the store, was opened anew elsewhere in this process, which ended this handle: its later writes have no effect. Close the older user before the newer opens.',
  TROUPE_STORAGE_CLOSED: 'A handle was used after it was closed. Open the store again.',
  TROUPE_STORAGE_FULL:
    'The disk is full, or a quota is used up. Nothing written was lost from memory: make room and call sync() again.',
  TROUPE_STORAGE_FAILED:
    'The disk refused a write, a read or a sync, so it is not known what of the unsynced batches survives. The handle is of no more use: open the volume again, and look at the disk.',
  TROUPE_STORAGE_OVERLOADED:
    'More was written without a sync than the named bound allows. Await sync() now and then; if it does not settle, the disk has stalled.',
  TROUPE_STORAGE_BATCH:
    'A batch was refused as a whole: a gap in the log, an index below its first, a name or a size out of range. Correct the batch; the message names the part.',
} as const satisfies Readonly<Record<ErrorCode, string>>;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;

export function storageError(
  code: StorageErrorCode,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): TroupeError {
  return new TroupeError(code, message, cause === undefined ? { data } : { data, cause });
}

/** Refusals that every volume words alike. */

import type { TroupeError } from '@troupe/protocol';
import { type StorageErrorCode, storageError } from './errors.ts';

export function volumeMissing(path: string): TroupeError {
  return storageError(
    'TROUPE_STORAGE_MISSING',
    `Expected a volume at ${path}, got none. Check the path and the mount; only a member that has promised nothing yet may start with create: true.`,
    { path },
  );
}

export function volumeExists(path: string): TroupeError {
  return storageError(
    'TROUPE_STORAGE_EXISTS',
    `Expected nothing at ${path}, got something. Open it without create, or move it away.`,
    { path },
  );
}

export function storeMissing(path: string, store: string): TroupeError {
  return storageError(
    'TROUPE_STORAGE_MISSING',
    `Expected store ${store} in the volume at ${path}, got none of that name. Correct the name, or make it with create: true.`,
    { path, store },
  );
}

export function storeExists(path: string, store: string): TroupeError {
  return storageError(
    'TROUPE_STORAGE_EXISTS',
    `Expected no store ${store} in the volume at ${path} yet, got one. Open it without create.`,
    { path, store },
  );
}

export function foreignOwner(path: string, expected: string, owner: string): TroupeError {
  return storageError(
    'TROUPE_STORAGE_OWNER',
    `Expected the volume of ${expected} at ${path}, got the one of ${owner}. Give each member a path of its own.`,
    { path, expected, owner },
  );
}

export function diskFull(path: string, cause?: unknown): TroupeError {
  return storageError(
    'TROUPE_STORAGE_FULL',
    `Expected room on the disk of ${path}, got none. Nothing was lost: make room, then try again.`,
    { path },
    cause,
  );
}

export function diskFailed(path: string, cause?: unknown): TroupeError {
  return storageError(
    'TROUPE_STORAGE_FAILED',
    `Expected the disk of ${path} to keep what it is given, got a failure${cause === undefined ? '' : `: ${String(cause)}`}. Look at the disk, then open the volume again.`,
    { path },
    cause,
  );
}

export function volumeEnded(path: string, code: StorageErrorCode): TroupeError {
  return storageError(code, `Expected an open volume, got ${path} after ${ENDS[code] ?? 'its end'}. Open it again.`, {
    path,
  });
}

const ENDS: Partial<Record<StorageErrorCode, string>> = {
  TROUPE_STORAGE_CLOSED: 'close()',
  TROUPE_STORAGE_REVOKED: 'it was opened anew',
  TROUPE_STORAGE_FAILED: 'its disk failed',
};

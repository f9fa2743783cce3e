/** A backup: all that a machine held at an index, in one file that says so, with a checksum. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { plainFromBytes } from '@troupe/raft';
import { type BootstrapOptions, bootstrapFrom } from './bootstrap.ts';
import { raftError } from './errors.ts';

export const BACKUP_FORMAT = 'troupe raft backup 1';
const CHECKSUM_BYTES = 32;

export interface Backup {
  readonly format: typeof BACKUP_FORMAT;
  /** Whose it was. */
  readonly cluster: string;
  /** Of the last command in it. */
  readonly index: number;
  /** Log time of that. */
  readonly time: number;
  readonly data: Uint8Array;
}

/**
 * Bootstraps a new cluster, under a name of its own, with what a backup holds. Start it with the same machine.
 *
 * @throws (rejects) TROUPE_RAFT_BACKUP_MALFORMED, TROUPE_RAFT_STORE_EXISTS
 */
export async function restore(file: string, options: BootstrapOptions): Promise<void> {
  await bootstrapFrom(await readBackup(file), options);
}

/** @throws (rejects) TROUPE_RAFT_BACKUP_MALFORMED */
export async function readBackup(file: string): Promise<Backup> {
  const bytes = await readFile(file);
  const content = bytes.subarray(CHECKSUM_BYTES);
  if (!checksum(content).equals(bytes.subarray(0, CHECKSUM_BYTES)))
    throw malformedBackup(file, 'a checksum that fits its content', 'another');
  const backup = plainFromBytes(content) as Backup;
  if (backup.format !== BACKUP_FORMAT) throw malformedBackup(file, `'${BACKUP_FORMAT}'`, backup.format);
  return backup;
}

export function withChecksum(content: Uint8Array): Uint8Array {
  return Buffer.concat([checksum(content), content]);
}

function checksum(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

function malformedBackup(file: string, expected: string, got: unknown): Error {
  return raftError(
    'TROUPE_RAFT_BACKUP_MALFORMED',
    `Expected ${expected} in the backup ${file}, got ${String(got)}. Take another; nothing was written.`,
    { file },
  );
}

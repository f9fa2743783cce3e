/** What a case of the suite of volumes is given, and what cases share. */

import { rejects, strictEqual } from 'node:assert';
import type { StorageErrorCode } from '../errors.ts';
import type { LogStore, RestoreOptions, Volume } from '../store.ts';

export interface VolumeHarness {
  /** A path where nothing is. */
  freshPath(): string;
  open(path: string, options: { readonly owner: string; readonly create?: boolean }): Volume | Promise<Volume>;
  restore(options: RestoreOptions): void | Promise<void>;
}

export interface VolumeCase {
  readonly name: string;
  run(harness: VolumeHarness): Promise<void>;
}

export const OWNER = 'cluster/n1';

export async function made(harness: VolumeHarness): Promise<{ path: string; volume: Volume; store: LogStore }> {
  const path = harness.freshPath();
  const volume = await harness.open(path, { owner: OWNER, create: true });
  const store = volume.open('log', { create: true });
  await volume.sync();
  return { path, volume, store };
}

export async function refuses(use: () => unknown, expected: StorageErrorCode): Promise<void> {
  await rejects(async () => use(), code(expected));
}

export function code(expected: StorageErrorCode): (error: unknown) => boolean {
  return (error) => {
    strictEqual((error as { code?: string }).code, expected, String(error));
    return true;
  };
}

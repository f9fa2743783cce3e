/** Where members keep their stores: each a volume of its own, named after the member, below the cluster's directory. */
import { join } from 'node:path';
import type { NodeId } from '@troupe/protocol';
import { isTroupeError } from '@troupe/protocol';
import { openVolume, type Volume } from '@troupe/storage';
import { raftError } from '../errors.ts';

export interface Place {
  readonly path: string;
  readonly cluster: string;
  readonly self: NodeId;
}

/** Opens what is at a place, or with `create` makes it: LMDB's volumes, or a test's own. */
export type OpenVolume = (options: {
  readonly path: string;
  readonly owner: string;
  readonly create?: boolean;
}) => Volume | Promise<Volume>;

export function placeOf(directory: string, cluster: string, self: NodeId): Place {
  return { path: join(directory, self), cluster, self };
}

/** @throws TROUPE_RAFT_STORE_MISSING, TROUPE_RAFT_STORE_EXISTS, TROUPE_RAFT_FOREIGN_STORE; others of TROUPE_STORAGE as they are */
export async function openPlace(
  { path, cluster, self }: Place,
  create: boolean,
  open: OpenVolume = openVolume,
): Promise<Volume> {
  const owner = `${cluster}/${self}`;
  try {
    return await open({ path, owner, ...(create && { create }) });
  } catch (error) {
    if (isTroupeError(error, 'TROUPE_STORAGE_MISSING'))
      throw raftError(
        'TROUPE_RAFT_STORE_MISSING',
        `Expected the store of ${self} at ${path}, got none. A new cluster is bootstrapped once, before it is started; a new member joins by handle.join. If it was there before, check the path and the mount: it is not replaced by an empty one.`,
        { path, cluster, self },
        error,
      );
    if (isTroupeError(error, 'TROUPE_STORAGE_EXISTS'))
      throw raftError(
        'TROUPE_RAFT_STORE_EXISTS',
        `Expected nothing at ${path}, where the store of ${self} was to be made, got something. A cluster that has been bootstrapped is started.`,
        { path, cluster, self },
        error,
      );
    if (isTroupeError(error, 'TROUPE_STORAGE_OWNER'))
      throw raftError(
        'TROUPE_RAFT_FOREIGN_STORE',
        `Expected the store of ${self} of the cluster ${cluster} at ${path}, got that of ${String(error.data['owner'])}. Give each cluster a directory of its own.`,
        { path, expected: owner, got: error.data['owner'] },
        error,
      );
    throw error;
  }
}

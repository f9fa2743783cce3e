/**
 * A member's storage on a disk. What is persisted while a sync is under way makes the next group, so one sync serves many
 * commands. A disk that is full is tried again; after any other failure the volume is opened anew: what of the failed
 * writes survived is then known, and records that build on what did not are of no effect.
 */
import type { CoreStorage } from '@troupe/actors';
import { isTroupeError } from '@troupe/protocol';
import type { RaftRecord } from '@troupe/raft';
import type { LogStore, Volume } from '@troupe/storage';
import { raftError } from '../errors.ts';
import type { RaftMember } from '../member.ts';
import { type OpenVolume, openPlace, type Place } from './places.ts';
import { RaftStore, STORE_NAME } from './raft-store.ts';

export function diskStorage(place: Place, open: OpenVolume | undefined): CoreStorage<RaftMember> {
  let isOver = false;
  let opened: { readonly volume: Volume; readonly store: LogStore; readonly records: RaftStore } | undefined;

  const openStore = async () => {
    const volume = await openPlace(place, false, open);
    try {
      // It ended while its volume was being opened anew: the next incarnation is to find it closed.
      if (isOver)
        throw raftError('TROUPE_RAFT_CLOSED', `Expected ${place.self} to go on, got its end. Start it again.`);
      const store = volume.open(STORE_NAME);
      opened = { volume, store, records: new RaftStore(store) };
      return opened;
    } catch (error) {
      await volume.close();
      throw error;
    }
  };

  return {
    lifetime: 'disk',
    async load() {
      const { records, volume } = await openStore();
      try {
        const durable = records.load();
        const { cluster, self } = durable;
        if (cluster !== place.cluster || self !== place.self)
          throw raftError(
            'TROUPE_RAFT_FOREIGN_STORE',
            `Expected the store of ${place.self} of the cluster ${place.cluster} at ${place.path}, got that of ${self} of ${cluster}. Give each cluster a directory of its own.`,
            { path: place.path, expected: `${place.cluster}/${place.self}`, got: `${cluster}/${self}` },
          );
        return durable;
      } catch (error) {
        await volume.close();
        throw error;
      }
    },
    async append(group: readonly RaftRecord[]) {
      const { store, records } = opened ?? (await openStore());
      try {
        for (const record of group) records.write(record);
        await store.sync();
      } catch (error) {
        if (!isTroupeError(error, 'TROUPE_STORAGE_FULL')) await giveUp();
        throw error;
      }
    },
    async close() {
      isOver = true;
      await opened?.volume.close();
    },
  };

  async function giveUp(): Promise<void> {
    const former = opened;
    opened = undefined;
    await former?.volume.close().catch(() => {});
  }
}

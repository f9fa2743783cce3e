/** What the members of the benchmark's clusters run, with a clock on their disks. */

import { openVolume } from '@troupe/storage';
import { defineActor } from 'troupe';
import { defineRaft, keyValue, type OpenVolume } from 'troupe/raft';
import { ELECTION_TIMEOUT_MILLISECONDS, HEARTBEAT_MILLISECONDS } from '../workloads/raft.ts';

/** Of this thread's volumes: for how long a sync was under way. */
let syncMilliseconds = 0;

const timedVolume: OpenVolume = async (options) => {
  const volume = await openVolume(options);
  const sync = volume.sync.bind(volume);
  let started: number | undefined;
  let underWay = 0;
  const end = () => {
    if (--underWay > 0 || started === undefined) return;
    syncMilliseconds += performance.now() - started;
    started = undefined;
  };
  volume.sync = () => {
    started ??= performance.now();
    underWay++;
    const synced = sync();
    synced.then(end, end);
    return synced;
  };
  return volume;
};

const raft = {
  electionTimeoutTicks: ELECTION_TIMEOUT_MILLISECONDS as never,
  heartbeatTicks: HEARTBEAT_MILLISECONDS as never,
};

export const BenchStore = defineRaft(import.meta, 'BenchStore', keyValue(), { raft, openVolume: timedVolume });

/** Keeps its node from doing anything else. */
export const Hog = defineActor(import.meta, 'Hog', {
  init: () => ({}),
  on: {
    hang(_state, milliseconds: number) {
      const until = performance.now() + milliseconds;
      while (performance.now() < until);
    },
  },
});

/** Asked on a member's node. */
export const SyncClock = defineActor(import.meta, 'SyncClock', {
  init: () => ({}),
  on: { milliseconds: () => syncMilliseconds },
});

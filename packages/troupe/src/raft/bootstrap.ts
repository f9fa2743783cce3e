/**
 * The beginning of a cluster on disk: an act of its own, done once. It makes the members' stores and says in each who the
 * first voters are. A start then finds them; it never makes any.
 */
import { type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import { configurationOf, type LogIndex, type Term } from '@troupe/raft';
import type { Backup } from './backup.ts';
import { type OpenVolume, openPlace, type Place, placeOf } from './store/places.ts';
import { RaftStore, STORE_NAME } from './store/raft-store.ts';

export interface BootstrapOptions {
  readonly cluster: string;
  /** The first voters. */
  readonly nodes: readonly string[];
  readonly directory: string;
  /** As in the settings of `defineRaft`. */
  readonly openVolume?: OpenVolume;
}

/**
 * Makes the stores of a new cluster.
 *
 * @throws (rejects) TROUPE_RAFT_STORE_EXISTS where a member has one already: then the cluster has been bootstrapped, or part
 * of it was before a crash: of a cluster that was never started, remove the directory and bootstrap again
 */
export async function bootstrap({ cluster, nodes, directory, openVolume }: BootstrapOptions): Promise<void> {
  const voters = nodes.map(nodeId);
  for (const self of voters) await writeIdentity(placeOf(directory, cluster, self), voters, openVolume);
}

/** Makes the stores of a new cluster whose machine begins with what a backup holds. */
export async function bootstrapFrom(
  backup: Backup,
  { cluster, nodes, directory, openVolume }: BootstrapOptions,
): Promise<void> {
  const voters = nodes.map(nodeId);
  for (const self of voters)
    await makeStore(placeOf(directory, cluster, self), voters, openVolume, (store) => {
      const { index, time, data } = backup;
      const lastIncludedIndex = Math.max(index, 1) as LogIndex;
      const configuration = configurationOf(voters);
      store.write({ kind: 'hard-state', term: FIRST_TERM, vote: null });
      store.write({
        kind: 'log-snapshot',
        snapshot: { lastIncludedIndex, lastIncludedTerm: FIRST_TERM, time: time as Ticks, configuration, data },
      });
    });
}

const FIRST_TERM = 1 as Term;

/** Makes a store: of one of the first voters, or with none of a member that waits to be added. */
export async function writeIdentity(
  place: Place,
  voters: readonly NodeId[],
  open: OpenVolume | undefined,
): Promise<void> {
  await makeStore(place, voters, open, () => {});
}

export async function makeStore(
  place: Place,
  voters: readonly NodeId[],
  open: OpenVolume | undefined,
  fill: (store: RaftStore) => void,
): Promise<void> {
  const volume = await openPlace(place, true, open);
  try {
    const store = new RaftStore(volume.open(STORE_NAME, { create: true }));
    const { cluster, self } = place;
    store.write({ kind: 'identity', cluster, self, bootstrap: configurationOf(voters) });
    fill(store);
    await volume.sync();
  } finally {
    await volume.close();
  }
}

/**
 * Recovery from a lost quorum: when the disks of a majority are gone for good, one survivor's log becomes the beginning of
 * a new cluster of which it is the only voter. It is not Raft's doing, and breaks its promise: what a lost majority
 * had acknowledged, and this survivor never got, is gone. So it says what it found, and wants the loss accepted.
 *
 * The old store is read and stays as it is. The new one is under another name, so that no old member, should it come back
 * after all, is taken for one of the new cluster.
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { nodeId } from '@troupe/protocol';
import { configurationOf, type Entry, type LogIndex, type RaftDurable, type Term } from '@troupe/raft';
import { makeStore } from './bootstrap.ts';
import { raftError } from './errors.ts';
import { type OpenVolume, openPlace, placeOf } from './store/places.ts';
import { RaftStore, STORE_NAME } from './store/raft-store.ts';

export interface RecoverOptions {
  /** Of the cluster whose quorum is lost. */
  readonly directory: string;
  readonly cluster: string;
  /** Whose log to go on from. Of several survivors, the one whose last term, then last index, is highest. */
  readonly survivor: string;
  /** The new cluster's name and directory. */
  readonly newCluster: string;
  readonly newDirectory: string;
  /** That acknowledged commands may be lost. */
  readonly acceptLoss: boolean;
  readonly openVolume?: OpenVolume;
}

/** What a store holds, as far as it can be told without its peers. */
export interface StoreSummary {
  readonly cluster: string;
  readonly self: NodeId;
  readonly term: Term;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly snapshotIndex: LogIndex;
}

/**
 * Makes the store of a new cluster of one out of a survivor's. Start it, then `join` others to it.
 *
 * @throws (rejects) TROUPE_RAFT_LOSS_NOT_ACCEPTED, TROUPE_RAFT_ROLE of a witness, TROUPE_RAFT_STORE_EXISTS; as `inspectStore`
 */
export async function recover(options: RecoverOptions): Promise<StoreSummary> {
  const { directory, cluster, survivor, newCluster, newDirectory, acceptLoss, openVolume } = options;
  const durable = await readStore(directory, cluster, survivor, openVolume);
  const found = summaryOf(durable);
  if (isOfWitness(durable))
    throw raftError(
      'TROUPE_RAFT_ROLE',
      `Expected the store of a member that keeps commands, got that of the witness ${survivor}. Take another survivor, or restore a backup.`,
      { node: survivor },
    );
  if (!acceptLoss)
    throw raftError(
      'TROUPE_RAFT_LOSS_NOT_ACCEPTED',
      `Expected the loss to be accepted, got no word of it. ${survivor} has entries up to ${found.lastIndex} (term ${found.lastTerm}); what others had beyond them is lost, and entries of it that were never committed become so.`,
      { ...found },
    );
  const self = nodeId(survivor);
  const term = (Math.max(durable.term, found.lastTerm) + 1) as Term;
  const time = (durable.entries.at(-1)?.time ?? durable.snapshot?.time ?? 0) as Ticks;
  await makeStore(placeOf(newDirectory, newCluster, self), [self], openVolume, (store) => {
    store.write({ kind: 'hard-state', term, vote: null });
    if (durable.snapshot !== null) store.write({ kind: 'log-snapshot', snapshot: durable.snapshot });
    const first = (durable.snapshot?.lastIncludedIndex ?? 0) + 1;
    const previousTerm = durable.snapshot?.lastIncludedTerm ?? (0 as Term);
    // It counts from the moment that it is in the log: whoever is in it alone elects itself.
    const alone: Entry = { kind: 'configuration', term, time, bytes: 0, data: configurationOf([self]) };
    store.write({ kind: 'append', index: first as LogIndex, previousTerm, entries: [...durable.entries, alone] });
  });
  return found;
}

/** @throws (rejects) TROUPE_RAFT_STORE_MISSING, TROUPE_RAFT_FOREIGN_STORE, TROUPE_RAFT_STORE_DAMAGED, TROUPE_STORAGE_… */
export async function inspectStore(
  directory: string,
  cluster: string,
  self: string,
  openVolume?: OpenVolume,
): Promise<StoreSummary> {
  return summaryOf(await readStore(directory, cluster, self, openVolume));
}

async function readStore(
  directory: string,
  cluster: string,
  self: string,
  open: OpenVolume | undefined,
): Promise<RaftDurable> {
  const volume = await openPlace(placeOf(directory, cluster, nodeId(self)), false, open);
  try {
    return new RaftStore(volume.open(STORE_NAME)).load();
  } finally {
    await volume.close();
  }
}

/** It has places of commands, and not what they say. */
function isOfWitness({ snapshot, entries }: RaftDurable): boolean {
  return snapshot?.data.length === 0 || entries.some(({ kind, bytes }) => kind === 'command' && bytes === 0);
}

function summaryOf({ cluster, self, term, snapshot, entries }: RaftDurable): StoreSummary {
  const snapshotIndex = snapshot?.lastIncludedIndex ?? (0 as LogIndex);
  return {
    cluster,
    self,
    term,
    lastIndex: (snapshotIndex + entries.length) as LogIndex,
    lastTerm: entries.at(-1)?.term ?? snapshot?.lastIncludedTerm ?? (0 as Term),
    snapshotIndex,
  };
}

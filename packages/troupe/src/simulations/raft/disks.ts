/** What members have on their disks: what they would find if they crashed now. */
import type { NodeId } from '@troupe/protocol';
import { jointCommittedIndex } from '@troupe/quorum';
import type { Configuration, Raft } from '@troupe/raft';
import type { NodeView } from '@troupe/sim';

type Nodes = readonly NodeView<Raft>[];

/** Whether a quorum has voted for this one in that term, or has gone on to a later one since. */
export function hasVotes({ voters, outgoing }: Configuration, id: NodeId, term: number, nodes: Nodes): boolean {
  return isQuorum(voters, outgoing, (voter) => {
    const durable = durableOf(voter, nodes);
    return durable !== undefined && (durable.term > term || (durable.term === term && durable.vote === id));
  });
}

/** Whether a quorum has that entry; of witnesses only where they count. */
export function isOnDisks(
  { voters, outgoing, witnesses }: Configuration,
  { index, term }: { readonly index: number; readonly term: number | undefined },
  nodes: Nodes,
  withWitnesses = true,
): boolean {
  return isQuorum(
    voters,
    outgoing,
    (voter) => (withWitnesses || !witnesses.includes(voter)) && hasDurably(durableOf(voter, nodes), index, term),
  );
}

/** Whether it would have that entry if it crashed now, or a log snapshot of it. */
export function hasDurably(durable: Raft['Durable'] | undefined, index: number, term: number | undefined): boolean {
  if (durable === undefined) return false;
  const { snapshot, entries } = durable;
  const base = snapshot?.lastIncludedIndex ?? 0;
  return index <= base || entries[index - base - 1]?.term === term;
}

export function durableOf(id: NodeId, nodes: Nodes): Raft['Durable'] | undefined {
  return nodes.find((node) => node.id === id)?.durable;
}

function isQuorum(voters: readonly NodeId[], outgoing: readonly NodeId[], counts: (voter: NodeId) => boolean): boolean {
  return jointCommittedIndex(voters, outgoing, (voter) => (counts(voter) ? 1 : 0)) >= 1;
}

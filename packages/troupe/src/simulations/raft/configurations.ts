/** Which configuration counts at a member, and which may follow which: as the papers have it, whatever members believe. */
import type { NodeId } from '@troupe/protocol';
import type { Configuration, Entry, RaftState } from '@troupe/raft';

/** The last in the log, committed or not: what the thesis says counts, whatever the member takes for it. */
export function configurationInLog({ durable, volatile, bootstrap }: RaftState): Configuration {
  const { entries } = durable.log;
  for (let at = entries.length - 1; at >= 0; at--) {
    const entry = entries[at] as Entry;
    if (entry.kind === 'configuration') return entry.data;
  }
  return durable.snapshot?.configuration ?? volatile.configurations[0]?.configuration ?? bootstrap;
}

export function isVoter(state: RaftState, id: NodeId): boolean {
  const { voters, outgoing } = configurationInLog(state);
  return voters.includes(id) || outgoing.includes(id);
}

/** One voter more or less, into a joint configuration, or out of it. */
export function mayFollow(before: Configuration, after: Configuration): boolean {
  const equal = (some: readonly NodeId[], more: readonly NodeId[]) => some.join() === more.join();
  if (before.outgoing.length > 0) return after.outgoing.length === 0 && equal(before.voters, after.voters);
  if (after.outgoing.length > 0) return equal(before.voters, after.outgoing);
  const gone = before.voters.filter((node) => !after.voters.includes(node)).length;
  const come = after.voters.filter((node) => !before.voters.includes(node)).length;
  return gone + come <= 1;
}

/** What a run has to come to, now and then, to show anything: told from how members change from event to event. */
import type { NodeId } from '@troupe/protocol';
import type { Raft, RaftState } from '@troupe/raft';
import type { NodeView } from '@troupe/sim';
import { isVoter } from './configurations.ts';

interface Seen {
  readonly state: RaftState;
  readonly role: string;
  readonly term: number;
  readonly hasFailed: boolean;
  readonly incoming: Incoming | null;
}

/** A log snapshot that comes in chunks, and whose the first of them was. */
interface Incoming {
  readonly of: RaftState['volatile']['incoming'];
  readonly from: NodeId | null;
  readonly received: number;
}

export class Milestones {
  readonly reached = new Set<string>();
  readonly #seen = new Map<NodeId, Seen>();

  look(nodes: readonly NodeView<Raft>[]): void {
    for (const node of nodes) if (node.isUp) this.#lookAt(node);
  }

  #lookAt({ id, state }: NodeView<Raft>): void {
    const { durable, volatile } = state;
    const known = this.#seen.get(id);
    const before = known?.state === state ? known : undefined;
    const incoming = incomingOf(state, before?.incoming ?? null);
    if (before !== undefined) this.#compare(id, state, before, incoming);
    const { role } = volatile;
    this.#seen.set(id, { state, role, term: durable.term, hasFailed: volatile.disk.hasFailed, incoming });
  }

  #compare(id: NodeId, state: RaftState, before: Seen, incoming: Incoming | null): void {
    const { durable, volatile } = state;
    const { reached } = this;
    if (before.role === 'leader' && volatile.role !== 'leader' && before.term === durable.term && isVoter(state, id))
      reached.add('a leader that reaches no quorum steps down');
    if (before.hasFailed && !volatile.disk.hasFailed) reached.add('what a disk refused is written anew');
    const was = before.incoming;
    if (was === null) return;
    const isWhole = incoming === null && durable.snapshot?.lastIncludedIndex === was.of?.lastIncludedIndex;
    const goesOn = isWhole || (incoming?.of === was.of && incoming.received > was.received);
    if (goesOn && was.from !== null && volatile.leader !== null && volatile.leader !== was.from)
      reached.add('a log snapshot that one leader broke off goes on with another');
    if (isWhole && volatile.role === 'learner') reached.add('a learner that lags gets a log snapshot');
  }
}

function incomingOf({ volatile }: RaftState, before: Incoming | null): Incoming | null {
  const { incoming, leader } = volatile;
  if (incoming === null) return null;
  const isSame = before?.of === incoming;
  return { of: incoming, from: isSame ? before.from : leader, received: incoming.received };
}

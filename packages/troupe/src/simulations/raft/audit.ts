/**
 * Holds the members' logs to Raft's own properties (figure 3), event after event. Only what has changed since is looked at:
 * entries are never mutated, so a log whose length, base and last entry are as they were is the same log.
 */
import { fingerprint, type NodeId } from '@troupe/protocol';
import type { Configuration, Entry, Raft, RaftState } from '@troupe/raft';
import type { NodeView } from '@troupe/sim';
import { configurationInLog, mayFollow } from './configurations.ts';
import { durableOf, hasDurably, hasVotes, isOnDisks } from './disks.ts';
import { EntryRegister } from './entry-register.ts';

export const AUDITED_PROPERTIES = [
  'election safety',
  'leader append-only',
  'log matching',
  'leader completeness',
  'state machine safety',
  'what counts is on disk',
  'commits are of the term of their leader',
  'configurations follow one another',
  'nothing goes back',
  'a lease keeps others from office',
] as const;

export type AuditedProperty = (typeof AUDITED_PROPERTIES)[number];

/** What was last seen of an incarnation of a node. */
interface Seen {
  readonly state: RaftState;
  base: number;
  entries: Entry[];
  term: number;
  role: string;
  commitIndex: number;
  lastApplied: number;
  /** Of a leader: how far it took each other member to be. */
  readonly matches: Map<NodeId, number>;
}

interface Committed {
  readonly term: number;
  /** Of the leader that was seen to commit it. */
  readonly in: number;
}

export class LogAudit {
  readonly broken = new Map<AuditedProperty, string>();
  readonly reached = new Set<string>();
  readonly #seen: Seen[] = [];
  readonly #leaders = new Map<number, NodeId>();
  readonly #entries = new EntryRegister();
  readonly #committed: Committed[] = [];
  #configuration: Configuration | undefined;
  readonly #hasPast: boolean;

  /** Without a past it is shown one state alone: what it sees committed may have been so for long. */
  constructor(hasPast = true) {
    this.#hasPast = hasPast;
  }

  look(nodes: readonly NodeView<Raft>[]): void {
    for (let at = 0; at < nodes.length; at++) {
      const node = nodes[at] as NodeView<Raft>;
      if (node.isUp) this.#lookAt(node, this.#seenOf(at, node.state), nodes);
    }
  }

  /** Somebody has just answered by its lease: nobody may lead a later term yet. @paper Ongaro's thesis §6.4.1 */
  lookAtLease(node: NodeId, nodes: readonly NodeView<Raft>[]): void {
    const term = nodes.find(({ id }) => id === node)?.state.durable.term ?? 0;
    const other = nodes.find(
      ({ isUp, state }) => isUp && state.volatile.role === 'leader' && state.durable.term > term,
    );
    if (other !== undefined)
      this.#break(
        'a lease keeps others from office',
        `${node} answers by its lease of term ${term}, and ${other.id} leads term ${other.state.durable.term}`,
      );
  }

  /** Of an incarnation that was not seen yet, nothing is known. */
  #seenOf(at: number, state: RaftState): Seen {
    const known = this.#seen[at];
    if (known?.state === state) return known;
    const matches = new Map<NodeId, number>();
    const seen = { state, base: 0, entries: [], term: 0, role: '', commitIndex: 0, lastApplied: 0, matches };
    this.#seen[at] = seen;
    return seen;
  }

  #lookAt(node: NodeView<Raft>, seen: Seen, nodes: readonly NodeView<Raft>[]): void {
    const { state } = node;
    const { durable, volatile } = state;
    this.#lookAtLog(node, seen);
    if (volatile.role !== 'leader' && seen.role === 'leader') seen.matches.clear();
    const becameLeader = volatile.role === 'leader' && (seen.role !== 'leader' || seen.term !== durable.term);
    if (becameLeader) this.#lookAtLeader(node, nodes);
    this.#lookAtSteps(node, seen);
    if (volatile.commitIndex > seen.commitIndex) this.#lookAtCommits(node, seen.commitIndex, nodes);
    if (state.leadership !== null) this.#lookAtAcknowledgements(node, seen, nodes);
    seen.term = durable.term;
    seen.role = volatile.role;
    seen.commitIndex = volatile.commitIndex;
    seen.lastApplied = volatile.lastApplied;
  }

  /** Terms, commit indices and what is applied. */
  #lookAtSteps({ id, state }: NodeView<Raft>, seen: Seen): void {
    const { durable, volatile } = state;
    if (durable.term < seen.term)
      this.#break('nothing goes back', `${id} went from term ${seen.term} to ${durable.term}`);
    if (volatile.commitIndex < seen.commitIndex)
      this.#break(
        'nothing goes back',
        `the commit index of ${id} went from ${seen.commitIndex} to ${volatile.commitIndex}`,
      );
    if (volatile.lastApplied < seen.lastApplied)
      this.#break('nothing goes back', `${id} had applied ${seen.lastApplied}, and now ${volatile.lastApplied}`);
    if (volatile.lastApplied > volatile.commitIndex)
      this.#break(
        'state machine safety',
        `${id} applied ${volatile.lastApplied}, beyond its commit index ${volatile.commitIndex}`,
      );
  }

  #lookAtLog(node: NodeView<Raft>, seen: Seen): void {
    const { base, entries } = node.state.durable.log;
    const { length } = entries;
    const before = seen.entries;
    if (base.index === seen.base && length === before.length && entries[length - 1] === before[length - 1]) return;
    const shift = base.index - seen.base;
    let from = length;
    while (from > 0 && entries[from - 1] !== before[from - 1 + shift]) from--;
    const oldLast = seen.base + before.length;
    const firstNew = base.index + from + 1;
    if (firstNew <= oldLast) {
      this.reached.add('entries are truncated');
      const { durable, volatile } = node.state;
      if (seen.role === 'leader' && volatile.role === 'leader' && seen.term === durable.term)
        this.#break('leader append-only', `${node.id} leads term ${seen.term}, and gave up its entry ${firstNew}`);
    }
    let previousTerm: number = from === 0 ? base.term : (entries[from - 1] as Entry).term;
    for (let at = from; at < length; at++) {
      const entry = entries[at] as Entry;
      const objection = this.#entries.objectionTo(node, base.index + at + 1, entry, previousTerm);
      if (objection !== undefined) this.#break('log matching', objection);
      if (entry.kind === 'configuration') this.#lookAtChange(node, base.index + at + 1, entry.term);
      previousTerm = entry.term;
    }
    const inForce = node.state.volatile.configurations.at(-1)?.configuration;
    const last = configurationInLog(node.state);
    if (inForce !== last && fingerprint(inForce) !== fingerprint(last))
      this.#break(
        'configurations follow one another',
        `${node.id} goes by ${JSON.stringify(inForce)}, and its log ends with ${JSON.stringify(last)}`,
      );
    seen.base = base.index;
    before.length = 0;
    for (const entry of entries) before.push(entry);
  }

  /** One change after the other; and none before a new leader knows what is committed. */
  #lookAtChange({ id, state }: NodeView<Raft>, index: number, term: number): void {
    const { durable, volatile } = state;
    const { log } = durable;
    if (volatile.role !== 'leader' || term !== durable.term) return;
    const { commitIndex } = volatile;
    const there = commitIndex === log.base.index ? log.base.term : log.entries[commitIndex - log.base.index - 1]?.term;
    if (there !== term)
      this.#break(
        'configurations follow one another',
        `${id} changes members at ${index} before it has committed an entry of term ${term}`,
      );
    for (let at = commitIndex - log.base.index; at < index - log.base.index - 1; at++)
      if (log.entries[at]?.kind === 'configuration')
        this.#break(
          'configurations follow one another',
          `${id} changes members at ${index}, with another change under way`,
        );
  }

  /** It has just taken office: a quorum has voted for it on disk, and whatever was committed before is there. */
  #lookAtLeader({ id, state }: NodeView<Raft>, nodes: readonly NodeView<Raft>[]): void {
    const { term } = state.durable;
    const configuration = configurationInLog(state);
    if (!hasVotes(configuration, id, term, nodes))
      this.#break(
        'what counts is on disk',
        `${id} leads term ${term} without the votes of a quorum of ${configuration.voters} on disk`,
      );
    const known = this.#leaders.get(term);
    if (known !== undefined && known !== id)
      this.#break('election safety', `${id} leads term ${term}, which ${known} has led`);
    this.#leaders.set(term, id);
    if (state.volatile.configurations.at(-1)?.configuration.outgoing.length !== 0 && this.#leaders.size > 1)
      this.reached.add('the leader changes while the configuration is joint');
    for (let index = 1; index < this.#committed.length; index++) this.#demandCommitted(id, state, index);
  }

  #demandCommitted(id: NodeId, state: RaftState, index: number): void {
    const committed = this.#committed[index];
    const { log, term } = state.durable;
    if (committed === undefined || committed.in >= term || index < log.base.index) return;
    const there = index === log.base.index ? log.base.term : log.entries[index - log.base.index - 1]?.term;
    if (there !== committed.term)
      this.#break(
        'leader completeness',
        `${id} leads term ${term} without entry ${index} of term ${committed.term}, which was committed in term ${committed.in}`,
      );
  }

  #lookAtCommits(node: NodeView<Raft>, from: number, nodes: readonly NodeView<Raft>[]): void {
    const { id, state } = node;
    const { durable, volatile } = state;
    const { log } = durable;
    if (volatile.commitIndex > log.base.index + log.entries.length)
      this.#break(
        'state machine safety',
        `${id} takes ${volatile.commitIndex} for committed, beyond the end of its log`,
      );
    const known = this.#committed.length - 1;
    for (let index = Math.max(from, log.base.index) + 1; index <= volatile.commitIndex; index++) {
      const entry = log.entries[index - log.base.index - 1];
      if (entry === undefined) continue;
      const committed = this.#committed[index];
      if (committed === undefined) this.#commit(index, entry, durable.term);
      else if (committed.term !== entry.term)
        this.#break(
          'state machine safety',
          `${id} takes its entry ${index} of term ${entry.term} for committed, another one of term ${committed.term}`,
        );
    }
    if (volatile.commitIndex <= known) return;
    if (volatile.role === 'leader') this.#demandQuorum(node, nodes);
    for (const other of nodes) {
      if (!other.isUp || other.state.volatile.role !== 'leader' || other.state.durable.term <= durable.term) continue;
      for (let index = known + 1; index <= volatile.commitIndex; index++)
        this.#demandCommitted(other.id, other.state, index);
    }
  }

  #commit(index: number, entry: Entry, term: number): void {
    this.#committed[index] = { term: entry.term, in: term };
    if (entry.kind !== 'configuration') return;
    const before = this.#configuration;
    this.#configuration = entry.data;
    if (entry.data.outgoing.length > 0) this.reached.add('a joint configuration is committed');
    if (before !== undefined && !mayFollow(before, entry.data))
      this.#break(
        'configurations follow one another',
        `${JSON.stringify(before)} is followed by ${JSON.stringify(entry.data)}`,
      );
  }

  /** By what is on the disks, whatever members believe. */
  #demandQuorum({ id, state }: NodeView<Raft>, nodes: readonly NodeView<Raft>[]): void {
    const { commitIndex } = state.volatile;
    const { log } = state.durable;
    const configuration = configurationInLog(state);
    const term = commitIndex === log.base.index ? log.base.term : log.entries[commitIndex - log.base.index - 1]?.term;
    if (this.#hasPast && term !== state.durable.term)
      this.#break(
        'commits are of the term of their leader',
        `${id} leads term ${state.durable.term}, and committed ${commitIndex} of term ${term} by counting`,
      );
    const committed = { index: commitIndex, term };
    if (!isOnDisks(configuration, committed, nodes))
      this.#break(
        'what counts is on disk',
        `${id} committed ${commitIndex}, which is not on the disks of a quorum of ${configuration.voters}`,
      );
    if (configuration.witnesses.length > 0 && !isOnDisks(configuration, committed, nodes, false))
      this.reached.add('a witness makes up a quorum');
  }

  /** A member that has not gone on to another term must have on disk what this leader takes for acknowledged. */
  #lookAtAcknowledgements({ id, state }: NodeView<Raft>, { matches }: Seen, nodes: readonly NodeView<Raft>[]): void {
    const { log, term } = state.durable;
    for (const { node, matchIndex } of state.leadership?.peers ?? []) {
      if (matchIndex === (matches.get(node) ?? 0)) continue;
      matches.set(node, matchIndex);
      const durable = durableOf(node, nodes);
      const there = matchIndex <= log.base.index ? undefined : log.entries[matchIndex - log.base.index - 1]?.term;
      if (durable === undefined || durable.term > term || there === undefined) continue;
      if (!hasDurably(durable, matchIndex, there))
        this.#break(
          'what counts is on disk',
          `${id} takes entry ${matchIndex} for acknowledged by ${node}, which has not got it on disk`,
        );
    }
  }

  #break(property: AuditedProperty, what: string): void {
    if (!this.broken.has(property)) this.broken.set(property, what);
  }
}

/**
 * A handle to a running cluster. Requests go to whoever leads, and go again until they are answered or their time is over;
 * commands are applied once, whatever happens on the way. It ends what it has started.
 */
import { writeFile } from 'node:fs/promises';
import type { OwnedRef, Subscription, System } from '@troupe/actors';
import { type NodeId, nodeId } from '@troupe/protocol';
import {
  type Configuration,
  type LogIndex,
  type MembershipChange,
  plainToBytes,
  type RaftReply,
  type RaftRequest,
  type RaftStatus,
  type ReadConsistency,
  type Term,
} from '@troupe/raft';
import { BACKUP_FORMAT, type Backup, withChecksum } from './backup.ts';
import { type RequestOptions, TIMEOUT_DEFAULT } from './client/dispatcher.ts';
import { listensNoMore, type RaftEvent } from './client/listener.ts';
import { type MemberRef, Members, reasonOf } from './client/members.ts';
import { cancelled, Proposer } from './client/proposer.ts';
import { answerOf, Reader } from './client/reader.ts';
import { finalRefusalError, refusalError } from './client/refusals.ts';
import { raftError } from './errors.ts';

const PAUSE_MILLISECONDS = 10;
const STATUS_MILLISECONDS = 1_000;

export interface ReadOptions extends RequestOptions {
  /** Default `read-index`. */
  readonly consistency?: ReadConsistency;
  /** Who is to answer a stale read. Default: any. */
  readonly node?: string;
}

/** What a handle needs to start members, and to end all. */
export interface Cluster {
  readonly system: System;
  readonly name: string;
  /** Makes the store of one that joins, where it has one on a disk, and starts its actor. */
  readonly startMember: (id: NodeId, systemNode: string, isNew: boolean) => Promise<OwnedRef<never>>;
  readonly listener: OwnedRef<never>;
  readonly listenerId: number;
  readonly commandBytesMax: number;
  readonly sessionLifetime: number;
  readonly tickMilliseconds: number;
}

export class RaftHandle<Command, Query, Result, Answer> implements AsyncDisposable {
  readonly cluster: string;
  private readonly parts: Cluster;
  private readonly members = new Members();
  private readonly owned = new Map<NodeId, OwnedRef<never>>();
  private readonly proposer: Proposer;
  private readonly readers = new Map<ReadConsistency, Reader>();
  private readonly watchers = new Set<(event: RaftEvent) => void>();
  private ending: Promise<void> | undefined;

  /** @internal */
  constructor(parts: Cluster) {
    this.parts = parts;
    this.cluster = parts.name;
    this.proposer = new Proposer(this.members, parts);
  }

  /** How long a tick of log time lasts. */
  get tickMilliseconds(): number {
    return this.parts.tickMilliseconds;
  }

  /** Members that this handle has started. */
  get nodes(): readonly NodeId[] {
    return this.members.ids;
  }

  /** Who leads, as far as this handle has heard. */
  get leader(): NodeId | null {
    return this.members.leader;
  }

  /**
   * Has a command applied, once, and gives its result. Commands of one turn go as one request; of those that were not awaited
   * one after the other, the order is not promised.
   *
   * @throws (rejects) TROUPE_RAFT_NO_LEADER, TROUPE_RAFT_OUTCOME_UNKNOWN, TROUPE_RAFT_CANCELLED, TROUPE_RAFT_OVERLOADED,
   * TROUPE_RAFT_COMMAND_TOO_LARGE, TROUPE_RAFT_COMMAND_MALFORMED, TROUPE_RAFT_DISK_FAILED, TROUPE_RAFT_CLOSED
   */
  propose(command: Command, options?: RequestOptions): Promise<Result> {
    return this.proposer.propose(command, options) as Promise<Result>;
  }

  /**
   * Asks the machine. By default linearizable: all that was answered before the call is seen.
   *
   * @throws (rejects) TROUPE_RAFT_NO_LEADER, TROUPE_RAFT_CANCELLED, TROUPE_RAFT_OVERLOADED, TROUPE_RAFT_QUERY_FAILED,
   * TROUPE_RAFT_NO_LEASE, TROUPE_RAFT_MEMBER_UNKNOWN, TROUPE_RAFT_CLOSED
   */
  async read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    const { consistency = 'read-index', node } = options;
    const question = { kind: 'ask', query } as const;
    if (node !== undefined) {
      const request: RaftRequest = { kind: 'read', queries: [question], consistency };
      const reply = await this.askOne(nodeId(node), request, options);
      return answerOf((reply as Extract<RaftReply, { kind: 'read' }>).answers[0] as never) as Answer;
    }
    return answerOf(await this.reader(consistency).read(question, options)) as Answer;
  }

  /** What each member says of itself; of one that can't be asked, the error. */
  async status(): Promise<ReadonlyMap<NodeId, RaftStatus | Error>> {
    const all = this.members.ids.map(async (id): Promise<[NodeId, RaftStatus | Error]> => {
      const outcome = await this.members.ask(id, { kind: 'status' }, STATUS_MILLISECONDS);
      if (outcome.kind !== 'replied') return [id, asError(outcome.error)];
      const { reply } = outcome;
      if (reply.kind !== 'status') return [id, new Error(`Expected a status, got '${reply.kind}'.`)];
      this.members.heard(reply.status.leader, reply.status.term);
      return [id, reply.status];
    });
    return new Map(await Promise.all(all));
  }

  /** Calls back with what members indicate: who leads, configurations, log snapshots. */
  watch(tell: (event: RaftEvent) => void): Subscription {
    this.watchers.add(tell);
    const end = (): void => {
      this.watchers.delete(tell);
    };
    return Object.assign(end, { [Symbol.dispose]: end });
  }

  /**
   * Changes who takes part, and resolves once that is committed. A member that is added must have been started: see `join`.
   *
   * @throws (rejects) TROUPE_RAFT_INVALID_CHANGE, TROUPE_RAFT_CHANGE_IN_PROGRESS, TROUPE_RAFT_OUTCOME_UNKNOWN, TROUPE_RAFT_NO_LEADER, TROUPE_RAFT_CANCELLED
   */
  async changeMembership(change: MembershipChange, options: RequestOptions = {}): Promise<Configuration> {
    const reply = await this.askLeader({ kind: 'change-membership', change }, options);
    return (reply as Extract<RaftReply, { kind: 'membership-changed' }>).configuration;
  }

  /**
   * Hands the leadership to a voter, or to the one that is furthest. @returns who leads
   *
   * @throws (rejects) as `changeMembership`
   */
  async transferLeadership(to: string | null = null, options: RequestOptions = {}): Promise<NodeId> {
    const request: RaftRequest = { kind: 'transfer-leadership', to: to === null ? null : nodeId(to) };
    // Handed to the same one twice, it is handed over once.
    const { leader, term } = (await this.askLeader(request, options, to !== null)) as Extract<
      RaftReply,
      { kind: 'leadership-transferred' }
    >;
    this.members.heard(leader, term);
    return leader;
  }

  /** Has a member take a log snapshot, and drop the entries before it. @returns up to where */
  async takeSnapshot(node: string, options: RequestOptions = {}): Promise<LogIndex> {
    const reply = await this.askOne(nodeId(node), { kind: 'take-snapshot' }, options);
    return (reply as Extract<RaftReply, { kind: 'snapshot-taken' }>).lastIncludedIndex;
  }

  /**
   * Starts a new member, with an empty store of its own, and has it added: as a learner first, then, once it has caught up,
   * as a voter.
   *
   * @throws (rejects) as `changeMembership`; TROUPE_RAFT_STORE_EXISTS
   */
  async join(
    member: string,
    {
      node = member,
      as = 'voter',
      ...options
    }: RequestOptions & { readonly node?: string; readonly as?: 'voter' | 'learner' | 'witness' } = {},
  ): Promise<Configuration> {
    if (this.ending !== undefined) throw closed();
    const id = nodeId(member);
    await this.start(id, node, true);
    if (as === 'witness')
      return await this.changeMembership({ kind: 'simple', change: { kind: 'add-witness', node: id } }, options);
    const learner = await this.changeMembership({ kind: 'simple', change: { kind: 'add-learner', node: id } }, options);
    if (as === 'learner') return learner;
    await this.caughtUp(id, options);
    return await this.changeMembership({ kind: 'simple', change: { kind: 'add-voter', node: id } }, options);
  }

  /** Has a member removed, and then ends its actor. Its store stays where it is. */
  async remove(member: string, options: RequestOptions = {}): Promise<Configuration> {
    const id = nodeId(member);
    const configuration = await this.changeMembership(
      { kind: 'simple', change: { kind: 'remove', node: id } },
      options,
    );
    const ref = this.owned.get(id);
    this.owned.delete(id);
    this.members.delete(id);
    await ref?.[Symbol.asyncDispose]();
    return configuration;
  }

  /**
   * Writes all that the machine holds, sessions too, as of a linearizable read, into a new file: see `restore`.
   *
   * @returns the index of the last command in it
   * @throws (rejects) as `read`; what the file system says
   */
  async backup(file: string, options: RequestOptions = {}): Promise<LogIndex> {
    const answer = await this.reader('read-index').read({ kind: 'copy' }, options);
    if (answer.kind !== 'copy') {
      answerOf(answer);
      throw new TypeError(`Expected a copy, got '${answer.kind}'.`);
    }
    const { index, time, data } = answer;
    const backup: Backup = { format: BACKUP_FORMAT, cluster: this.cluster, index, time, data };
    await writeFile(file, withChecksum(plainToBytes(backup)), { flag: 'wx', flush: true });
    return index;
  }

  /** Ends the members and the session of this handle. What waits fails. */
  async close(): Promise<void> {
    this.ending ??= this.end();
    await this.ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  async start(id: NodeId, systemNode: string, isNew: boolean): Promise<void> {
    const ref = await this.parts.startMember(id, systemNode, isNew);
    this.owned.set(id, ref);
    this.members.add(id, ref as unknown as MemberRef);
  }

  /** @internal @returns what watchers threw */
  told(event: RaftEvent): readonly unknown[] {
    const { indication } = event;
    if (indication.kind === 'leader-changed') this.members.heard(indication.leader, indication.term as Term);
    const thrown: unknown[] = [];
    for (const tell of this.watchers) {
      try {
        tell(event);
      } catch (error) {
        thrown.push(error);
      }
    }
    return thrown;
  }

  /** @internal Why a member was not started, of those that were not. */
  async whyNotStarted(id: NodeId): Promise<unknown> {
    const outcome = await this.members.ask(id, { kind: 'status' }, TIMEOUT_DEFAULT);
    return outcome.kind === 'replied' ? undefined : outcome.error;
  }

  private reader(consistency: ReadConsistency): Reader {
    const known = this.readers.get(consistency);
    if (known !== undefined) return known;
    if (this.ending !== undefined) throw closed();
    const reader = new Reader(this.members, consistency);
    this.readers.set(consistency, reader);
    return reader;
  }

  private async caughtUp(id: NodeId, { timeout = TIMEOUT_DEFAULT, signal }: RequestOptions): Promise<void> {
    const deadline = performance.now() + timeout;
    while (performance.now() < deadline) {
      if (signal?.aborted === true) throw cancelled(signal);
      const outcome = await this.members.ask(this.members.target(), { kind: 'status' }, STATUS_MILLISECONDS);
      const status = outcome.kind === 'replied' && outcome.reply.kind === 'status' ? outcome.reply.status : undefined;
      if (status !== undefined) this.members.heard(status.leader, status.term);
      const peer = status?.progress.find(({ node }) => node === id);
      if (status !== undefined && peer !== undefined && peer.matchIndex >= status.commitIndex) return;
      await pause();
    }
    throw raftError(
      'TROUPE_RAFT_OUTCOME_UNKNOWN',
      `Expected the learner ${id} to catch up in time, got none that has. It stays a learner: add it as a voter later, or give more time.`,
    );
  }

  private async askOne(
    id: NodeId,
    request: RaftRequest,
    { timeout = TIMEOUT_DEFAULT }: RequestOptions,
  ): Promise<RaftReply> {
    this.members.ref(id);
    const outcome = await this.members.ask(id, request, timeout);
    if (outcome.kind !== 'replied') throw outcome.error;
    if (outcome.reply.kind === 'refused') throw finalRefusalError(outcome.reply, id);
    return outcome.reply;
  }

  /** What must not be repeated goes again only where nothing was done. */
  private async askLeader(
    request: RaftRequest,
    { timeout = TIMEOUT_DEFAULT, signal }: RequestOptions,
    isRepeatable = false,
  ): Promise<RaftReply> {
    const deadline = performance.now() + timeout;
    let last = 'No member was asked yet.';
    while (performance.now() < deadline) {
      if (this.ending !== undefined) throw closed();
      if (signal?.aborted === true) throw cancelled(signal);
      const to = this.members.target();
      const outcome = await this.members.ask(to, request, Math.max(1, deadline - performance.now()));
      if (outcome.kind === 'unknown' && !isRepeatable) throw unsure(request, outcome.error);
      if (outcome.kind !== 'replied') {
        last = String(outcome.error);
        this.members.missed(to, null);
      } else if (outcome.reply.kind === 'outcome-unknown') {
        last = 'the leader lost its office.';
        if (!isRepeatable) throw unsure(request, last);
        this.members.missed(to, outcome.reply.leader);
      } else {
        const { reply } = outcome;
        if (reply.kind !== 'refused') return reply;
        const error = refusalError(reply, to);
        if (error !== undefined) throw error;
        // The leader's own word: who is named can't do it.
        if (reply.reason === 'not-for-this-role') throw finalRefusalError(reply, to);
        last = reply.detail;
        this.members.missed(to, reply.leader);
      }
      await pause();
    }
    throw raftError(
      'TROUPE_RAFT_NO_LEADER',
      `Expected a leader to take the ${request.kind} in time, got none; nothing of it was done. The last attempt: ${last}`,
      { last },
    );
  }

  private async end(): Promise<void> {
    await this.proposer.close(closed());
    for (const reader of this.readers.values()) reader.close(closed());
    listensNoMore(this.parts.listenerId);
    await Promise.all([...this.owned.values(), this.parts.listener].map((ref) => ref[Symbol.asyncDispose]()));
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));

function closed(): Error {
  return raftError(
    'TROUPE_RAFT_CLOSED',
    'Expected a handle that is open, got one that has been closed. Start another.',
  );
}

function unsure(request: RaftRequest, cause: unknown): Error {
  return raftError(
    'TROUPE_RAFT_OUTCOME_UNKNOWN',
    `Expected an answer to the ${request.kind}, got none: ${cause instanceof Error ? cause.message : String(cause)} It may have been done: look at handle.status().`,
    {},
    reasonOf(cause),
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

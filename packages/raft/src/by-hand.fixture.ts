/**
 * Members that a test moves by hand: it says which timer fires, which message arrives, and when a write ends. Time stands
 * still unless the test lets it pass. Nothing here looks into a core but to find its timers and its state.
 */
import { CoreDriver, clonePlain, type NodeId, nodeId, type RequestId, type Ticks } from '@troupe/protocol';
import type { Configuration, Entry, LogIndex, LogSnapshot, Term } from './entry.ts';
import type { RaftCommand, RaftResult } from './machine.ts';
import { plainFromBytes, plainToBytes } from './machines/plain-bytes.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftOptions } from './options.ts';
import { raft, raftWith } from './raft.ts';
import type { RaftDurable, RaftRecord } from './records.ts';
import type { RaftIndication, RaftReply, RaftRequest, RaftStatus } from './requests.ts';
import { RULES, type Rules } from './rules.ts';
import type { Raft, RaftTimer } from './state.ts';

export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: RaftMessage;
}

export type Message<K extends RaftMessage['kind']> = Extract<RaftMessage, { kind: K }>;

/** Ids `a`, `b`, … */
export function ids(count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, index) => nodeId(String.fromCharCode(97 + index)));
}

export const [A, B, C, D, E] = ids(5) as [NodeId, NodeId, NodeId, NodeId, NodeId];

export function term(value: number): Term {
  return value as Term;
}

export function at(value: number): LogIndex {
  return value as LogIndex;
}

/** A command, whose data is its text. */
export function command(inTerm: number, data: unknown, bytes = 8): Entry {
  return { kind: 'command', term: term(inTerm), time: 0 as Ticks, bytes, data };
}

/** Commands of these terms, as the paper's figures draw a log; each says its term and its index. */
export function logOf(...terms: readonly number[]): Entry[] {
  return terms.map((each, index) => command(each, `${each}:${index + 1}`));
}

export function votersOnly(...voters: readonly NodeId[]): Configuration {
  return { voters, outgoing: [], learners: [], learnersNext: [], witnesses: [], autoLeave: false };
}

/** What a member begins with. */
export interface Setting extends Partial<RaftOptions> {
  readonly nodes?: readonly NodeId[];
  readonly term?: number;
  readonly vote?: NodeId | null;
  readonly log?: readonly Entry[];
  readonly snapshot?: LogSnapshot;
  /** Decisions that are wrong. */
  readonly wrong?: Partial<Rules>;
}

const CLUSTER = 'test';

export class Member {
  readonly id: NodeId;
  readonly options: RaftOptions;
  /** What it said and nobody has taken yet. */
  outbox: Sent[] = [];
  /** Writes under way; `syncs` says whether they end by themselves. */
  readonly writes: { readonly sequence: number; readonly record: RaftRecord }[] = [];
  syncs = true;
  /** What survives a crash. */
  readonly stable: RaftRecord[];
  /** Data of the commands that its machine was given. Its state is this list. */
  applied: unknown[] = [];
  readonly replies = new Map<RequestId, RaftReply>();
  readonly indications: RaftIndication[] = [];
  /** Answers of `choose`, taken in turn; 0 where there is none. */
  readonly choices: number[] = [];
  now = 0;
  readonly #driver: CoreDriver<Raft>;
  readonly #timers = new Map<number, number>();
  #results: (() => void)[] = [];
  #nextId = 1;

  constructor(id: NodeId, setting: Setting = {}, stable: RaftRecord[] = stableOf(id, setting)) {
    const { term: _term, vote: _vote, log: _log, snapshot: _snapshot, wrong, ...options } = setting;
    this.id = id;
    this.stable = stable;
    this.options = {
      preVote: false,
      checkQuorum: false,
      snapshotEntries: 0,
      cluster: CLUSTER,
      nodes: [A, B, C],
      ...options,
      self: id,
    };
    const durable = foldOf(stable);
    this.#driver = new CoreDriver<Raft>(raftWith({ ...RULES, ...wrong }), this.options, this.#host(), durable);
    this.applied = durable?.snapshot == null ? [] : stateFrom(durable.snapshot.data);
    this.#driver.start(0 as Ticks, stable.length > 0);
    this.#settle();
  }

  /** Comes back with what was durable, and nothing else. */
  restarted(): Member {
    return new Member(this.id, this.options, [...this.stable]);
  }

  get status(): RaftStatus {
    const id = this.request({ kind: 'status' });
    const reply = this.reply(id, 'status');
    return reply.status;
  }

  get role(): string {
    return this.status.role;
  }

  get term(): number {
    return this.status.term;
  }

  /** Terms of the entries in its log. */
  get terms(): readonly number[] {
    return this.entries.map((entry) => entry.term);
  }

  get entries(): readonly Entry[] {
    return this.#driver.state.durable.log.entries;
  }

  get ignored(): ReadonlyMap<string, number> {
    return this.#driver.ignored;
  }

  /** How long until this timer; undefined where it is not set. */
  timer(name: RaftTimer): number | undefined {
    const set = this.#driver.situation.timers.get(name);
    return set === undefined ? undefined : this.#timers.get(set.ticket);
  }

  fire(name: RaftTimer): this {
    const set = this.#driver.situation.timers.get(name);
    if (set === undefined)
      throw new Error(`Expected ${this.id} to have set ${name}, got ${[...this.#driver.situation.timers.keys()]}.`);
    this.#driver.timeout(this.now as Ticks, set.ticket);
    return this.#settle();
  }

  /** The whole election timeout passes. */
  standForElection(): this {
    return this.missLeader().fire('election');
  }

  /** The least election timeout passes without a word of the leader; it does not stand yet. */
  missLeader(): this {
    if (this.#driver.state.volatile.isLeaderRecent) this.fire('election');
    return this;
  }

  receive(from: NodeId, message: RaftMessage): this {
    this.#driver.message(this.now as Ticks, from, message);
    return this.#settle();
  }

  request(request: RaftRequest): RequestId {
    const id = this.#nextId++ as RequestId;
    this.#driver.request(this.now as Ticks, id, request);
    this.#settle();
    return id;
  }

  propose(...data: readonly unknown[]): RequestId {
    return this.request({ kind: 'propose', commands: data.map((each) => ({ data: each, bytes: 8 })) });
  }

  read(consistency: 'read-index' | 'lease' | 'stale' = 'read-index'): RequestId {
    return this.request({ kind: 'read', queries: ['all'], consistency });
  }

  /** The reply to a request, of the kind that is expected. */
  reply<K extends RaftReply['kind']>(id: RequestId, kind: K): Extract<RaftReply, { kind: K }> {
    const reply = this.replies.get(id);
    if (reply?.kind !== kind) throw new Error(`Expected a reply of kind ${kind}, got ${JSON.stringify(reply)}.`);
    return reply as Extract<RaftReply, { kind: K }>;
  }

  /** So many writes end well; all of them where it is not said. */
  sync(count: number = this.writes.length): this {
    for (const { sequence, record } of this.writes.splice(0, count)) {
      this.stable.push(record);
      this.#driver.persisted(this.now as Ticks, sequence);
      this.#giveResults();
    }
    return this;
  }

  failWrite(): this {
    const [write] = this.writes.splice(0, 1);
    if (write !== undefined) this.#driver.persistFailed(this.now as Ticks, write.sequence, 'EIO');
    return this.#settle();
  }

  /** What it said since the last look, of one kind. */
  take<K extends RaftMessage['kind']>(kind: K): { readonly to: NodeId; readonly message: Message<K> }[] {
    const taken = this.outbox;
    this.outbox = [];
    return taken.filter((sent): sent is Sent & { message: Message<K> } => sent.message.kind === kind);
  }

  /** What it said to one other, the latest of its kind; the outbox is emptied. */
  said<K extends RaftMessage['kind']>(to: NodeId, kind: K): Message<K> {
    const message = this.take(kind).findLast((sent) => sent.to === to)?.message;
    if (message === undefined) throw new Error(`Expected ${this.id} to say ${kind} to ${to}, got none.`);
    return message;
  }

  #settle(): this {
    this.#giveResults();
    while (this.syncs && this.writes.length > 0) this.sync();
    return this;
  }

  #giveResults(): void {
    for (let next = this.#results.shift(); next !== undefined; next = this.#results.shift()) next();
  }

  #host() {
    return {
      choose: () => this.choices.shift() ?? 0,
      send: (to: NodeId, message: RaftMessage) => void this.outbox.push({ from: this.id, to, message }),
      setTimer: (ticket: number, delay: Ticks) => void this.#timers.set(ticket, delay),
      cancelTimer: (ticket: number) => void this.#timers.delete(ticket),
      persist: (sequence: number, record: RaftRecord) => void this.writes.push({ sequence, record }),
      apply: (given: RaftCommand, token: Raft['Token'] | undefined) => {
        const result = this.#apply(given);
        if (token !== undefined) this.#results.push(() => this.#driver.applied(this.now as Ticks, token, result));
      },
      reply: (id: RequestId, reply: RaftReply) => {
        if (this.replies.has(id)) throw new Error(`Expected one reply to request ${String(id)}, got another.`);
        this.replies.set(id, reply);
      },
      indicate: (indication: RaftIndication) => void this.indications.push(indication),
      request: () => {},
    };
  }

  /** A machine that keeps what it was given; a result is the number of commands so far, an answer the whole list. */
  #apply(given: RaftCommand): RaftResult {
    switch (given.kind) {
      case 'apply':
        return { kind: 'applied', results: given.commands.map(({ data }) => this.applied.push(data)) };
      case 'query':
        return { kind: 'answered', answers: given.queries.map(() => [...this.applied]) };
      case 'snapshot':
        return { kind: 'snapshot', data: bytesOf(this.applied) };
      case 'restore':
        this.applied = stateFrom(given.data);
        return { kind: 'restored' };
    }
  }
}

/** The bytes of that machine's state. */
export function bytesOf(state: readonly unknown[]): Uint8Array {
  return plainToBytes(state);
}

function stateFrom(data: Uint8Array): unknown[] {
  return plainFromBytes(data) as unknown[];
}

function stableOf(
  self: NodeId,
  { nodes = [A, B, C], term: inTerm, vote = null, log, snapshot }: Setting,
): RaftRecord[] {
  const records: RaftRecord[] = [];
  const isNew = inTerm === undefined && log === undefined && snapshot === undefined;
  if (isNew) return records;
  const bootstrap = votersOnly(...(nodes.includes(self) ? nodes : []));
  records.push({ kind: 'identity', cluster: CLUSTER, self, bootstrap });
  records.push({ kind: 'hard-state', term: term(inTerm ?? log?.at(-1)?.term ?? 0), vote });
  if (snapshot !== undefined) records.push({ kind: 'log-snapshot', snapshot });
  const index = at((snapshot?.lastIncludedIndex ?? 0) + 1);
  const previousTerm = snapshot?.lastIncludedTerm ?? term(0);
  if (log !== undefined && log.length > 0) records.push({ kind: 'append', index, previousTerm, entries: log });
  return records;
}

function foldOf(records: readonly RaftRecord[]): RaftDurable | undefined {
  let durable: RaftDurable | undefined;
  for (const record of records) durable = raft.fold?.(durable, clonePlain(record));
  return durable;
}

/** Several members, and the links between them. */
export class Group {
  readonly members = new Map<NodeId, Member>();
  /** Those that nothing reaches and that nobody hears. */
  readonly cut = new Set<NodeId>();
  /** Messages that never arrive. */
  loses: (sent: Sent) => boolean = () => false;

  constructor(nodes: readonly NodeId[], settings: (id: NodeId) => Setting = () => ({})) {
    for (const id of nodes) this.members.set(id, new Member(id, { nodes, ...settings(id) }));
  }

  member(id: NodeId): Member {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`Expected a member, got ${id}.`);
    return member;
  }

  /** A new member, which waits to be added. */
  join(id: NodeId, setting: Setting = {}): Member {
    const member = new Member(id, { nodes: [...this.members.keys()], ...setting });
    this.members.set(id, member);
    return member;
  }

  restart(id: NodeId): Member {
    const member = this.member(id).restarted();
    this.members.set(id, member);
    return member;
  }

  /** Messages arrive, and what is said to them, until nothing is under way. */
  deliver(): void {
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      const sent = [...this.members.values()].flatMap((member) => member.outbox.splice(0));
      if (sent.length === 0) return;
      for (const each of sent) {
        const isCut = this.cut.has(each.from) || this.cut.has(each.to);
        if (!isCut && !this.loses(each)) this.members.get(each.to)?.receive(each.from, clonePlain(each.message));
      }
    }
    throw new Error('Expected the members to come to rest, got no end of messages.');
  }

  /** This one wins an election, once the others have missed the leader for long enough to let it. */
  elect(id: NodeId): Member {
    for (const member of this.members.values())
      if (!this.cut.has(member.id) && member.role !== 'leader') member.missLeader();
    const member = this.member(id).standForElection();
    this.deliver();
    if (member.role !== 'leader') throw new Error(`Expected ${id} to win its election, got role ${member.role}.`);
    return member;
  }

  /** Who leads the latest term that has a leader. */
  leader(): Member | undefined {
    const leaders = [...this.members.values()].filter(({ role }) => role === 'leader');
    return leaders.toSorted((a, b) => b.term - a.term)[0];
  }

  /** A heartbeat of the leader, and what comes of it. */
  beat(leader: Member): void {
    leader.fire('heartbeat');
    this.deliver();
  }
}

const ROUNDS_MAX = 1_000;

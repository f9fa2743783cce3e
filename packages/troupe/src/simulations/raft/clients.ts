/**
 * Who uses the simulated members. A client writes and reads a few keys through a session: it goes to whoever leads, as far
 * as it knows, and asks again elsewhere when it is refused, hears nothing, or nobody knows what has become of its command.
 * Once faults have ended it writes a last time, and says that it is done. An operator changes members, hands leadership over
 * and has log snapshots taken, as long as there are faults.
 */
import type { NodeId } from '@troupe/protocol';
import {
  type Configuration,
  isJoint,
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  type MembershipChange,
  membersOf,
  type NodeChange,
  type Raft,
  type RaftReply,
  type ReadConsistency,
  type SessionCommand,
  type SessionResult,
} from '@troupe/raft';
import type { ClientWorld } from '@troupe/sim';
import { DONE_KEY, doneValue } from './observer.ts';

const KEYS = ['x', 'y', 'z'];
const CLIENTS_MAX = 4;
/** Between the answer to a call and the next one. */
const PAUSE_TICKS_MAX = 60;
/** Without an answer for so long, a client asks again elsewhere. */
const PATIENCE_TICKS = 120;
/** A member that is refused is not asked again at once. */
const RETRY_TICKS = 15;
const OPERATOR_TICKS_MAX = 250;
const READER_TICKS_MAX = 12;
/** Of a command. Nothing looks at it but the bounds. */
const COMMAND_BYTES = 16;

/** What differs from run to run, and is the same for all clients of one. */
export interface Usage {
  /** From then on nothing new is asked for. */
  readonly endsAt: number;
  readonly hasLeases: boolean;
  /** Never a voter with a machine: once a witness, always one. */
  readonly witness: NodeId | undefined;
}

export function useMembers(world: ClientWorld<Raft>, usage: Usage): void {
  const clients = 1 + world.choose('clients', CLIENTS_MAX);
  for (let number = 1; number <= clients; number++) new Client(world, usage, number, clients).start();
  if (usage.hasLeases) new Reader(world, usage).start();
  if (world.choose('operator', 4) !== 0) new Operator(world, usage).start();
}

/** Asks members until one has done what was asked for. */
class Asker {
  protected readonly world: ClientWorld<Raft>;
  protected readonly usage: Usage;
  #target: NodeId;

  constructor(world: ClientWorld<Raft>, usage: Usage) {
    this.world = world;
    this.usage = usage;
    this.#target = this.#anyone();
  }

  /** `accept` is true where that was the answer; otherwise it is asked for again. */
  protected ask(
    request: Raft['Request'],
    accept: (reply: RaftReply) => boolean,
    tries = Number.POSITIVE_INFINITY,
  ): void {
    // Whatever comes first, an answer or the end of patience, is what counts of this attempt.
    let isOver = false;
    const again = (to: NodeId | null, ticks: number) => {
      this.#target = this.whereTo(to, this.#target) ?? this.#anyone();
      if (tries > 1) this.world.after(ticks, () => this.ask(request, accept, tries - 1));
      else this.givenUp();
    };
    const onReply = (reply: RaftReply) => {
      if (isOver) return;
      isOver = true;
      if (reply.kind === 'refused' || reply.kind === 'outcome-unknown') {
        const isElsewhere = reply.leader !== null && reply.leader !== this.#target;
        again(reply.leader, isElsewhere ? 1 : RETRY_TICKS);
      } else if (!accept(reply)) again(null, RETRY_TICKS);
    };
    if (this.world.request(this.#target, request, onReply) === undefined) return again(null, RETRY_TICKS);
    this.world.after(PATIENCE_TICKS, () => {
      if (isOver) return;
      isOver = true;
      again(null, 1);
    });
  }

  protected givenUp(): void {}

  /** Null: to anyone. */
  protected whereTo(hint: NodeId | null, _target: NodeId): NodeId | null {
    return hint;
  }

  protected goElsewhere(): void {
    this.#target = this.#anyone();
  }

  #anyone(): NodeId {
    return this.world.nodes[this.world.choose('member', this.world.nodes.length)] as NodeId;
  }
}

class Client extends Asker {
  readonly #number: number;
  readonly #clients: number;
  #session: number | undefined;
  #sequence = 0;
  #values = 0;
  #isLast = false;
  /** By key: what it saw last. */
  readonly #saw = new Map<string, unknown>();

  constructor(world: ClientWorld<Raft>, usage: Usage, number: number, clients: number) {
    super(world, usage);
    this.#number = number;
    this.#clients = clients;
  }

  start(): void {
    this.world.after(this.world.choose('client begins', PAUSE_TICKS_MAX), () => this.#next());
  }

  #next(): void {
    const { world, usage } = this;
    if (this.#isLast) return;
    if (this.#session === undefined) return this.#open();
    if (world.now >= usage.endsAt) {
      this.#isLast = true;
      return this.#write([{ kind: 'put', key: DONE_KEY, value: doneValue(this.#number, this.#clients) }]);
    }
    if (world.choose('other member', 8) === 1) this.goElsewhere();
    const calls = world.choose('several at once', 6) === 1 ? 2 : 1;
    if (world.choose('read', 2) === 1) this.#read(calls);
    else this.#write(Array.from({ length: calls }, () => this.#command()));
  }

  #later(): void {
    this.world.after(1 + this.world.choose('pause', PAUSE_TICKS_MAX), () => this.#next());
  }

  #open(): void {
    const request = { kind: 'propose', commands: [{ data: { kind: 'open-session' }, bytes: COMMAND_BYTES }] } as const;
    this.ask(request, (reply) => {
      if (reply.kind !== 'committed') return false;
      const opened = reply.results[0] as SessionResult<KeyValueResult>;
      if (opened.kind !== 'session-opened') return false;
      this.#session = opened.session;
      this.#sequence = 0;
      this.#next();
      return true;
    });
  }

  /** The same session and numbers on every try: so it is done once. */
  #write(commands: readonly KeyValueCommand[]): void {
    const session = this.#session as number;
    const answeredBelow = this.#sequence;
    const proposals = commands.map((command) => {
      const data: SessionCommand<KeyValueCommand> = {
        kind: 'session-command',
        session,
        sequence: this.#sequence++,
        answeredBelow,
        command,
      };
      return { data, bytes: COMMAND_BYTES };
    });
    this.ask({ kind: 'propose', commands: proposals }, (reply) => {
      if (reply.kind !== 'committed') return false;
      for (const [at, result] of (reply.results as readonly SessionResult<KeyValueResult>[]).entries()) {
        const command = commands[at] as KeyValueCommand;
        if (result.kind === 'session-refused') {
          this.#session = undefined;
          if (this.#isLast) this.#isLast = false;
        } else if (result.kind === 'done' && command.kind === 'put') this.#saw.set(command.key, command.value);
      }
      this.#later();
      return true;
    });
  }

  #read(count: number): void {
    const queries = Array.from({ length: count }, (): KeyValueQuery => ({ kind: 'get', key: this.#key() }));
    const isLease = this.usage.hasLeases && this.world.choose('by lease', 3) !== 1;
    const consistency: ReadConsistency = isLease ? 'lease' : 'read-index';
    this.ask(
      { kind: 'read', queries, consistency },
      (reply) => {
        if (reply.kind !== 'read') return false;
        for (const [at, answer] of (
          reply.answers as readonly { readonly entry?: { readonly value: unknown } | null }[]
        ).entries())
          this.#saw.set((queries[at] as { readonly key: string }).key, answer.entry?.value ?? null);
        this.#later();
        return true;
      },
      3,
    );
  }

  /** A read is not insisted on: another may be asked for. */
  protected override givenUp(): void {
    this.#later();
  }

  #command(): KeyValueCommand {
    const key = this.#key();
    const value = `${this.#number}.${++this.#values}`;
    switch (this.world.choose('command', 6)) {
      case 1:
      case 2: {
        const saw = this.#saw.get(key) ?? null;
        return { kind: 'compare-and-set', key, expected: saw === null ? { revision: 0 } : { value: saw }, value };
      }
      case 3:
        return { kind: 'delete', key };
      default:
        return { kind: 'put', key, value };
    }
  }

  #key(): string {
    return KEYS[this.world.choose('key', KEYS.length)] as string;
  }
}

/** Reads by lease, often, and is loath to go elsewhere: who has lost its office without noticing is asked again. */
class Reader extends Asker {
  start(): void {
    this.world.after(1 + this.world.choose('reader waits', READER_TICKS_MAX), () => this.#next());
  }

  protected override givenUp(): void {
    this.start();
  }

  #next(): void {
    const { world, usage } = this;
    if (world.now >= usage.endsAt) return;
    const queries: KeyValueQuery[] = [{ kind: 'get', key: KEYS[world.choose('key', KEYS.length)] as string }];
    this.ask(
      { kind: 'read', queries, consistency: 'lease' },
      () => {
        this.start();
        return true;
      },
      1,
    );
  }

  protected override whereTo(hint: NodeId | null, target: NodeId): NodeId | null {
    return hint ?? (this.world.choose('stay', 4) === 1 ? null : target);
  }
}

class Operator extends Asker {
  start(): void {
    this.#later();
  }

  #later(): void {
    this.world.after(1 + this.world.choose('operator waits', OPERATOR_TICKS_MAX), () => this.#next());
  }

  protected override givenUp(): void {
    this.#later();
  }

  #next(): void {
    if (this.world.now >= this.usage.endsAt) return;
    const { nodes } = this.world;
    switch (this.world.choose('operator does', 8)) {
      case 1:
      case 2:
      case 3:
      case 4:
        return this.#changeMembers();
      case 5: {
        const to = this.world.choose('hand over to', nodes.length + 1);
        return this.#ask({ kind: 'transfer-leadership', to: to === 0 ? null : (nodes[to - 1] as NodeId) });
      }
      case 6:
        this.goElsewhere();
        return this.#ask({ kind: 'take-snapshot' });
      default:
        return this.#later();
    }
  }

  #changeMembers(): void {
    this.ask(
      { kind: 'status' },
      (reply) => {
        if (reply.kind !== 'status') return false;
        // One who has never heard of a cluster can't say who is in it.
        if (membersOf(reply.status.configuration).length === 0) return false;
        this.#ask({ kind: 'change-membership', change: this.#change(reply.status.configuration) });
        return true;
      },
      3,
    );
  }

  /** Once done, or refused for good, there is something else to do. */
  #ask(request: Raft['Request']): void {
    this.ask(
      request,
      () => {
        this.#later();
        return true;
      },
      3,
    );
  }

  #change(configuration: Configuration): MembershipChange {
    const { world } = this;
    if (isJoint(configuration)) return { kind: 'leave-joint' };
    const change = this.#nodeChange(configuration);
    if (world.choose('joint', 2) === 0) return { kind: 'simple', change };
    const changes = [change];
    for (let more = world.choose('more changes', 3); more > 0; more--) {
      const other = this.#nodeChange(configuration);
      if (changes.every(({ node }) => node !== other.node)) changes.push(other);
    }
    return { kind: 'joint', changes, autoLeave: world.choose('leave by hand', 4) !== 1 };
  }

  #nodeChange({ voters, learners }: Configuration): NodeChange {
    const { world, usage } = this;
    const node = world.nodes[world.choose('change', world.nodes.length)] as NodeId;
    if (node === usage.witness) return { kind: voters.includes(node) ? 'remove' : 'add-witness', node };
    if (voters.includes(node)) return { kind: world.choose('demote', 3) === 1 ? 'add-learner' : 'remove', node };
    if (learners.includes(node)) return { kind: world.choose('promote', 4) === 1 ? 'remove' : 'add-voter', node };
    return { kind: world.choose('add as', 2) === 1 ? 'add-learner' : 'add-voter', node };
  }
}

/**
 * The limit of puts in memory: three cores of Troupe's Raft in this thread, which call one another. No threads, no codec,
 * no mailboxes, no disk: every write is durable at once.
 */
import { CoreDriver, type NodeId, nodeId, type RequestId, type Ticks } from 'troupe/protocol';
import {
  type KeyValueCommand,
  keyValue,
  machineOf,
  type Raft,
  type RaftCommand,
  type RaftMessage,
  type RaftReply,
  raft,
} from 'troupe/raft';
import type { Bench } from '../harness/outcome.ts';
import { KEYS, VALUE_BYTES } from '../workloads/raft.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:raft-core',
    kind: 'limit',
    note: "a prototype: three of Troupe's cores in one thread that call one another; no messages, no disk",
    suites: { raft: { 'put-memory-256': puts } },
  },
];

const OUTSTANDING = 256;
const NODES = ['n1', 'n2', 'n3'].map(nodeId);
const LEADER = NODES[0] as NodeId;
const NOW = 0 as Ticks;
const VALUE = 'x'.repeat(VALUE_BYTES);

function puts(): Bench {
  const world = new World();
  const keys = Array.from({ length: KEYS }, (_, n) => `key-${n}`);
  return askBench(
    {
      async ask(n) {
        await world.propose({ kind: 'put', key: keys[n % KEYS] as string, value: VALUE });
        return n;
      },
    },
    OUTSTANDING,
  );
}

/** Whatever happens waits its turn in one queue. */
class World {
  readonly #drivers = new Map<NodeId, CoreDriver<Raft>>();
  readonly #waiting: { readonly data: KeyValueCommand; readonly resolve: () => void }[] = [];
  readonly #proposed = new Map<RequestId, (() => void)[]>();
  #happenings: (() => void)[] = [];
  #election: number | undefined;
  #nextId = 1;

  constructor() {
    for (const self of NODES) {
      const options = { self, nodes: NODES, cluster: 'bench', preVote: false, checkQuorum: false };
      this.#drivers.set(self, new CoreDriver<Raft>(raft, options, this.#host(self)));
    }
    for (const driver of this.#drivers.values()) driver.start(NOW, false);
    this.#play();
    const ticket = this.#election;
    if (ticket !== undefined) this.#driver(LEADER).timeout(NOW, ticket);
    this.#play();
  }

  /** What is proposed in one turn of the loop is one proposal. */
  propose(data: KeyValueCommand): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting.push({ data, resolve }) === 1) queueMicrotask(() => this.#flush());
    return promise;
  }

  #flush(): void {
    const these = this.#waiting.splice(0);
    const id = this.#nextId++ as RequestId;
    this.#proposed.set(
      id,
      these.map(({ resolve }) => resolve),
    );
    const commands = these.map(({ data }) => ({ data, bytes: VALUE_BYTES }));
    this.#driver(LEADER).request(NOW, id, { kind: 'propose', commands });
    this.#play();
  }

  #driver(id: NodeId): CoreDriver<Raft> {
    return this.#drivers.get(id) as CoreDriver<Raft>;
  }

  #play(): void {
    while (this.#happenings.length > 0) {
      const these = this.#happenings;
      this.#happenings = [];
      for (const happen of these) happen();
    }
  }

  #host(self: NodeId) {
    const machine = machineOf(keyValue());
    return {
      choose: () => 0,
      send: (to: NodeId, message: RaftMessage) => {
        this.#happenings.push(() => this.#driver(to).message(NOW, self, message));
      },
      setTimer: (ticket: number) => {
        if (self === LEADER) this.#election ??= ticket;
      },
      cancelTimer: () => {},
      persist: (sequence: number) => {
        this.#happenings.push(() => this.#driver(self).persisted(NOW, sequence));
      },
      apply: (command: RaftCommand, token: Raft['Token'] | undefined) => {
        const result = machine(command);
        if (token !== undefined) this.#happenings.unshift(() => this.#driver(self).applied(NOW, token, result));
      },
      reply: (id: RequestId, reply: RaftReply) => {
        const resolves = this.#proposed.get(id) ?? [];
        this.#proposed.delete(id);
        if (reply.kind !== 'committed' || reply.results.length !== resolves.length) {
          throw new Error(`Expected ${resolves.length} commands to be committed, got ${JSON.stringify(reply)}`);
        }
        for (const resolve of resolves) resolve();
      },
      indicate: () => {},
      request: () => {},
    };
  }
}

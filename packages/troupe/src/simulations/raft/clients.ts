/**
 * Who uses the simulated members. A client writes and reads a few keys through a session: it goes to whoever leads, as far
 * as it knows, and asks again elsewhere when it is refused, hears nothing, or nobody knows what has become of its command.
 * Once faults have ended it writes a last time, and says that it is done. A reader reads by lease.
 */
import type { NodeId } from '@troupe/protocol';
import type {
  KeyValueCommand,
  KeyValueQuery,
  KeyValueResult,
  Raft,
  ReadConsistency,
  SessionCommand,
  SessionResult,
} from '@troupe/raft';
import type { ClientWorld } from '@troupe/sim';
import { Asker, type Pace, type Usage } from './asker.ts';
import { DONE_KEY, doneValue } from './observer.ts';
import { Operator } from './operator.ts';

const KEYS = ['x', 'y', 'z'];
const CLIENTS_MAX = 4;
const PACE: Pace = { clientPauseMax: 60, operatorPauseMax: 250 };
const READER_TICKS_MAX = 12;
/** Of a command. Nothing looks at it but the bounds. */
const COMMAND_BYTES = 16;

export function useMembers(world: ClientWorld<Raft>, given: Omit<Usage, 'pace'> & Partial<Usage>): void {
  const usage: Usage = { pace: PACE, ...given };
  const clients = 1 + world.choose('clients', CLIENTS_MAX);
  for (let number = 1; number <= clients; number++) new Client(world, usage, number, clients).start();
  if (usage.hasLeases) new Reader(world, usage).start();
  if (world.choose('operator', 4) !== 0) new Operator(world, usage).start();
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
    this.world.after(this.world.choose('client begins', this.usage.pace.clientPauseMax), () => this.#next());
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
    this.world.after(1 + this.world.choose('pause', this.usage.pace.clientPauseMax), () => this.#next());
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

/** Proposes commands within a session, so that each is applied once however often it is sent. */
import { type Proposal, plainSize, type RaftReply, type SessionCommand, type SessionResult } from '@troupe/raft';
import { BlockWriter } from '../block.ts';
import { raftError } from '../errors.ts';
import { resultReceiver, type SentResult } from '../member-machine.ts';
import { ClientSession } from './client-session.ts';
import { Dispatcher, type RequestOptions, TIMEOUT_DEFAULT } from './dispatcher.ts';
import type { Members } from './members.ts';
import { PendingCommand } from './pending-command.ts';

/** What a command takes beside its data. @units bytes */
const ENVELOPE_BYTES = 64;

export interface ProposerOptions {
  readonly commandBytesMax: number;
  /** How long a session may be silent. @units milliseconds */
  readonly sessionLifetime: number;
}

export class Proposer {
  private readonly options: ProposerOptions;
  private readonly blocks: BlockWriter;
  private readonly received = resultReceiver();
  /** Commands of the session. */
  private readonly commands: Dispatcher<PendingCommand, SessionResult<unknown>>;
  /** What opens, keeps and closes it. */
  private readonly acts: Dispatcher<PendingCommand, SentResult>;
  private session: ClientSession | undefined;
  private isOpening = false;
  private isClosed = false;
  private keeper: NodeJS.Timeout | undefined;
  private wasActive = false;

  constructor(members: Members, options: ProposerOptions) {
    this.options = options;
    this.blocks = new BlockWriter('command', options.commandBytesMax);
    this.commands = new Dispatcher(members, {
      isReady: () => this.isOpen(),
      requestOf: (items) => {
        const commands = this.blocksOf(items);
        return { request: { kind: 'propose', commands }, items: items.filter(({ isSettled }) => !isSettled) };
      },
      answersIn: (reply) => resultsOf(reply).flatMap(this.received),
      done: (item, result) => this.done(item, result),
      hasEffects: true,
    });
    this.acts = new Dispatcher(members, {
      isReady: () => true,
      requestOf: (items) => ({
        request: { kind: 'propose', commands: items.map(({ data, bytes }) => ({ data, bytes })) },
        items,
      }),
      answersIn: resultsOf,
      done: (item, result) => {
        if (result === undefined) return false;
        item.succeed(result);
        return true;
      },
      hasEffects: false,
    });
  }

  /** @throws (rejects) */
  propose(data: unknown, options: RequestOptions = {}): Promise<unknown> {
    const size = plainSize(data);
    if (size === null)
      return Promise.reject(malformed('got a part that is none (a function, a class instance, a Date, a cycle)'));
    const bytes = size + ENVELOPE_BYTES;
    if (bytes > this.options.commandBytesMax) return Promise.reject(this.tooLarge(bytes));
    this.wasActive = true;
    return this.enqueue(this.commands, data, bytes, options);
  }

  /** Best effort: a session that is not closed expires. */
  async close(error: unknown): Promise<void> {
    this.isClosed = true;
    clearInterval(this.keeper);
    this.commands.close(error);
    const { session } = this;
    if (session !== undefined)
      await this.act({ kind: 'close-session', session: session.id }, { timeout: 500 }).catch(() => {});
    this.acts.close(error);
  }

  private isOpen(): boolean {
    if (this.session !== undefined) return true;
    if (!this.isOpening && !this.isClosed) void this.open();
    return false;
  }

  private async open(): Promise<void> {
    this.isOpening = true;
    try {
      // Opened twice, the other one expires.
      const result = await this.act({ kind: 'open-session' }, {});
      if (result.kind === 'session-opened') this.session = new ClientSession(result.session);
    } catch {
      // Those who wait for it have their own time, and whoever comes next tries again.
    }
    this.isOpening = false;
    if (!this.isClosed) this.keeper ??= setInterval(() => this.keep(), this.options.sessionLifetime / 3).unref();
    if (!this.commands.isIdle) this.commands.schedule();
  }

  private keep(): void {
    const { session, wasActive } = this;
    this.wasActive = false;
    if (session === undefined || wasActive) return;
    this.act({ kind: 'keep-session', session: session.id }, { timeout: this.options.sessionLifetime / 3 }).then(
      (result) => {
        if (result.kind === 'session-refused' && this.session === session) this.session = undefined;
      },
      () => {},
    );
  }

  private act(command: SessionCommand<unknown>, options: RequestOptions): Promise<SessionResult<unknown>> {
    return this.enqueue(this.acts, command, ENVELOPE_BYTES, options) as Promise<SessionResult<unknown>>;
  }

  private enqueue(
    to: Pick<Dispatcher<PendingCommand, unknown>, 'add' | 'end'>,
    data: unknown,
    bytes: number,
    { timeout = TIMEOUT_DEFAULT, signal }: RequestOptions,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(cancelled(signal));
      const item = new PendingCommand(data, bytes, performance.now() + timeout, resolve, reject);
      to.add(item);
      if (signal !== undefined) item.endWith(signal, () => to.end(item, cancelled(signal)));
    });
  }

  /** The commands in blocks of one session each: one, but where they are large, or a session has ended meanwhile. */
  private blocksOf(items: readonly PendingCommand[]): Proposal[] {
    const { blocks } = this;
    const proposals: Proposal[] = [];
    let session: ClientSession | undefined;
    let answeredBelow = 0;
    const end = (): void => {
      if (!blocks.isEmpty) {
        const data = blocks.taken();
        proposals.push({ data, bytes: data.byteLength });
      }
      session = undefined;
    };
    for (const item of items) {
      const its = this.numbered(item);
      for (let isLast = false; !isLast; ) {
        if (session !== its) {
          end();
          answeredBelow = its.answeredBelow;
          blocks.begin(its.id, answeredBelow);
          session = its;
        }
        isLast = this.put(item, item.sequence - answeredBelow);
        if (!isLast) end();
      }
    }
    end();
    return proposals;
  }

  /** Into the block that has been begun. False where it needs another; one that none can take is ended. */
  private put(item: PendingCommand, number: number): boolean {
    const { blocks } = this;
    try {
      if (blocks.add(number, item.data)) return true;
    } catch (error) {
      item.fail(malformed(error instanceof Error ? error.message : String(error), error));
      return true;
    }
    if (!blocks.isEmpty) return false;
    item.fail(this.tooLarge());
    return true;
  }

  /** A number is given once, when it is first sent, and stays for as long as an attempt may have left a trace. */
  private numbered(item: PendingCommand): ClientSession {
    if (item.session === undefined) {
      item.session = this.session as ClientSession;
      item.sequence = item.session.take();
    }
    return item.session;
  }

  private done(item: PendingCommand, result: SessionResult<unknown> | undefined): boolean {
    if (result?.kind === 'done') {
      item.succeed(result.result);
      return true;
    }
    const reason = result?.kind === 'session-refused' ? result.reason : (result?.kind ?? 'no result');
    item.last = { reason };
    if (reason === 'too-many-unanswered') return false;
    if (reason === 'session-expired' && !item.isUnsure) {
      if (this.session === item.session) this.session = undefined;
      item.session = undefined;
      return false;
    }
    item.fail(
      raftError(
        'TROUPE_RAFT_OUTCOME_UNKNOWN',
        `Expected the session to know whether the command was applied before, got '${reason}'. Read before you repeat it.`,
        { reason },
      ),
    );
    return true;
  }

  private tooLarge(bytes?: number): Error {
    const { commandBytesMax } = this.options;
    const got = bytes === undefined ? 'a larger one' : `one of ${bytes}`;
    return raftError(
      'TROUPE_RAFT_COMMAND_TOO_LARGE',
      `Expected a command of at most ${commandBytesMax} bytes, got ${got}. Split it, or raise commandBytesMax in defineRaft.`,
      { bytes, commandBytesMax },
    );
  }
}

function resultsOf(reply: RaftReply): readonly SentResult[] {
  if (reply.kind === 'committed') return reply.results as readonly SentResult[];
  throw new TypeError(`Expected 'committed', got '${reply.kind}'.`);
}

function malformed(why: string, cause?: unknown): Error {
  return raftError(
    'TROUPE_RAFT_COMMAND_MALFORMED',
    `Expected a command that is plain data: ${why}. Give data.`,
    {},
    cause,
  );
}

export function cancelled(signal: AbortSignal | undefined): Error {
  return raftError(
    'TROUPE_RAFT_CANCELLED',
    'Expected the signal not to be aborted before the answer came; it was.',
    {},
    signal?.reason,
  );
}

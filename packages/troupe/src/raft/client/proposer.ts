/** Proposes commands within a session, so that each is applied once however often it is sent. */
import { plainSize, type RaftReply, type SessionCommand, type SessionResult } from '@troupe/raft';
import { raftError } from '../errors.ts';
import { ClientSession } from './client-session.ts';
import { Dispatcher, type Pending, type RequestOptions, TIMEOUT_DEFAULT } from './dispatcher.ts';
import type { Members } from './members.ts';

/** What a command takes beside its data. @units bytes */
const ENVELOPE_BYTES = 64;

interface PendingCommand extends Pending {
  readonly command: SessionCommand<unknown> | undefined;
  readonly data: unknown;
  session: ClientSession | undefined;
  sequence: number;
  succeed(result: unknown): void;
}

export interface ProposerOptions {
  readonly commandBytesMax: number;
  /** How long a session may be silent. @units milliseconds */
  readonly sessionLifetime: number;
}

export class Proposer {
  private readonly options: ProposerOptions;
  /** Commands of the session. */
  private readonly commands: Dispatcher<PendingCommand>;
  /** What opens, keeps and closes it. */
  private readonly acts: Dispatcher<PendingCommand>;
  private session: ClientSession | undefined;
  private isOpening = false;
  private isClosed = false;
  private keeper: NodeJS.Timeout | undefined;
  private wasActive = false;

  constructor(members: Members, options: ProposerOptions) {
    this.options = options;
    const requestOf = (items: readonly PendingCommand[]) =>
      ({
        kind: 'propose',
        commands: items.map((item) => ({ data: this.numbered(item), bytes: item.bytes })),
      }) as const;
    this.commands = new Dispatcher(members, {
      isReady: () => this.isOpen(),
      requestOf,
      done: (item, reply, at) => this.done(item, resultAt(reply, at)),
      hasEffects: true,
    });
    this.acts = new Dispatcher(members, {
      isReady: () => true,
      requestOf,
      done: (item, reply, at) => {
        item.succeed(resultAt(reply, at));
        return true;
      },
      hasEffects: false,
    });
  }

  /** @throws (rejects) */
  propose(data: unknown, options: RequestOptions = {}): Promise<unknown> {
    const size = plainSize(data);
    if (size === null)
      return Promise.reject(
        raftError(
          'TROUPE_RAFT_COMMAND_MALFORMED',
          'Expected a command that is plain data, got a part that is none (a function, a class instance, a Date, a cycle). Give data.',
        ),
      );
    const bytes = size + ENVELOPE_BYTES;
    const { commandBytesMax } = this.options;
    if (bytes > commandBytesMax)
      return Promise.reject(
        raftError(
          'TROUPE_RAFT_COMMAND_TOO_LARGE',
          `Expected a command of at most ${commandBytesMax} bytes, got one of ${bytes}. Split it, or raise commandBytesMax in defineRaft.`,
          { bytes, commandBytesMax },
        ),
      );
    this.wasActive = true;
    return this.enqueue(this.commands, undefined, data, bytes, options);
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
    return this.enqueue(this.acts, command, undefined, ENVELOPE_BYTES, options) as Promise<SessionResult<unknown>>;
  }

  private enqueue(
    to: Dispatcher<PendingCommand>,
    command: SessionCommand<unknown> | undefined,
    data: unknown,
    bytes: number,
    { timeout = TIMEOUT_DEFAULT, signal }: RequestOptions,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        item.isSettled = true;
        signal?.removeEventListener('abort', abort);
        if (item.session !== undefined) item.session.end(item.sequence);
      };
      const item: PendingCommand = {
        command,
        data,
        bytes,
        deadline: performance.now() + timeout,
        isSettled: false,
        isUnderWay: false,
        isUnsure: false,
        last: undefined,
        session: undefined,
        sequence: 0,
        succeed(result) {
          settle();
          resolve(result);
        },
        fail(error) {
          settle();
          reject(error);
        },
      };
      const abort = (): void => to.end(item, cancelled(signal));
      if (signal?.aborted === true) return reject(cancelled(signal));
      to.add(item);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** A number is given once, when it is first sent, and stays for as long as an attempt may have left a trace. */
  private numbered(item: PendingCommand): SessionCommand<unknown> {
    if (item.command !== undefined) return item.command;
    if (item.session === undefined) {
      item.session = this.session as ClientSession;
      item.sequence = item.session.take();
    }
    const { session, sequence, data } = item;
    return {
      kind: 'session-command',
      session: session.id,
      sequence,
      answeredBelow: session.answeredBelow,
      command: data,
    };
  }

  private done(item: PendingCommand, result: SessionResult<unknown>): boolean {
    if (result.kind === 'done') {
      item.succeed(result.result);
      return true;
    }
    const reason = result.kind === 'session-refused' ? result.reason : result.kind;
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
}

function resultAt(reply: RaftReply, at: number): SessionResult<unknown> {
  if (reply.kind === 'committed') return reply.results[at] as SessionResult<unknown>;
  throw new TypeError(`Expected 'committed', got '${reply.kind}'.`);
}

export function cancelled(signal: AbortSignal | undefined): Error {
  return raftError(
    'TROUPE_RAFT_CANCELLED',
    'Expected the signal not to be aborted before the answer came; it was.',
    {},
    signal?.reason,
  );
}

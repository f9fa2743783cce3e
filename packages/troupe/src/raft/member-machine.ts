/**
 * The machine as its members run it: the user's within client sessions, with what a handle asks besides. The commands of a
 * session come in blocks, and the results of one are a list, which goes back as a block too. A query that throws is answered as failed, so that one bad question does not end the
 * member that it reaches.
 */
import type { Ticks } from '@troupe/protocol';
import {
  type LogIndex,
  plainFromBytes,
  plainToBytes,
  type SessionCommand,
  type SessionOptions,
  type SessionResult,
  type Sessions,
  type StateMachine,
  withSessions,
} from '@troupe/raft';
import { BlockReader, BlockWriter } from './block.ts';
import { raftError } from './errors.ts';

export type MemberQuery<Query> =
  | { readonly kind: 'ask'; readonly query: Query }
  /** All that the machine is, for a backup. */
  | { readonly kind: 'copy' };

export type MemberAnswer<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'copy'; readonly index: LogIndex; readonly time: Ticks; readonly data: Uint8Array };

interface MemberState<State, Result> {
  readonly inner: Sessions<State, Result>;
  /** Of the last command. */
  index: LogIndex;
  time: Ticks;
}

const FORMAT = 'member 1';

/**
 * A block of commands of one session, behind its id and `answeredBelow`, each with how far its sequence is from that; or what
 * opens, keeps or closes a session.
 */
export type MemberCommand<Command> = ArrayBuffer | SessionCommand<Command>;
export type MemberResult<Result> = readonly SessionResult<Result>[] | SessionResult<Result>;
/** On its way to whoever waits for it. */
export type SentResult = ArrayBuffer | MemberResult<unknown>;

export type MemberMachine<State, Command, Query, Result, Answer> = StateMachine<
  MemberState<State, Result>,
  MemberCommand<Command>,
  MemberQuery<Query>,
  MemberResult<Result>,
  MemberAnswer<Answer>
>;

export function memberMachine<State, Command, Query, Result, Answer>(
  machine: StateMachine<State, Command, Query, Result, Answer>,
  sessions: Partial<SessionOptions>,
): MemberMachine<State, Command, Query, Result, Answer> {
  const inner = withSessions(machine, sessions);
  const blocks = new BlockReader();
  const snapshot = ({ inner: state, index, time }: MemberState<State, Result>): Uint8Array =>
    plainToBytes([FORMAT, index, time, inner.snapshot(state)]);
  return {
    create: () => ({ inner: inner.create(), index: 0 as LogIndex, time: 0 as Ticks }),
    apply(state, command, at) {
      state.index = at.index;
      state.time = at.time;
      if (!(command instanceof ArrayBuffer)) return inner.apply(state.inner, command, at);
      const results: SessionResult<Result>[] = [];
      const isWhole = blocks.each(command, (session, answeredBelow) => {
        const applied = inner.commandsOf(state.inner, session, answeredBelow, at);
        return (number, each) => results.push(applied(answeredBelow + number, each as Command));
      });
      // What stands in the log was put there by anyone.
      if (!isWhole) results.push(inner.apply(state.inner, undefined as never, at));
      return results;
    },
    query(state, query) {
      try {
        if (query.kind === 'copy') return { kind: 'copy', index: state.index, time: state.time, data: snapshot(state) };
        return { kind: 'answer', answer: inner.query(state.inner, query.query) };
      } catch (error) {
        return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
      }
    },
    snapshot,
    restore(data) {
      const [format, index, time, rest] = plainFromBytes(data) as [string, LogIndex, Ticks, Uint8Array];
      if (format !== FORMAT)
        throw raftError(
          'TROUPE_RAFT_STORE_DAMAGED',
          `Expected a log snapshot that begins with '${FORMAT}', got '${String(format)}'. Run the version that wrote it.`,
        );
      return { inner: inner.restore(rest), index, time };
    },
  };
}

const DONE = 1;
const OTHER = 0;
const RESULTS_BYTES_MAX = 1 << 26;

/** Has the results of a block go as a block: whoever passes it on need not look at each. */
export function resultSender(): (result: unknown) => SentResult {
  const blocks = new BlockWriter('result', RESULTS_BYTES_MAX);
  return (result) => {
    if (!Array.isArray(result)) return result as SentResult;
    blocks.begin(0, 0);
    try {
      for (const each of result as readonly SessionResult<unknown>[])
        if (!(each.kind === 'done' ? blocks.add(DONE, each.result) : blocks.add(OTHER, each))) return result;
    } catch {
      // One that is no data: whoever sends it says so, and to whom.
      return result;
    }
    return blocks.taken();
  };
}

/** The list of what a block of commands gave. */
export function resultReceiver(): (sent: SentResult | undefined) => readonly SessionResult<unknown>[] {
  const blocks = new BlockReader();
  return (sent) => {
    if (!(sent instanceof ArrayBuffer)) return (sent ?? []) as readonly SessionResult<unknown>[];
    const results: SessionResult<unknown>[] = [];
    blocks.each(sent, () => (kind, value) => {
      results.push(kind === DONE ? { kind: 'done', result: value } : (value as SessionResult<unknown>));
    });
    return results;
  };
}

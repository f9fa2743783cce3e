/**
 * The machine as its members run it: the user's within client sessions, with what a handle asks besides. Commands come in
 * blocks; of one, the results are a list. A query that throws is answered as failed, so that one bad question does not end the
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
import { BlockReader } from './command-block.ts';
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

/** A block of commands of a session, or what opens, keeps or closes one. */
export type MemberCommand<Command> = Uint8Array | SessionCommand<Command>;
export type MemberResult<Result> = readonly SessionResult<Result>[] | SessionResult<Result>;

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
      if (!(command instanceof Uint8Array)) return inner.apply(state.inner, command, at);
      const results: SessionResult<Result>[] = [];
      blocks.each(command, (each) => results.push(inner.apply(state.inner, each as SessionCommand<Command>, at)));
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

/**
 * Client sessions around a state machine: a command that is proposed again, since nobody knew what had become of it, is
 * applied once, and answered as it was the first time.
 *
 * A client opens a session, and numbers its commands. Each says below which number all have been answered to it, so that
 * those replies are dropped. Sessions end by log time, on all members at the same command, by one rule: before a command
 * is applied, those that were silent for longer than `lifetimeTicks` are dropped; and one session more than
 * `sessionsMax` takes the place of that which was silent for longest. A command of a session that has ended is not
 * applied, and is told so: whether an earlier copy of it was, nobody knows any more.
 *
 * @paper Ongaro's thesis §6.3
 */
import { assertOption, type Ticks, ticks } from '@troupe/protocol';
import type { Applying, StateMachine } from '../machine.ts';
import { malformed, plainFromBytes, plainToBytes } from './plain-bytes.ts';
import { Replies } from './replies.ts';

export type SessionCommand<Command> =
  | { readonly kind: 'open-session' }
  | { readonly kind: 'keep-session'; readonly session: number }
  | { readonly kind: 'close-session'; readonly session: number }
  | {
      readonly kind: 'session-command';
      readonly session: number;
      /** From 0 up, each for one command. */
      readonly sequence: number;
      /** All below have been answered to the client. */
      readonly answeredBelow: number;
      readonly command: Command;
    };

export type SessionResult<Result> =
  | { readonly kind: 'session-opened'; readonly session: number }
  | { readonly kind: 'session-kept' }
  /** Also where there was none. */
  | { readonly kind: 'session-closed' }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'session-refused'; readonly reason: SessionRefusal };

export type SessionRefusal =
  | 'session-expired'
  /** A copy of a command that the client knows to be answered. */
  | 'answered-before'
  | 'too-many-unanswered'
  | 'malformed-command';

export interface SessionOptions {
  /** How long a session may be silent. Log time. */
  readonly lifetimeTicks: Ticks;
  readonly sessionsMax: number;
  /** Replies kept for one session. A command beyond them is refused, not applied. */
  readonly repliesMax: number;
}

export const SESSION_DEFAULTS = {
  lifetimeTicks: ticks(60_000),
  sessionsMax: 1_024,
  repliesMax: 16_384,
} as const satisfies SessionOptions;

interface Session<Result> {
  activeAt: Ticks;
  readonly replies: Replies<Done<Result>>;
}

type Done<Result> = Extract<SessionResult<Result>, { kind: 'done' }>;

export interface Sessions<State, Result> {
  inner: State;
  /** By id, which is the index of the entry that opened it; that which was silent for longest first. */
  readonly sessions: Map<number, Session<Result>>;
  /** Log time of the last command, at which those that had been silent for too long were dropped. */
  time: Ticks;
}

const FORMAT = 'sessions 1';

export interface SessionMachine<State, Command, Query, Result, Answer>
  extends StateMachine<Sessions<State, Result>, SessionCommand<Command>, Query, SessionResult<Result>, Answer> {
  /**
   * Commands of one session that stand together, with one word on what has been answered: what this gives applies each of
   * them in turn, as `apply` does a `session-command`.
   */
  commandsOf(
    state: Sessions<State, Result>,
    session: number,
    answeredBelow: number,
    at: Applying,
  ): (sequence: number, command: Command) => SessionResult<Result>;
}

/** @throws TROUPE_CORE_OPTIONS */
export function withSessions<State, Command, Query, Result, Answer>(
  machine: StateMachine<State, Command, Query, Result, Answer>,
  options: Partial<SessionOptions> = {},
): SessionMachine<State, Command, Query, Result, Answer> {
  const { lifetimeTicks, sessionsMax, repliesMax } = { ...SESSION_DEFAULTS, ...options };
  for (const [name, bound] of Object.entries({ lifetimeTicks, sessionsMax, repliesMax }))
    assertOption(Number.isSafeInteger(bound) && bound > 0, `${name} that is a whole number above 0`, bound);

  return {
    create: () => ({ inner: machine.create(), sessions: new Map(), time: 0 as Ticks }),
    apply(state, command, at) {
      passTime(state, at.time);
      if (!isWellFormed(command)) return refused('malformed-command');
      const { sessions } = state;
      switch (command.kind) {
        case 'open-session':
          if (sessions.size >= sessionsMax) sessions.delete(sessions.keys().next().value as number);
          sessions.set(at.index, { activeAt: at.time, replies: new Replies() });
          return { kind: 'session-opened', session: at.index };
        case 'keep-session':
          return touch(sessions, command.session, at.time) ? { kind: 'session-kept' } : refused('session-expired');
        case 'close-session':
          sessions.delete(command.session);
          return { kind: 'session-closed' };
        case 'session-command': {
          const session = enter(sessions, command.session, command.answeredBelow, at.time);
          return applyOnce(state, session, command.sequence, command.command, at);
        }
      }
    },
    commandsOf(state, id, answeredBelow, at) {
      passTime(state, at.time);
      if (!isNatural(id) || !isNatural(answeredBelow)) return () => refused('malformed-command');
      const session = enter(state.sessions, id, answeredBelow, at.time);
      return (sequence, command) =>
        isNatural(sequence) ? applyOnce(state, session, sequence, command, at) : refused('malformed-command');
    },
    query: (state, query) => machine.query(state.inner, query),
    snapshot({ inner, sessions }) {
      const rows = [...sessions].map(([id, { activeAt, replies }]) => [
        id,
        activeAt,
        replies.answeredBelow,
        Array.from(replies.all(), ([sequence, { result }]) => [sequence, result]),
      ]);
      return plainToBytes([FORMAT, rows, machine.snapshot(inner)]);
    },
    restore(data) {
      const [format, rows, inner] = plainFromBytes(data) as [string, SessionRow<Result>[], Uint8Array];
      if (format !== FORMAT) throw malformed(`'${FORMAT}'`, format);
      const sessions = new Map(
        rows.map(([id, activeAt, answeredBelow, replies]) => [
          id,
          { activeAt, replies: repliesOf(answeredBelow, replies) },
        ]),
      );
      return { inner: machine.restore(inner), sessions, time: 0 as Ticks };
    },
  };

  function passTime(state: Sessions<State, Result>, time: Ticks): void {
    if (time <= state.time) return;
    state.time = time;
    expire(state.sessions, time, lifetimeTicks);
  }

  function applyOnce(
    state: Sessions<State, Result>,
    session: Session<Result> | undefined,
    sequence: number,
    command: Command,
    at: Applying,
  ): SessionResult<Result> {
    if (session === undefined) return refused('session-expired');
    const { replies } = session;
    if (sequence < replies.answeredBelow) return refused('answered-before');
    const known = replies.get(sequence);
    if (known !== undefined) return known;
    if (sequence - replies.answeredBelow >= repliesMax) return refused('too-many-unanswered');
    const done: Done<Result> = { kind: 'done', result: machine.apply(state.inner, command, at) };
    replies.set(sequence, done);
    return done;
  }
}

type SessionRow<Result> = [id: number, activeAt: Ticks, answeredBelow: number, replies: [number, Result][]];

function expire(sessions: Map<number, { readonly activeAt: Ticks }>, time: Ticks, lifetime: Ticks): void {
  for (const [id, { activeAt }] of sessions) {
    if (activeAt + lifetime >= time) return;
    sessions.delete(id);
  }
}

/** Makes it the last that would expire: only where time has gone on, since order among equals is the same on all members. */
function touch<S extends { activeAt: Ticks }>(sessions: Map<number, S>, id: number, time: Ticks): S | undefined {
  const session = sessions.get(id);
  if (session === undefined || session.activeAt === time) return session;
  session.activeAt = time;
  sessions.delete(id);
  sessions.set(id, session);
  return session;
}

/** Its replies that have arrived are dropped. */
function enter<Result>(
  sessions: Map<number, Session<Result>>,
  id: number,
  answeredBelow: number,
  time: Ticks,
): Session<Result> | undefined {
  const session = touch(sessions, id, time);
  session?.replies.forget(answeredBelow);
  return session;
}

function repliesOf<Result>(answeredBelow: number, rows: SessionRow<Result>[3]): Replies<Done<Result>> {
  const replies = new Replies<Done<Result>>();
  replies.forget(answeredBelow);
  for (const [sequence, result] of rows) replies.set(sequence, { kind: 'done', result });
  return replies;
}

const isNatural = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** What stands in the log was put there by anyone. */
function isWellFormed(command: SessionCommand<unknown>): boolean {
  if (typeof command !== 'object' || command === null) return false;
  switch (command.kind) {
    case 'open-session':
      return true;
    case 'keep-session':
    case 'close-session':
      return isNatural(command.session);
    case 'session-command':
      return isNatural(command.session) && isNatural(command.sequence) && isNatural(command.answeredBelow);
    default:
      return false;
  }
}

function refused(reason: SessionRefusal): { readonly kind: 'session-refused'; readonly reason: SessionRefusal } {
  return { kind: 'session-refused', reason };
}

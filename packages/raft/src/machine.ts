/**
 * The replicated state machine, as users write it: deterministic, synchronous functions over a state of their own. The
 * core hands its committed entries to one by `apply`, and never looks at what they say.
 */
import type { Ticks } from '@troupe/protocol';
import type { LogIndex } from './entry.ts';

/** What a command is applied with; the same on every member. */
export interface Applying {
  /** Of its entry: what was proposed together may share one. */
  readonly index: LogIndex;
  /** Log time. It never goes back, and stands still while nothing is committed. */
  readonly time: Ticks;
}

export interface StateMachine<State, Command, Query, Result, Answer> {
  create(): State;
  /** Must not throw: a command that can't be done has a result that says so. May mutate the state. */
  apply(state: State, command: Command, at: Applying): Result;
  /** Reads alone. */
  query(state: State, query: Query): Answer;
  /** Everything that the state is, as bytes, at least one: equal states give equal bytes. */
  snapshot(state: State): Uint8Array;
  /** @throws where the bytes are of another machine or version */
  restore(data: Uint8Array): State;
}

/** What the core gives to the machine of its node (`out.apply`). */
export type RaftCommand =
  /** Committed commands, in order; entries of the protocol itself leave gaps between indices. */
  | { readonly kind: 'apply'; readonly commands: readonly CommittedCommand[] }
  | { readonly kind: 'query'; readonly queries: readonly unknown[] }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'restore'; readonly data: Uint8Array };

export interface CommittedCommand {
  readonly index: LogIndex;
  readonly time: Ticks;
  readonly data: unknown;
}

export type RaftResult =
  | { readonly kind: 'applied'; readonly results: readonly unknown[] }
  | { readonly kind: 'answered'; readonly answers: readonly unknown[] }
  | { readonly kind: 'snapshot'; readonly data: Uint8Array }
  | { readonly kind: 'restored' };

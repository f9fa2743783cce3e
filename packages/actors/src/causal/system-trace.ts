/** The space-time history of a system: what its nodes recorded, as one plain value. */

import type { RecordedKind } from './trace-memory.ts';

export interface TracedActor {
  /** The name of its definition. */
  readonly type: string;
  /** The name that it was spawned with, if any. */
  readonly name?: string;
  /** Unique on its node. */
  readonly id: number;
}

export interface TracedMessage {
  /** The same at its sending, its receipt, and its handler's begin and end; of no other message. */
  readonly id: string;
  readonly frame: 'tell' | 'ask' | 'reply' | 'failure' | 'control';
  readonly target?: TracedActor;
}

/**
 * - `start`: a life of a node begins. `crash`: it has ended; nobody recorded that, it was seen from outside.
 * - `send`, `receive`: a message leaves, to another node or an actor of this one; one from another node has come.
 * - `begin`, `end`: a handler is called; it has returned, or what it awaited has settled.
 * - `spawn`, `stop`, `fail`, `restart`: of an actor. `timer`: one that it set fires.
 * - `node-down`, `node-up`: the home node has learnt so of `peer`.
 */
export interface TraceEvent {
  readonly kind: RecordedKind | 'crash';
  readonly node: string;
  /** Which of the node's lives, from 1. */
  readonly life: number;
  /** Monotonic milliseconds, alike on all nodes of one machine; within a batch of messages, its beginning. */
  readonly at: number;
  /** Greater than that of every event that happened before this one; of a crash, that of the last event before it. */
  readonly lamport: number;
  /** By the system's clock, if it has one, unless it was too large. */
  readonly stamp?: unknown;
  /** Whose event it is; none for the program, and for what a node does itself. */
  readonly actor?: TracedActor;
  /** The kind of a message, a reason, or what one kernel says to another. */
  readonly text: string;
  /** The other node. */
  readonly peer?: string;
  readonly message?: TracedMessage;
}

export interface TracedLife {
  readonly node: string;
  readonly life: number;
  /** Events ever recorded, and those of them that newer ones have taken the place of. */
  readonly recorded: number;
  readonly dropped: number;
  /** What was no event: something wrote into the node's memory. */
  readonly refused: number;
  /** Why it ended, if it did. */
  readonly ended?: string;
}

export interface SystemTrace {
  /** The kind of the system's clock. */
  readonly clock?: string;
  /** Of each node the last lives, oldest first. */
  readonly lives: readonly TracedLife[];
  /** In an order in which no effect is before its cause, and otherwise as they came by the clock. */
  readonly events: readonly TraceEvent[];
}

/**
 * What a snapshot of a system of actors is, as a value: plain data and `ActorAddress`es in the place of refs. It can be looked
 * into, checked, encoded, restored, and opened in the simulator.
 *
 * The algorithm's process is the node: all actors of one are recorded as they were at one instant. Two channels lead from each
 * node to each other: one carries messages, one answers and what kernels say to one another.
 */

import type { Milliseconds } from '../host.ts';
import type { OverflowRule } from '../overflow.ts';
import type { ChildPolicy } from '../supervision/policy.ts';
import type { ActorAddress } from './actor-address.ts';

/** Raised whenever the form changes. */
export const SYSTEM_SNAPSHOT_VERSION = 2;

export interface SystemSnapshot {
  readonly kind: 'system-snapshot';
  readonly version: typeof SYSTEM_SNAPSHOT_VERSION;
  readonly id: string;
  /** When it was asked for: wall-clock milliseconds since 1970. */
  readonly takenAt: number;
  /** In the order of their indexes; the program's own is the first. */
  readonly nodes: readonly NodeSnapshot[];
  readonly definitions: readonly DefinitionSnapshot[];
  readonly actors: readonly ActorSnapshot[];
  /** Those on which something was under way. */
  readonly channels: readonly ChannelOfNodes[];
  /** Of `actors`, those that can't be gone on with unless their definitions say how. */
  readonly suspended: readonly SuspendedActor[];
}

export interface NodeSnapshot {
  readonly name: string;
  /** The last number that it had given to an actor. */
  readonly lastId: number;
}

export interface DefinitionSnapshot {
  /** `url#name`. */
  readonly key: string;
  readonly kinds: readonly string[];
  /** Which of these are declared as streams. */
  readonly streams: readonly number[];
}

export interface SuspendedActor {
  /** As in `n2/Counter#17`. */
  readonly actor: string;
  readonly node: string;
  readonly id: number;
  /** A handler awaits; a stream that it produces is open; it was told to stop and has not ended yet. */
  readonly why: 'it awaits' | 'it streams' | 'it stops';
}

/** A message in a mailbox. */
export interface MessageSnapshot {
  readonly kind: string;
  readonly payload: unknown;
  /** The actor that sent it, if one did. */
  readonly sender: ActorAddress | undefined;
  readonly wants: 'nothing' | 'an answer' | 'a stream';
}

/** What an actor is told of itself or of others, ahead of its mailbox. */
export interface SignalSnapshot {
  /** `resume`: its system was restored, and it was to go on from where a snapshot had found it. */
  readonly signal: 'started' | 'down' | 'exit' | 'resume';
  readonly payload: unknown;
}

export interface TimerSnapshot {
  readonly name: string;
  /** How long until it fires. Milliseconds. */
  readonly left: Milliseconds;
  readonly period: Milliseconds | undefined;
  readonly kind: string;
  readonly payload: unknown;
}

export interface AskSnapshot {
  readonly target: ActorAddress;
  readonly kind: string;
  /** How long until it falls due; undefined: never. Milliseconds. */
  readonly left: Milliseconds | undefined;
}

export interface ActorSnapshot {
  readonly node: string;
  readonly id: number;
  readonly name: string | undefined;
  /** The key of its definition. */
  readonly definition: string;
  /** Undefined: the program started it. */
  readonly parent: ActorAddress | undefined;
  readonly argument: unknown;
  readonly state: unknown;
  /** Its incarnation had failed, and it waited to be started again: it has no state. */
  readonly hasFailed: boolean;
  /** The names of those that it became, the one in force last. */
  readonly behaviours: readonly string[];
  readonly signals: readonly SignalSnapshot[];
  /** Oldest first. */
  readonly mailbox: readonly MessageSnapshot[];
  readonly stash: readonly MessageSnapshot[];
  readonly timers: readonly TimerSnapshot[];
  readonly links: readonly ActorAddress[];
  readonly monitors: readonly ActorAddress[];
  readonly offers: readonly string[];
  readonly topics: readonly { readonly topic: string; readonly kind: string }[];
  readonly policy: ChildPolicy;
  /** Where it differs from that of its definition: a rule for each kind. */
  readonly overflow: { readonly capacity: number; readonly rules: readonly OverflowRule[] } | undefined;
  readonly suspended: SuspendedActor['why'] | undefined;
  /** What the handler that awaits handles. */
  readonly serving: MessageSnapshot | SignalSnapshot | undefined;
  /** What it has asked and not been answered. */
  readonly asks: readonly AskSnapshot[];
}

/** One of the two channels of an ordered pair of nodes. */
export interface ChannelOfNodes {
  readonly from: string;
  readonly to: string;
  readonly lane: 'messages' | 'answers';
  /** Sent before the sender's instant and received after the receiver's, in the order of their coming. */
  readonly messages: readonly MessageInFlight[];
}

export type MessageInFlight =
  | ({ readonly type: 'message'; readonly to: ActorAddress } & MessageSnapshot)
  /** The answer to what `to` asked `from`. */
  | {
      readonly type: 'answer' | 'failure';
      readonly from: ActorAddress;
      readonly to: ActorAddress | undefined;
      readonly kind: string;
      readonly value: unknown;
    }
  /** What one kernel told another: of a link, a monitor, an offer, a topic. */
  | { readonly type: 'control'; readonly op: string; readonly message: unknown };

/** Every message to an actor that had not begun: in mailboxes, put aside, and between nodes. */
export function* messagesNotBegun(snapshot: SystemSnapshot): Iterable<MessageSnapshot> {
  for (const { mailbox, stash } of snapshot.actors) {
    yield* mailbox;
    yield* stash;
  }
  for (const { messages } of snapshot.channels)
    for (const message of messages) if (message.type === 'message') yield message;
}

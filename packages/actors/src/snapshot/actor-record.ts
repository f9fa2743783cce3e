/** An actor as it is now, with refs and payloads that are still its own: to be encoded at once, which is what copies it. */

import type { ActorTimer } from '../actor-timers.ts';
import type { ActorType } from '../actor-type.ts';
import { Signal } from '../actor-type.ts';
import type { PendingAsk } from '../ask/pending-ask.ts';
import type { Question } from '../ask/question.ts';
import { Cell, Flag, HELD, KIND_MASK, type Origin } from '../cell.ts';
import type { CellMore } from '../cell-more.ts';
import type { Held } from '../held.ts';
import type { Kernel } from '../kernel.ts';
import type { MessageQueue } from '../message-queue.ts';
import type { ActorRef } from '../ref.ts';
import { Opening } from '../stream/opening.ts';
import { CHILD_DEFAULTS, type ChildPolicy } from '../supervision/policy.ts';
import type {
  ActorSnapshot,
  AskSnapshot,
  MessageInFlight,
  MessageSnapshot,
  SignalSnapshot,
  SuspendedActor,
  TimerSnapshot,
} from './system-snapshot.ts';

/** With refs where a snapshot has addresses. */
type Live<T> = { readonly [K in keyof T]: unknown };
type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Lists =
  | 'behaviours'
  | 'signals'
  | 'mailbox'
  | 'stash'
  | 'timers'
  | 'links'
  | 'monitors'
  | 'offers'
  | 'topics'
  | 'asks';
/** Its definition is a number, and what is missing is what it is for most: no list, no name, no failure, the usual policy. */
export type ActorRecord = Pick<Live<ActorSnapshot>, 'id' | 'definition' | 'parent' | 'argument' | 'state'> &
  Partial<Omit<Live<ActorSnapshot>, Lists> & { readonly [K in Lists]: unknown[] }>;
/** `from` is the node's index. */
export type FlightRecord = readonly [from: number, lane: number, message: Live<MessageInFlight>];

/** The record of an actor that somebody else has made a snapshot of. */
export function sparse(actor: ActorSnapshot, definition: number, usual: ChildPolicy): ActorRecord {
  const { node: _, id, definition: _key, parent, argument, state, policy, hasFailed, ...rest } = actor;
  const isLeftOut = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);
  const kept = Object.entries(rest).filter(([, value]) => !isLeftOut(value));
  return {
    ...{ id, definition, parent, argument, state },
    ...(hasFailed ? { hasFailed } : {}),
    ...(policy === usual ? {} : { policy }),
    ...Object.fromEntries(kept),
  };
}

const SIGNALS: readonly (SignalSnapshot['signal'] | undefined)[] = [];
(SIGNALS as (string | undefined)[])[Signal.Started] = 'started';
(SIGNALS as (string | undefined)[])[Signal.Down] = 'down';
(SIGNALS as (string | undefined)[])[Signal.Exit] = 'exit';
(SIGNALS as (string | undefined)[])[Signal.Resume] = 'resume';

export const signalOf = (signal: SignalSnapshot['signal']): number => SIGNALS.indexOf(signal);

/** What most actors have none of is left out. */
export function recordOf(cell: Cell, definition: number): ActorRecord {
  const { kernel, type, more, ref, flags, argument, state, policy, mailbox } = cell;
  const id = kernel.refs.idOf(cell);
  const record: Writable<ActorRecord> = { id, definition, parent: parentOf(cell), argument, state };
  if (ref.name !== undefined) record.name = ref.name;
  if ((flags & Flag.Failed) !== 0) record.hasFailed = true;
  if (policy !== CHILD_DEFAULTS) record.policy = policy;
  if (mailbox !== type.mailbox) record.overflow = { capacity: mailbox.capacity, rules: mailbox.rules };
  if (cell.depth > 0 || more?.urgent !== undefined) addWaiting(record, cell);
  if (more !== undefined) addMore(record, cell, more);
  for (const target of kernel.monitors.targetsOf(cell)) (record.monitors ??= [] as ActorRef[]).push(target);
  const suspended = whySuspended(cell);
  if (suspended !== undefined) {
    const { ctx } = cell;
    const serving = ctx?.suspended;
    record.suspended = suspended;
    if (serving !== undefined)
      record.serving = messageOf(kernel, type, serving.kind, serving.payload, ctx?.question ?? ctx?.origin);
    record.asks = kernel.probes.openAsks(cell).map((ask) => askOf(kernel, ask));
  }
  return record;
}

function addWaiting(record: Writable<ActorRecord>, cell: Cell): void {
  for (const { kind, payload, origin } of cell.waiting()) {
    const message = messageOf(cell.kernel, cell.type, kind, payload, origin);
    if (message === undefined) continue;
    if ('signal' in message) (record.signals ??= [] as unknown[]).push(message);
    else (record.mailbox ??= [] as unknown[]).push(message);
  }
}

function addMore(record: Writable<ActorRecord>, cell: Cell, more: CellMore): void {
  const { kernel, type } = cell;
  const { behaviour, stash, timers, links, ends } = more;
  if (behaviour !== undefined) record.behaviours = behaviour;
  if (stash !== undefined) record.stash = stashed(kernel, type, stash);
  if (timers !== undefined) record.timers = timersOf(cell, timers);
  if (links !== undefined) record.links = [...links];
  if (ends === undefined) return;
  const offers = kernel.receptionist.offersOf(cell);
  const topics = topicsOf(cell);
  if (offers.length > 0) record.offers = [...offers];
  if (topics.length > 0) record.topics = topics;
}

function messageOf(
  kernel: Kernel,
  type: ActorType,
  marked: number,
  payload: unknown,
  origin: Origin,
): Live<MessageSnapshot> | Live<SignalSnapshot> | undefined {
  const kind = marked & KIND_MASK;
  if (kind >= type.signals) {
    const signal = SIGNALS[kind - type.signals];
    // A step of a stream is a function: its actor counts as suspended.
    return signal === undefined ? undefined : { signal, payload };
  }
  const question = isQuestion(origin) ? origin : undefined;
  const from = (marked & HELD) !== 0 ? (origin as Held).origin : origin;
  const sender = kernel.current.senderOf(question === undefined ? from : undefined, question);
  const opens = type.streams[kind] === true || question instanceof Opening;
  const wants = question === undefined ? 'nothing' : opens ? 'a stream' : 'an answer';
  return { kind: type.interface.kinds[kind], payload, sender, wants };
}

/** A tell that is on its way to an actor of this node. */
export function tellInFlight(
  kernel: Kernel,
  to: ActorRef,
  kind: number,
  payload: unknown,
  sender: ActorRef | undefined,
  wants: MessageSnapshot['wants'],
): Live<MessageInFlight> {
  return {
    type: 'message',
    to,
    kind: to.interface.kinds[kind] ?? `kind ${kind} of ${kernel.name}`,
    payload,
    sender,
    wants,
  };
}

const isQuestion = (origin: Origin): origin is Question =>
  typeof origin === 'object' && !(origin instanceof Cell) && 'settled' in origin;

function stashed(kernel: Kernel, type: ActorType, stash: MessageQueue): Live<MessageSnapshot>[] {
  const messages: Live<MessageSnapshot>[] = [];
  for (const { kind, payload, origin } of stash.all())
    messages.push(messageOf(kernel, type, kind, payload, origin) as Live<MessageSnapshot>);
  return messages;
}

function timersOf(cell: Cell, timers: ReadonlyMap<string, ActorTimer>): Live<TimerSnapshot>[] {
  const now = cell.kernel.timers.now();
  const { kinds } = cell.type.interface;
  return [...timers].map(([name, { timer, period, kind, payload }]) => ({
    name,
    left: Math.max(0, timer.at - now),
    period,
    kind: kinds[kind],
    payload,
  }));
}

function topicsOf(cell: Cell): { topic: string; kind: string | undefined }[] {
  const { kinds } = cell.type.interface;
  return cell.kernel.topics.of(cell).map(([topic, kind]) => ({ topic, kind: kinds[kind] }));
}

function parentOf({ parent, kernel }: Cell): ActorRef | undefined {
  if (parent === undefined) return undefined;
  if (!(parent instanceof Cell)) return kernel.refs.stranger(parent.node, parent.id);
  return parent.parent === undefined ? undefined : parent.ref;
}

export function whySuspended({ flags, more }: Cell): SuspendedActor['why'] | undefined {
  if ((flags & Flag.Stopping) !== 0) return 'it stops';
  if ((flags & Flag.Suspended) !== 0) return 'it awaits';
  return more?.streams !== undefined && more.streams.size > 0 ? 'it streams' : undefined;
}

function askOf({ timers }: Kernel, { target, kindName, deadline }: PendingAsk): Live<AskSnapshot> {
  return { target, kind: kindName, left: deadline === 0 ? undefined : Math.max(0, deadline - timers.now()) };
}

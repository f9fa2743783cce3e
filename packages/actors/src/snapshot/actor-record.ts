/** An actor as it is now, with refs and payloads that are still its own: to be encoded at once, which is what copies it. */

import type { ActorType } from '../actor-type.ts';
import { Signal } from '../actor-type.ts';
import type { PendingAsk } from '../ask/pending-ask.ts';
import type { Question } from '../ask/question.ts';
import { Cell, Flag, HELD, KIND_MASK, type Origin } from '../cell.ts';
import type { Held } from '../held.ts';
import type { Kernel } from '../kernel.ts';
import type { MessageQueue } from '../message-queue.ts';
import type { ActorRef } from '../ref.ts';
import { Opening } from '../stream/opening.ts';
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
/** A list with nothing in it is undefined, and its definition a number, until it is at home. */
export type ActorRecord = Live<ActorSnapshot>;
/** `from` is the node's index. */
export type FlightRecord = readonly [from: number, lane: number, message: Live<MessageInFlight>];

const SIGNALS: readonly (SignalSnapshot['signal'] | undefined)[] = [];
(SIGNALS as (string | undefined)[])[Signal.Started] = 'started';
(SIGNALS as (string | undefined)[])[Signal.Down] = 'down';
(SIGNALS as (string | undefined)[])[Signal.Exit] = 'exit';
(SIGNALS as (string | undefined)[])[Signal.Resume] = 'resume';

export const signalOf = (signal: SignalSnapshot['signal']): number => SIGNALS.indexOf(signal);

export function recordOf(cell: Cell, definition: number): ActorRecord {
  const { kernel, type, more, ref } = cell;
  let signals: Live<SignalSnapshot>[] | undefined;
  let mailbox: Live<MessageSnapshot>[] | undefined;
  if (cell.depth > 0 || more?.urgent !== undefined) {
    for (const { kind, payload, origin } of cell.waiting()) {
      const record = messageOf(kernel, type, kind, payload, origin);
      if (record === undefined) continue;
      if ('signal' in record) (signals ??= []).push(record);
      else (mailbox ??= []).push(record);
    }
  }
  const suspended = whySuspended(cell);
  const serving = cell.ctx?.suspended;
  return {
    node: kernel.name,
    id: kernel.refs.idOf(cell),
    name: ref.name,
    definition,
    parent: parentOf(cell),
    argument: cell.argument,
    state: cell.state,
    hasFailed: (cell.flags & Flag.Failed) !== 0,
    behaviours: more?.behaviour,
    signals,
    mailbox,
    stash: more?.stash === undefined ? undefined : stashed(kernel, type, more.stash),
    timers: more?.timers === undefined ? undefined : timersOf(cell),
    links: more?.links === undefined ? undefined : [...more.links],
    monitors: filled([...kernel.monitors.targetsOf(cell)]),
    offers: more?.ends === undefined ? undefined : filled(kernel.receptionist.offersOf(cell)),
    topics: more?.ends === undefined ? undefined : filled(topicsOf(cell)),
    policy: cell.policy,
    overflow:
      cell.mailbox === type.mailbox ? undefined : { capacity: cell.mailbox.capacity, rules: cell.mailbox.rules },
    suspended,
    serving:
      serving === undefined
        ? undefined
        : messageOf(kernel, type, serving.kind, serving.payload, cell.ctx?.question ?? cell.ctx?.origin),
    asks: suspended === undefined ? undefined : kernel.probes.openAsks(cell).map((ask) => askOf(kernel, ask)),
  };
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

const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

const isQuestion = (origin: Origin): origin is Question =>
  typeof origin === 'object' && !(origin instanceof Cell) && 'settled' in origin;

function stashed(kernel: Kernel, type: ActorType, stash: MessageQueue): Live<MessageSnapshot>[] {
  const messages: Live<MessageSnapshot>[] = [];
  for (const { kind, payload, origin } of stash.all())
    messages.push(messageOf(kernel, type, kind, payload, origin) as Live<MessageSnapshot>);
  return messages;
}

function timersOf(cell: Cell): Live<TimerSnapshot>[] {
  const now = cell.kernel.timers.now();
  const { kinds } = cell.type.interface;
  return [...(cell.more?.timers ?? [])].map(([name, { timer, period, kind, payload }]) => ({
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

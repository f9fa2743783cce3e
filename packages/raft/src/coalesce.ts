/**
 * `coalesce(keyed(raft))`: the heartbeats of all groups on a node go to each other node in one message an interval, and what
 * answers them comes back in one. So a thousand idle groups cost no more messages than one.
 *
 * A heartbeat waits for others for at most `gatherTicks`; answers to a batch don't wait; all else leaves at once. Each group
 * does what it would do alone over a network that delays heartbeats by so much. A lease counts from the beginning of its
 * round, so the delay makes it shorter, and no less safe.
 *
 * @paper none; CockroachDB and TiKV gather heartbeats by node as well
 */
import {
  assertOption,
  type Core,
  type Effects,
  type Event,
  type Keyed,
  type NodeId,
  type RequestId,
  type Ticks,
} from '@troupe/protocol';
import { RAFT_DEFAULTS } from './options.ts';
import type { Raft } from './state.ts';

/** Messages of one batch; more make another. */
export const BATCH_MAX = 4_096;

export interface CoalesceOptions {
  /** How long a heartbeat may wait for others: at most the interval between heartbeats. @units ticks */
  readonly gatherTicks: Ticks;
}

type Groups = Keyed<Raft>;
type GroupMessage = Groups['Message'];
type Batch = { readonly batch: readonly GroupMessage[] };

export interface CoalescedState {
  readonly groups: Groups['State'];
  /** Heartbeats that wait, by the node that they go to. */
  readonly gathered: Map<NodeId, GroupMessage[]>;
}

/** The shape of many groups on one node. */
export interface Coalesced extends Omit<Groups, 'State' | 'Message' | 'Timer'> {
  State: CoalescedState;
  Message: GroupMessage | Batch;
  Timer: Groups['Timer'] | 'gather';
}

export function coalesce(groups: Core<Groups>, options: Partial<CoalesceOptions> = {}): Core<Coalesced> {
  const { gatherTicks } = { gatherTicks: RAFT_DEFAULTS.heartbeatTicks, ...options };
  const isTime = Number.isSafeInteger(gatherTicks) && gatherTicks >= 1;
  assertOption(isTime, 'gatherTicks in whole ticks from 1 up', gatherTicks);
  return {
    name: `coalesce(${groups.name})`,
    init: (given, durable) => ({ groups: groups.init(given, durable), gathered: new Map() }),
    step(state, event, out) {
      if (event.kind === 'message' && isBatch(event.message)) {
        onBatch(groups, state, event.from, event.message, event.now, out);
      } else if (event.kind === 'timeout' && event.timer === 'gather') {
        release(state, out);
      } else if (isHeartbeatTimeout(event)) {
        const port = new Gathering(out, (to, message) => gather(state, to, message, gatherTicks, out));
        groups.step(state.groups, event as Event<Groups>, port);
      } else {
        groups.step(state.groups, event as Event<Groups>, out as unknown as Effects<Groups>);
      }
    },
    ...(groups.fold !== undefined && { fold: groups.fold.bind(groups) }),
  };
}

function isBatch(message: Coalesced['Message'] | null): message is Batch {
  return typeof message === 'object' && message !== null && 'batch' in message;
}

function isHeartbeatTimeout(event: Event<Coalesced>): boolean {
  return event.kind === 'timeout' && typeof event.timer === 'object' && event.timer.name === 'heartbeat';
}

/** Without entries it can wait; a chunk of a log snapshot can't. */
function gather(
  { gathered }: CoalescedState,
  to: NodeId,
  message: GroupMessage,
  gatherTicks: Ticks,
  out: Effects<Coalesced>,
): boolean {
  const { message: inner } = message;
  if (inner.kind !== 'append-entries' || inner.entries.length > 0) return false;
  if (gathered.size === 0) out.setTimer('gather', gatherTicks);
  const waiting = gathered.get(to);
  if (waiting === undefined) gathered.set(to, [message]);
  else waiting.push(message);
  return true;
}

function release({ gathered }: CoalescedState, out: Effects<Coalesced>): void {
  for (const to of [...gathered.keys()].sort()) sendAll(out, to, gathered.get(to) as GroupMessage[]);
  gathered.clear();
}

/** One step for all of them, and one message with what they answer at once. */
function onBatch(
  groups: Core<Groups>,
  state: CoalescedState,
  from: NodeId,
  { batch }: Batch,
  now: Ticks,
  out: Effects<Coalesced>,
): void {
  if (!Array.isArray(batch) || batch.length > BATCH_MAX) return out.ignore('a malformed batch');
  const answers: GroupMessage[] = [];
  const port = new Gathering(out, (to, answer) => {
    if (to !== from || answer.message.kind !== 'append-entries-reply') return false;
    answers.push(answer);
    return true;
  });
  for (const message of batch) groups.step(state.groups, { kind: 'message', now, from, message }, port);
  sendAll(out, from, answers);
}

function sendAll(out: Effects<Coalesced>, to: NodeId, messages: readonly GroupMessage[]): void {
  for (let at = 0; at < messages.length; at += BATCH_MAX) out.send(to, { batch: messages.slice(at, at + BATCH_MAX) });
}

/** The outer effects, but for messages that are kept back. What waits for a persist is its driver's to hold. */
class Gathering implements Effects<Groups> {
  readonly #out: Effects<Coalesced>;
  readonly #keep: (to: NodeId, message: GroupMessage) => boolean;

  constructor(out: Effects<Coalesced>, keep: (to: NodeId, message: GroupMessage) => boolean) {
    this.#out = out;
    this.#keep = keep;
  }

  send(to: NodeId, message: GroupMessage, after?: Groups['Token']): void {
    if (after !== undefined) this.#out.send(to, message, after);
    else if (!this.#keep(to, message)) this.#out.send(to, message);
  }

  setTimer(timer: Groups['Timer'], delay: Ticks): void {
    this.#out.setTimer(timer, delay);
  }

  cancelTimer(timer: Groups['Timer']): void {
    this.#out.cancelTimer(timer);
  }

  persist(token: Groups['Token'], record: Groups['Record']): void {
    this.#out.persist(token, record);
  }

  apply(command: Groups['Command'], token?: Groups['Token']): void {
    this.#out.apply(command, token);
  }

  reply(id: RequestId | null, reply: Groups['Reply']): void {
    this.#out.reply(id, reply);
  }

  indicate(indication: Groups['Indication']): void {
    this.#out.indicate(indication);
  }

  request(request: Groups['LowerRequest'], token?: Groups['Token']): void {
    this.#out.request(request, token);
  }

  choose(label: string, n: number): number {
    return this.#out.choose(label, n);
  }

  buggify(label: string): boolean {
    return this.#out.buggify(label);
  }

  ignore(reason: string): void {
    this.#out.ignore(reason);
  }
}

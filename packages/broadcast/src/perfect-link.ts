/**
 * Perfect point-to-point link over a fair-loss one: what a correct node sends to a correct node is delivered, once, and
 * nothing else is (PL1–PL3; Cachin, Guerraoui, Rodrigues, §2.4). Order is not promised.
 *
 * Deviations: it retransmits until acknowledged, where the textbook's stubborn link never stops; what it remembers is
 * bounded by `WINDOW_MAX`; and it outlives crashes in this sense, that a durable incarnation number keeps a restarted
 * node from being taken for its former self. What was unacknowledged at the crash is lost, and what was delivered may
 * come again to a receiver that itself restarted.
 */
import {
  assertOption,
  type Core,
  type Effects,
  type LinkIndication,
  type LinkRequest,
  type MessageEvent,
  type NodeId,
  type Shape,
  type Ticks,
  ticks,
} from '@troupe/protocol';
import { type GroupOptions, isSequence, sortedGroup } from './group.ts';
import { addSequence, createSequenceSet, raiseFloor, type SequenceSet } from './sequence-set.ts';

/** From the oldest unacknowledged message to the newest. Beyond it, sends to that peer are dropped and counted. */
export const WINDOW_MAX = 32_768;
/** Messages sent again to one peer at one timeout, the oldest first. */
export const RETRANSMIT_BATCH = 64;

export interface PerfectLinkOptions extends GroupOptions {
  /** How long to wait for an acknowledgement; default `RETRANSMIT_TICKS`. */
  readonly retransmitTicks?: Ticks;
}
export const RETRANSMIT_TICKS: Ticks = ticks(10);

export type PerfectLinkMessage<M> =
  | {
      readonly kind: 'data';
      readonly incarnation: number;
      readonly sequence: number;
      /** Every sequence number below was acknowledged, or will never come. */
      readonly base: number;
      readonly message: M;
    }
  | { readonly kind: 'acknowledge'; readonly incarnation: number; readonly sequence: number };

interface Peer<M> {
  nextSequence: number;
  readonly unacknowledged: Map<number, M>;
  /** The sender's incarnation that `delivered` is about. */
  incarnation: number;
  delivered: SequenceSet;
}

interface PerfectLinkState<M> {
  readonly incarnation: number;
  readonly retransmitTicks: Ticks;
  readonly peers: Map<NodeId, Peer<M>>;
  armed: boolean;
  /** The disk refused the incarnation number: it is tried again at the next timeout. */
  mustPersist: boolean;
}

export type PerfectLink<M> = Shape<{
  Options: PerfectLinkOptions;
  Durable: number;
  State: PerfectLinkState<M>;
  Message: PerfectLinkMessage<M>;
  Timer: 'retransmit';
  Token: 'incarnation';
  Record: number;
  Request: LinkRequest<M>;
  Indication: LinkIndication<M>;
}>;

export function perfectLink<M = unknown>(): Core<PerfectLink<M>> {
  return core as Core<PerfectLink<M>>;
}

type Out = Effects<PerfectLink<unknown>>;

const core: Core<PerfectLink<unknown>> = {
  name: 'perfect-link',
  init(options, durable) {
    const { retransmitTicks = RETRANSMIT_TICKS } = options;
    assertOption(retransmitTicks >= 1, 'retransmitTicks from 1 up', retransmitTicks);
    const peers = new Map<NodeId, Peer<unknown>>();
    for (const id of sortedGroup(options)) peers.set(id, createPeer());
    return {
      incarnation: durable === undefined ? 0 : durable + 1,
      retransmitTicks,
      peers,
      armed: false,
      mustPersist: false,
    };
  },
  fold: (_durable, incarnation) => incarnation,
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        // Nothing leaves before the incarnation is durable.
        out.persist('incarnation', state.incarnation);
        break;
      case 'persist-failed':
        // Until it was written, all data is dropped below this core; retransmission makes up for it.
        state.mustPersist = true;
        arm(state, out);
        break;
      case 'persisted':
        break;
      case 'request':
        onSend(state, event.request, out);
        break;
      case 'message':
        onMessage(state, event, out);
        break;
      case 'timeout':
        onRetransmit(state, out);
        break;
    }
  },
};

function createPeer(): Peer<unknown> {
  return { nextSequence: 0, unacknowledged: new Map(), incarnation: 0, delivered: createSequenceSet() };
}

function onSend(state: PerfectLinkState<unknown>, { to, message }: LinkRequest<unknown>, out: Out): void {
  const peer = state.peers.get(to);
  if (peer === undefined) {
    out.ignore('a send to a node outside the group');
  } else if (peer.nextSequence - baseOf(peer) >= WINDOW_MAX) {
    out.ignore('a send to a peer whose window is full');
  } else {
    const sequence = peer.nextSequence++;
    peer.unacknowledged.set(sequence, message);
    sendData(state, to, peer, sequence, message, out);
    arm(state, out);
  }
}

function onMessage(state: PerfectLinkState<unknown>, event: MessageEvent<PerfectLinkMessage<unknown>>, out: Out): void {
  const { from, message } = event;
  const peer = state.peers.get(from);
  if (peer === undefined || !isSequence(message?.sequence) || !isSequence(message.incarnation)) {
    out.ignore('a malformed message, or one from outside the group');
    return;
  }
  switch (message.kind) {
    case 'data':
      onData(peer, from, message, out);
      break;
    case 'acknowledge':
      if (message.incarnation === state.incarnation) peer.unacknowledged.delete(message.sequence);
      else out.ignore('an acknowledgement for an earlier incarnation');
      break;
    default:
      message satisfies never;
      out.ignore('a message of an unknown kind');
  }
}

function onData(
  peer: Peer<unknown>,
  from: NodeId,
  data: PerfectLinkMessage<unknown> & { kind: 'data' },
  out: Out,
): void {
  const { incarnation, sequence, base, message } = data;
  if (!isSequence(base) || base > sequence || incarnation < peer.incarnation) {
    out.ignore('data of an earlier incarnation, or malformed');
    return;
  }
  if (incarnation > peer.incarnation) {
    peer.incarnation = incarnation;
    peer.delivered = createSequenceSet();
  }
  raiseFloor(peer.delivered, base);
  // Duplicates are acknowledged again: the first acknowledgement may have been lost.
  out.send(from, { kind: 'acknowledge', incarnation, sequence });
  if (addSequence(peer.delivered, sequence)) out.indicate({ kind: 'deliver', from, message });
}

function onRetransmit(state: PerfectLinkState<unknown>, out: Out): void {
  state.armed = false;
  if (state.mustPersist) {
    state.mustPersist = false;
    out.persist('incarnation', state.incarnation);
  }
  for (const [to, peer] of state.peers) {
    let budget = RETRANSMIT_BATCH;
    for (const [sequence, message] of peer.unacknowledged) {
      if (budget-- === 0) break;
      sendData(state, to, peer, sequence, message, out);
    }
    if (peer.unacknowledged.size > 0) arm(state, out);
  }
}

function sendData(
  state: PerfectLinkState<unknown>,
  to: NodeId,
  peer: Peer<unknown>,
  sequence: number,
  message: unknown,
  out: Out,
): void {
  const { incarnation } = state;
  out.send(to, { kind: 'data', incarnation, sequence, base: baseOf(peer), message }, 'incarnation');
}

/** The oldest unacknowledged number: maps keep the order in which they were filled. */
function baseOf(peer: Peer<unknown>): number {
  for (const oldest of peer.unacknowledged.keys()) return oldest;
  return peer.nextSequence;
}

function arm(state: PerfectLinkState<unknown>, out: Out): void {
  if (state.armed) return;
  state.armed = true;
  out.setTimer('retransmit', state.retransmitTicks);
}

/**
 * Mutual exclusion by a token that goes round a ring (Le Lann, "Distributed systems: towards a formal approach", 1977):
 * who holds it may enter, and passes it on afterwards. At most one node is inside; everyone who waits gets in, once a
 * round. Each entry has a fencing number greater than all before it, for what the critical section writes to.
 *
 * Holds where links lose nothing and nobody crashes: a token that is lost is not made anew. The guide in this package's
 * README walks through this file.
 */
import {
  assertOption,
  type Core,
  type Effects,
  type NodeId,
  type RequestId,
  type Shape,
  type Ticks,
  ticks,
} from '@troupe/protocol';
import { type GroupOptions, isSequence, sortedGroup } from './group.ts';

/** Requests that wait at one node. More are refused. */
export const WAITING_MAX = 4_096;

export interface TokenRingOptions extends GroupOptions {
  /** How long a token that nobody here wants rests before it goes on; default 1. */
  readonly restTicks?: Ticks;
}

export type TokenRingRequest = { readonly kind: 'acquire' } | { readonly kind: 'release'; readonly fence: number };

export type TokenRingReply =
  | { readonly kind: 'acquired'; readonly fence: number }
  | { readonly kind: 'released' }
  | { readonly kind: 'refused'; readonly reason: 'not-held' | 'too-many-waiting' };

interface TokenRingState {
  readonly first: boolean;
  readonly next: NodeId;
  readonly restTicks: Ticks;
  /** Where the token is, as seen from here. */
  token: 'elsewhere' | 'resting' | 'in-use';
  /** Of the latest entry that the token knows of. */
  fence: number;
  readonly waiting: (RequestId | null)[];
}

export type TokenRing = Shape<{
  Options: TokenRingOptions;
  State: TokenRingState;
  Message: { readonly kind: 'token'; readonly fence: number };
  Timer: 'rest';
  Request: TokenRingRequest;
  Reply: TokenRingReply;
}>;

export const tokenRing: Core<TokenRing> = {
  name: 'token-ring',
  init(options) {
    const { self, restTicks = ticks(1) } = options;
    assertOption(Number.isSafeInteger(restTicks) && restTicks >= 0, 'restTicks from 0 up', restTicks);
    const ring = sortedGroup(options);
    const place = ring.indexOf(self);
    const next = ring[(place + 1) % ring.length] as NodeId;
    return { first: place === 0, next, restTicks, token: 'elsewhere', fence: 0, waiting: [] };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        // Only ever one token: a first node that comes back does not make another.
        if (state.first && !event.restarted) hold(state, out);
        break;
      case 'message':
        if (event.message?.kind !== 'token' || !isSequence(event.message.fence)) {
          out.ignore('a malformed message');
        } else if (state.token !== 'elsewhere' || event.message.fence < state.fence) {
          out.ignore('a second token');
        } else {
          state.fence = event.message.fence;
          hold(state, out);
        }
        break;
      case 'timeout':
        pass(state, out);
        break;
      case 'request':
        if (event.request.kind === 'acquire') onAcquire(state, event.id, out);
        else onRelease(state, event.id, event.request.fence, out);
        break;
    }
  },
};

function onAcquire(state: TokenRingState, id: RequestId | null, out: Effects<TokenRing>): void {
  if (state.waiting.length >= WAITING_MAX) {
    out.reply(id, { kind: 'refused', reason: 'too-many-waiting' });
    return;
  }
  state.waiting.push(id);
  if (state.token !== 'resting') return;
  out.cancelTimer('rest');
  hold(state, out);
}

function onRelease(state: TokenRingState, id: RequestId | null, fence: number, out: Effects<TokenRing>): void {
  if (state.token !== 'in-use' || fence !== state.fence) {
    out.reply(id, { kind: 'refused', reason: 'not-held' });
    return;
  }
  out.reply(id, { kind: 'released' });
  // On, even where more wait here: each gets in once a round.
  pass(state, out);
}

/** The token is here: in goes whoever has waited longest; if nobody does, it rests a while. */
function hold(state: TokenRingState, out: Effects<TokenRing>): void {
  const id = state.waiting.shift();
  if (id === undefined) {
    state.token = 'resting';
    out.setTimer('rest', state.restTicks);
  } else {
    state.token = 'in-use';
    state.fence++;
    out.reply(id, { kind: 'acquired', fence: state.fence });
  }
}

function pass(state: TokenRingState, out: Effects<TokenRing>): void {
  state.token = 'elsewhere';
  out.send(state.next, { kind: 'token', fence: state.fence });
}

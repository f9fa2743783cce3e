/**
 * Mutual exclusion as a pure core: a token goes round a ring of nodes (Le Lann, 1977); who holds it may enter, and passes
 * it on afterwards. Each entry has a fencing number above all before it. Holds where links lose nothing and nobody crashes:
 * over links that lose, a perfect link goes below (see the test); a token that died with its node is not made anew.
 *
 * It knows no thread, no clock and no actor: `member.ts` runs it on threads, `mutex.test.ts` under virtual time.
 */

import { type Answered, type Core, type NodeId, type RequestId, type Shape, sortedIds, ticks } from 'troupe/protocol';

export type Mutex = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: {
    readonly isFirst: boolean;
    readonly next: NodeId;
    token: 'elsewhere' | 'resting' | 'in-use';
    fence: number;
    readonly waiting: (RequestId | null)[];
  };
  Message: { readonly kind: 'token'; readonly fence: number };
  Timer: 'rest';
  Request:
    | Answered<{ readonly kind: 'enter' }, Entered | Refused>
    | Answered<{ readonly kind: 'leave'; readonly fence: number }, Left | Refused>;
  Reply: Entered | Left | Refused;
}>;
type Entered = { readonly kind: 'entered'; readonly fence: number };
type Left = { readonly kind: 'left' };
type Refused = { readonly kind: 'refused'; readonly why: 'not inside' | 'too many wait' };

/** Requests that wait at one node; more are refused. */
const WAITING_MAX = 1_024;
/** How long a token that nobody here wants rests before it goes on. */
const REST = ticks(1);

export const mutex: Core<Mutex> = {
  name: 'mutex',
  init({ self, nodes }) {
    const ring = sortedIds(nodes);
    const place = ring.indexOf(self);
    const next = ring[(place + 1) % ring.length] ?? self;
    return { isFirst: place === 0, next, token: 'elsewhere', fence: 0, waiting: [] };
  },
  step(state, event, out) {
    const pass = (): void => {
      state.token = 'elsewhere';
      out.send(state.next, { kind: 'token', fence: state.fence });
    };
    const hold = (): void => {
      const id = state.waiting.shift();
      if (id === undefined) {
        state.token = 'resting';
        out.setTimer('rest', REST);
      } else {
        state.token = 'in-use';
        out.reply(id, { kind: 'entered', fence: ++state.fence });
      }
    };
    switch (event.kind) {
      case 'start':
        // Only ever one token: a first node that comes back does not make another.
        if (state.isFirst && !event.restarted) hold();
        break;
      case 'message':
        if (event.message?.kind !== 'token' || !Number.isSafeInteger(event.message.fence)) out.ignore('malformed');
        else if (state.token !== 'elsewhere' || event.message.fence < state.fence) out.ignore('a second token');
        else {
          state.fence = event.message.fence;
          hold();
        }
        break;
      case 'timeout':
        if (state.token === 'resting') pass();
        break;
      case 'request':
        if (event.request.kind === 'leave') {
          const isInside = state.token === 'in-use' && event.request.fence === state.fence;
          out.reply(event.id, isInside ? { kind: 'left' } : { kind: 'refused', why: 'not inside' });
          // On, even where more wait here: each node gets in once a round.
          if (isInside) pass();
        } else if (state.waiting.length >= WAITING_MAX) out.reply(event.id, { kind: 'refused', why: 'too many wait' });
        else {
          state.waiting.push(event.id);
          if (state.token === 'resting') {
            out.cancelTimer('rest');
            hold();
          }
        }
        break;
    }
  },
};

/**
 * A token that goes round a ring, by which nodes take turns (Le Lann, "Distributed systems: towards a formal approach", 1977).
 * A node may lose it, as a program does whose lock is never given back; whoever knows that it is lost has another made. Two
 * would be worse than none.
 */
import { type Core, type Effects, type NodeId, type Shape, sortedIds, type Ticks, ticks } from 'troupe/protocol';

export type Ring = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[]; readonly restTicks: Ticks };
  State: RingState;
  Message: Token;
  Timer: 'pass';
  Request: { readonly kind: 'lose' | 'make' };
  Reply: { readonly kind: 'done' | 'not here' };
}>;

export interface RingState {
  readonly isFirst: boolean;
  readonly next: NodeId;
  /** The longest that the token stays. */
  readonly restTicks: Ticks;
  hasToken: boolean;
  turns: number;
}

export interface Token {
  readonly kind: 'token';
}

export const ring: Core<Ring> = {
  name: 'ring',
  init({ self, nodes, restTicks }) {
    const all = sortedIds(nodes);
    const place = all.indexOf(self);
    const next = all[(place + 1) % all.length] as NodeId;
    return { isFirst: place === 0, next, restTicks, hasToken: false, turns: 0 };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        if (state.isFirst) hold(state, out);
        break;
      case 'message':
        if (event.message?.kind === 'token') hold(state, out);
        else out.ignore('malformed');
        break;
      case 'timeout':
        state.hasToken = false;
        out.send(state.next, { kind: 'token' });
        break;
      case 'request':
        if (event.request.kind === 'make') {
          hold(state, out);
          out.reply(event.id, { kind: 'done' });
        } else {
          out.reply(event.id, { kind: state.hasToken ? 'done' : 'not here' });
          state.hasToken = false;
          out.cancelTimer('pass');
        }
        break;
    }
  },
};

function hold(state: RingState, out: Effects<Ring>): void {
  state.hasToken = true;
  state.turns++;
  out.setTimer('pass', ticks(1 + out.choose('ticks of a turn', state.restTicks)));
}

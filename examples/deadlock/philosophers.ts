/**
 * Philosophers round a table (Dijkstra, "Hierarchical ordering of sequential processes", 1971): each lays a fork of its own
 * between itself and its left neighbour, and eats with that and with the one of its right neighbour. Whoever is hungry takes
 * its own first, and then asks for the other. So all may hold one and wait for the next, for ever: it is what the example wants.
 */
import { type Core, type Effects, type NodeId, type Shape, sortedIds, type Ticks, ticks } from 'troupe/protocol';

export type Philosophers = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[]; readonly thinkTicks: Ticks };
  State: PhilosopherState;
  Message: ForkMessage;
  Timer: 'hungry' | 'sated';
  Request: { readonly kind: 'sit down' };
  Reply: { readonly kind: 'seated' };
}>;

export interface PhilosopherState {
  readonly left: NodeId;
  readonly right: NodeId;
  /** The longest that thinking, or a meal, takes. */
  readonly thinkTicks: Ticks;
  phase: 'away' | 'thinks' | 'waits for its fork' | 'waits for the right one' | 'eats';
  /** Its own. */
  fork: 'on the table' | 'in hand' | 'lent';
  /** The left neighbour waits for it. */
  isAsked: boolean;
  meals: number;
}

/** `ask` goes to the right; `lend` answers it, to the left; `return` goes to the right again. */
export interface ForkMessage {
  readonly kind: 'ask' | 'lend' | 'return';
}

export const philosophers: Core<Philosophers> = {
  name: 'philosophers',
  init({ self, nodes, thinkTicks }) {
    const table = sortedIds(nodes);
    const at = (place: number): NodeId => table[(place + table.length) % table.length] as NodeId;
    const place = table.indexOf(self);
    return {
      left: at(place - 1),
      right: at(place + 1),
      thinkTicks,
      phase: 'away',
      fork: 'on the table',
      isAsked: false,
      meals: 0,
    };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request':
        if (state.phase === 'away') think(state, out);
        out.reply(event.id, { kind: 'seated' });
        break;
      case 'timeout':
        if (event.timer === 'sated') onSated(state, out);
        else if (state.fork === 'lent') state.phase = 'waits for its fork';
        else takeOwn(state, out);
        break;
      case 'message':
        onMessage(state, event.message, out);
        break;
    }
  },
};

function onMessage(state: PhilosopherState, message: ForkMessage, out: Effects<Philosophers>): void {
  switch (message?.kind) {
    case 'ask':
      if (state.fork === 'on the table') lend(state, out);
      else state.isAsked = true;
      break;
    case 'lend':
      state.phase = 'eats';
      out.setTimer('sated', ticks(1 + out.choose('ticks of a meal', state.thinkTicks)));
      break;
    case 'return':
      state.fork = 'on the table';
      if (state.phase === 'waits for its fork') takeOwn(state, out);
      break;
    default:
      out.ignore('malformed');
  }
}

function onSated(state: PhilosopherState, out: Effects<Philosophers>): void {
  state.meals++;
  state.fork = 'on the table';
  out.send(state.right, { kind: 'return' });
  if (state.isAsked) lend(state, out);
  think(state, out);
}

function think(state: PhilosopherState, out: Effects<Philosophers>): void {
  state.phase = 'thinks';
  out.setTimer('hungry', ticks(1 + out.choose('ticks of thinking', state.thinkTicks)));
}

function takeOwn(state: PhilosopherState, out: Effects<Philosophers>): void {
  state.fork = 'in hand';
  state.phase = 'waits for the right one';
  out.send(state.right, { kind: 'ask' });
}

function lend(state: PhilosopherState, out: Effects<Philosophers>): void {
  state.isAsked = false;
  state.fork = 'lent';
  out.send(state.left, { kind: 'lend' });
}

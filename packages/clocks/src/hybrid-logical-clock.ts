/**
 * Hybrid logical clock: as near to physical time as the nodes' clocks are to one another, and ordered as Lamport's. A stamp
 * is (l, c): the greatest physical time heard of, and a counter for events within it.
 *
 * |l − pt| ≤ ε, where ε bounds how far clocks are apart: a stamp that is further ahead than that is refused, so that one bad
 * clock does not drag along all others. A clock that jumps back stops l until it has caught up, and c counts meanwhile.
 *
 * Deviates where c would pass `HLC_COUNTER_MAX`: l then goes on by one tick, which keeps stamps in 64 bits and in order.
 *
 * @paper Kulkarni, Demirbas et al.: Logical physical clocks and consistent snapshots in globally distributed databases (2014)
 */
import { assertOption, compareIds, type NodeId, type Ticks } from '@troupe/protocol';
import { type Clock, isCounter, isNodeId, MALFORMED, type Order, orderOf } from './clock.ts';

/** As in the paper's 16 bits. */
export const HLC_COUNTER_MAX = 65_535;

export interface HybridState {
  readonly self: NodeId;
  l: number;
  c: number;
}

export interface HybridStamp {
  /** @units ticks */
  readonly l: number;
  readonly c: number;
  readonly node: NodeId;
}

export interface HybridOptions {
  /** ε: how far another clock may be ahead of this one. @units ticks */
  readonly offsetTicksMax: Ticks;
}

export const HYBRID_DEFAULTS: HybridOptions = { offsetTicksMax: 500 as Ticks };

export function hybridLogicalClock(options: Partial<HybridOptions> = {}): Clock<HybridState, HybridStamp> {
  const { offsetTicksMax } = { ...HYBRID_DEFAULTS, ...options };
  assertOption(isCounter(offsetTicksMax), 'offsetTicksMax in whole ticks from 0 up', offsetTicksMax);
  return {
    name: 'hybrid-logical-clock',
    init: (self) => ({ self, l: 0, c: 0 }),
    tick(state, now) {
      if (now > state.l) set(state, now, 0);
      else advance(state);
      return { l: state.l, c: state.c, node: state.self };
    },
    refusal(_state, stamp, now) {
      const { l, c, node } = (stamp ?? {}) as Partial<HybridStamp>;
      if (!isCounter(l) || !isCounter(c) || c > HLC_COUNTER_MAX || !isNodeId(node)) return MALFORMED;
      return l - now > offsetTicksMax ? 'a stamp further ahead than clocks may be apart' : undefined;
    },
    receive(state, { l, c }, now) {
      if (now > state.l && now > l) set(state, now, 0);
      else {
        if (l > state.l) set(state, l, c);
        else if (l === state.l && c > state.c) state.c = c;
        advance(state);
      }
      return { l: state.l, c: state.c, node: state.self };
    },
    compare: compareHybrid,
  };
}

/** The total order: by l, then c, then the id of the node. */
export function compareHybrid(a: HybridStamp, b: HybridStamp): Order {
  return orderOf(a.l - b.l || a.c - b.c || compareIds(a.node, b.node));
}

function set(state: HybridState, l: number, c: number): void {
  state.l = l;
  state.c = c;
}

function advance(state: HybridState): void {
  if (state.c < HLC_COUNTER_MAX) state.c++;
  else set(state, state.l + 1, 0);
}

/**
 * A physical clock as the literature models it: C(t) = αt + β. α is its rate, off 1 by the drift; β its offset, which
 * synchronisation and jumps change. And the same as a clock that stamps: what every program does that compares times of
 * different machines, and what the others are measured against.
 */
import { assertOption, type NodeId, type Ticks } from '@troupe/protocol';
import { type Clock, isCounter, isNodeId, MALFORMED, orderOf } from './clock.ts';

export interface PhysicalModel {
  /** α − 1. @units parts per million */
  readonly driftPerMillion: number;
  /** β at time 0. @units ticks */
  readonly offset: number;
}

/** What a clock of this model shows at time t. @units ticks, not rounded */
export function readPhysical({ driftPerMillion, offset }: PhysicalModel, t: number): number {
  return t + (t * driftPerMillion) / 1e6 + offset;
}

/** How long it takes until a clock of this model has advanced by so much. */
export function physicalDuration({ driftPerMillion }: PhysicalModel, ticks: number): number {
  assertOption(driftPerMillion > -1e6, 'a clock that goes forward: driftPerMillion above -1000000', driftPerMillion);
  return ticks / (1 + driftPerMillion / 1e6);
}

export interface PhysicalState {
  readonly self: NodeId;
}

export interface PhysicalStamp {
  readonly at: number;
  readonly node: NodeId;
}

/** It merges nothing: an effect may bear an earlier stamp than its cause. */
export const physicalClock: Clock<PhysicalState, PhysicalStamp> = {
  name: 'physical-clock',
  init: (self) => ({ self }),
  tick: ({ self }, now: Ticks) => ({ at: now, node: self }),
  refusal(_state, stamp) {
    const { at, node } = (stamp ?? {}) as Partial<PhysicalStamp>;
    return isCounter(at) && isNodeId(node) ? undefined : MALFORMED;
  },
  receive: ({ self }, _stamp, now) => ({ at: now, node: self }),
  compare: (a, b) => (a.at === b.at && a.node !== b.node ? 'concurrent' : orderOf(a.at - b.at)),
};

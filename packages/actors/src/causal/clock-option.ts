/**
 * The clocks that a system can be made with: by name and options, which cross to the threads of its nodes, where a clock
 * itself, being functions, could not.
 */

import {
  type BoundedOptions,
  boundedClock,
  type Clock,
  HLC_COUNTER_MAX,
  type HybridOptions,
  type HybridStamp,
  hybridLogicalClock,
  type LamportStamp,
  lamportClock,
  type MatrixStamp,
  matrixClock,
  physicalClock,
  type Vector,
  vectorClock,
} from '@troupe/clocks';
import type { NodeId } from '@troupe/protocol';
import { actorError } from '../errors.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from '../overflow.ts';

export type ClockKind = 'lamport' | 'vector' | 'matrix' | 'hybrid' | 'physical' | 'bounded';

/** A kind, or one with options of its own. Ticks are milliseconds of the host's monotonic clock. */
export type ClockOption =
  | ClockKind
  | { readonly kind: 'lamport' | 'vector' | 'matrix' | 'physical' }
  | ({ readonly kind: 'hybrid' } & Partial<HybridOptions>)
  | ({ readonly kind: 'bounded' } & Partial<BoundedOptions>);

export type AnyClock = Clock<unknown, unknown>;

/** A clock, and what its node remembers of it beyond the end of a life. */
export interface SystemClock {
  readonly clock: AnyClock;
  /** It reads physical time; the others are spared that. */
  readonly isPhysical: boolean;
  /**
   * How far it has come, as a number, where another life of the node must not fall behind that; and a stamp which takes it
   * there. A vector or a matrix needs none: in them each life has an entry of its own.
   */
  readonly reading?: (stamp: unknown) => number;
  readonly resume?: (reading: number, node: NodeId) => unknown;
  /** The lives that a stamp names, where it names any number: a clock remembers them all. */
  readonly lives?: (stamp: unknown) => Iterable<string>;
}

interface ClockEntry extends Omit<SystemClock, 'clock'> {
  readonly options: readonly string[];
  make(options: object): unknown;
}

const CLOCKS: { readonly [K in ClockKind]: ClockEntry } = {
  lamport: {
    options: [],
    isPhysical: false,
    make: () => lamportClock,
    reading: (stamp) => (stamp as LamportStamp).time,
    resume: (time, node): LamportStamp => ({ time, node }),
  },
  vector: {
    options: [],
    isPhysical: false,
    make: () => vectorClock,
    lives: (stamp) => (stamp as Vector).keys(),
  },
  matrix: {
    options: [],
    isPhysical: false,
    make: () => matrixClock,
    *lives(stamp) {
      for (const [node, row] of (stamp as MatrixStamp).rows) {
        yield node;
        yield* row.keys();
      }
    },
  },
  hybrid: {
    options: ['offsetTicksMax'],
    isPhysical: true,
    make: hybridLogicalClock,
    reading: (stamp) => (stamp as HybridStamp).l,
    // However many events the earlier life had within that tick.
    resume: (l, node): HybridStamp => ({ l, c: HLC_COUNTER_MAX, node }),
  },
  physical: { options: [], isPhysical: true, make: () => physicalClock },
  bounded: { options: ['driftPerMillionMax', 'uncertaintyTicks'], isPhysical: true, make: boundedClock },
};

/** @throws TROUPE_OPTION_INVALID */
export function systemClock(option: ClockOption): SystemClock {
  if (typeof option !== 'string') mustBeObject('clock', option);
  const { kind, ...options } = typeof option === 'string' ? { kind: option } : option;
  if (typeof kind !== 'string' || !Object.hasOwn(CLOCKS, kind))
    throw optionInvalid('clock', `one of ${Object.keys(CLOCKS).join(', ')}, or { kind } of them`, kind);
  const { options: known, make, ...rest } = CLOCKS[kind];
  mustHaveOnly(`the ${kind} clock`, options, known);
  try {
    return { clock: make(options) as AnyClock, ...rest };
  } catch (error) {
    throw actorError('TROUPE_OPTION_INVALID', (error as Error).message, { option: 'clock' }, error);
  }
}

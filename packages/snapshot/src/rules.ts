/**
 * The decisions on which the consistency of a snapshot rests, one small function each. Handlers ask for them through this
 * table, so that a test can have one of them wrong and see that a checker finds it; nothing else may replace them.
 */
import { clonePlain, type NodeId } from '@troupe/protocol';
import type { SnapshotState } from './state.ts';

export interface SnapshotRules {
  /** What is recorded must not change with the core that goes on. */
  copy<T>(state: T): T;
  /** The channel along which the first marker came is empty: all before it was received before. */
  isFirstChannelClosed(): boolean;
  /** By what a recording is kept: each snapshot has its own. */
  keyOf(id: string): string;
  /** Whether a node records its own state again for another snapshot. */
  recordsAgain(state: SnapshotState): boolean;
  /** No two snapshots have one id. */
  nextId(state: SnapshotState): string;
  /** A node without inbound channels has nothing to wait for: it is done as soon as it has recorded. */
  isDoneAtOnce(): boolean;
  /** Nodes that no marker reaches are told to begin by themselves. */
  toBeBegun(state: SnapshotState): readonly NodeId[];
  /** Whose parts make it whole. */
  expectedParts(state: SnapshotState): readonly NodeId[];
  /** What a node sent to itself, its timers and what waits for its disk are in the snapshot like all else. */
  recordsItself(): boolean;
  /** A snapshot during which a node came back is given up. */
  minds(event: 'restart'): boolean;
}

export const RULES: SnapshotRules = {
  copy: (state) => clonePlain(state),
  isFirstChannelClosed: () => true,
  keyOf: (id) => id,
  recordsAgain: () => true,
  nextId: (state) => `${state.self}/${state.incarnation}/${state.nextNumber++}`,
  isDoneAtOnce: () => true,
  toBeBegun: ({ topology }) => topology.unreachable,
  expectedParts: ({ topology }) => topology.nodes,
  recordsItself: () => true,
  minds: () => true,
};

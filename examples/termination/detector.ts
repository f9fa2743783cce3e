/** Has the computation ended? Stable: without work nobody makes any. */
import { type GlobalSnapshot, messagesInFlight } from 'troupe/snapshot';
import type { DiffusionState, Work } from './diffusion.ts';

export type Detector = (snapshot: GlobalSnapshot<DiffusionState, Work>) => boolean;

const hasBegun: Detector = ({ parts }) => parts.some(({ core }) => core.state.hasBegun);
export const isIdle: Detector = ({ parts }) => parts.every(({ core }) => core.state.left === 0);

export const hasEnded: Detector = (snapshot) =>
  hasBegun(snapshot) && isIdle(snapshot) && messagesInFlight(snapshot).length === 0;

/** Wrong: work may be under way to them. */
export const statesAlone: Detector = (snapshot) => hasBegun(snapshot) && isIdle(snapshot);

/** Wrong: they may be at work. */
export const channelsAlone: Detector = (snapshot) => hasBegun(snapshot) && messagesInFlight(snapshot).length === 0;

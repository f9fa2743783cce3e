/** Is the token lost? Stable: nobody has it, none is under way, and nobody makes one by itself. */
import { type GlobalSnapshot, messagesInFlight } from 'troupe/snapshot';
import type { RingState, Token } from './ring.ts';

export type Detector = (snapshot: GlobalSnapshot<RingState, Token>) => boolean;

export const isLost: Detector = (snapshot) => statesAlone(snapshot) && messagesInFlight(snapshot).length === 0;

/** Wrong: it may be under way. */
export const statesAlone: Detector = ({ parts }) => parts.every(({ core }) => !core.state.hasToken);

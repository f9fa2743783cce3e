/** How Ricart and Agrawala's algorithm is got wrong, each version by one decision. */
import type { InjectedBug } from 'troupe/sim';
import { type Decisions, type Mutex, mutualExclusion, RICART_AGRAWALA } from './ricart-agrawala.ts';

type Bug = InjectedBug<Mutex, undefined>;

export const bugs: readonly Bug[] = [
  bug('wrong-tie', 'of two requests with equal clocks neither comes first, so each is granted by the other', {
    comesFirst: (one, other) => one.clock < other.clock,
  }),
  bug('inside-only', 'a node defers only while it is inside: it grants later requests although it asked before', {
    defers: (state) => state.phase === 'inside',
  }),
  bug('deaf-clock', 'a clock that hears nothing of others: a request made after a grant looks older than the granted', {
    witness: (clock) => clock,
  }),
  bug('one-release', 'a node that leaves grants the first of those that it deferred, and forgets the others', {
    released: (deferred) => deferred.slice(0, 1),
  }),
];

function bug(id: string, what: string, wrong: Partial<Decisions>): Bug {
  const core = mutualExclusion({ ...RICART_AGRAWALA, ...wrong });
  return { id, what, inject: (simulation) => ({ ...simulation, core }) };
}

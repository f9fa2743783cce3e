/** The simulator and the explorer: run cores and actors of one's own under virtual time and faults. */

export * from '@troupe/sim';
export {
  type CallsOf,
  type ClientHistory,
  clientHistory,
  isLinearizable,
  newHistory,
  noteCall,
} from './simulations/client-history.ts';

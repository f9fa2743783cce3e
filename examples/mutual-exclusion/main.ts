/**
 * Ricart and Agrawala's mutual exclusion in the simulator: as it is, it keeps its promises over all seeds; its wrong versions
 * let two in, or nobody, and each failure is made small and shown.
 */
import { showTextbook } from '../textbook/program.ts';
import { bugs } from './simulation.ts';

await showTextbook('mutual-exclusion', new URL('./load.ts', import.meta.url).href, bugs);

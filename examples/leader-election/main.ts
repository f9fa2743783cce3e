/**
 * Chang and Roberts's election in the simulator: as it is, it keeps its promises over all seeds; its wrong versions elect the
 * wrong node, or nobody, and each failure is made small and shown.
 */
import { showTextbook } from '../textbook/program.ts';
import { bugs } from './simulation.ts';

await showTextbook('leader-election', new URL('./load.ts', import.meta.url).href, bugs);

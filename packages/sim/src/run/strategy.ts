/** What makes the choices of a seed. */
import type { Chooser } from '../choices/chooser.ts';
import { PriorityChooser } from '../choices/priority-chooser.ts';
import { RandomChooser } from '../choices/random-chooser.ts';

/** `mixed`: every fourth seed by priorities, the others evenly. */
export const STRATEGIES = ['mixed', 'random', 'priority'] as const;
export type Strategy = (typeof STRATEGIES)[number];

const PRIORITY_EVERY = 4;

export function chooserOf(seed: number, strategy: Strategy): Chooser {
  const byPriority = strategy === 'priority' || (strategy === 'mixed' && seed % PRIORITY_EVERY === PRIORITY_EVERY - 1);
  return byPriority ? new PriorityChooser(seed) : new RandomChooser(seed);
}

import { coreRunnable, RandomChooser } from '@troupe/sim';
import type { AnySimulation } from './index.ts';

/** The first seed that breaks a property, and which one: in this thread, and not made small. */
export async function firstViolation(simulation: AnySimulation, seedsMax: number) {
  const runnable = coreRunnable(simulation);
  for (let seed = 0; seed < seedsMax; seed++) {
    const { violation } = await runnable.run(new RandomChooser(seed));
    if (violation !== undefined) return { seed, property: violation.property };
  }
  return undefined;
}

/** Where the simulator's workers find a simulation, by its name or path. */
import type { SandboxOptions } from '@troupe/sim';
import type { SimulationName } from './runnable.ts';

type Watch = Pick<SandboxOptions, 'strategy' | 'stallMilliseconds' | 'heapMegabytes'>;

export function inSandbox({
  simulation,
  bug,
  strategy,
  stallMilliseconds,
  heapMegabytes,
}: SimulationName & Watch): SandboxOptions {
  const loader = import.meta.resolve(import.meta.url.endsWith('.ts') ? './runnable.ts' : './runnable.js');
  return { loader, argument: { simulation, bug }, strategy, stallMilliseconds, heapMegabytes };
}

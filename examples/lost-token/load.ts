/** What each thread of the simulator loads: the simulation as it is, or with one of its bugs. */
import { coreRunnable, type Runnable } from 'troupe/sim';
import simulation, { bugs } from './simulation.ts';

export async function load(bugId: unknown): Promise<Runnable> {
  const bug = bugs.find(({ id }) => id === bugId);
  return coreRunnable(bug === undefined ? simulation : bug.inject(simulation));
}

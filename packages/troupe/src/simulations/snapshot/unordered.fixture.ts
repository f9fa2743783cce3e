/** The same over channels on which messages overtake one another (Lai and Yang), without crashes. */

import { defineSimulation } from '@troupe/sim';
import type { PhotographedTransfers, SnapshotObserved } from '../snapshot.ts';
import ordered from '../snapshot.ts';

export default defineSimulation<PhotographedTransfers, SnapshotObserved>({
  ...ordered,
  name: 'snapshot-unordered',
  options: (self, nodes, draw) => ({ ...ordered.options(self, nodes, draw), order: 'any' }),
  faults: {
    ...ordered.faults,
    links: { ...ordered.faults?.links, fifo: false },
    processes: { ...ordered.faults?.processes, crashes: () => 0 },
  },
  sometimes: Object.fromEntries(
    Object.entries(ordered.sometimes ?? {}).filter(([name]) => !name.includes('given up') && !name.includes('crash')),
  ),
});

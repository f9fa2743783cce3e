import { rate, type Workload } from './workload.ts';

/** Nodes of each simulated system. */
export const SIMULATED_NODES = 5;

/** How fast virtual worlds run. */
export const SIM: readonly Workload[] = [
  {
    name: 'events',
    about: `Events of a trivial protocol of ${SIMULATED_NODES} nodes, with faults: delay, loss, duplicates, partitions, crashes, pauses, drift.`,
    results: [rate('events', 'events/s')],
    count: 4_000_000,
    limit: 'limit:event-loop',
  },
  {
    name: 'heartbeats',
    about: `A leader sends heartbeats to ${SIMULATED_NODES - 1} followers, which answer and set their election timers anew: simulated seconds.`,
    results: [rate('heartbeats', 'simulated s/s')],
    count: 20_000,
  },
];

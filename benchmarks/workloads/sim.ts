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
    name: 'actors-sync',
    about: `Messages between ${SIMULATED_NODES} actors, each on a node of its own, with synchronous handlers, under delays, pauses and slow nodes.`,
    results: [rate('actors-sync', 'messages/s')],
    count: 200_000,
    limit: 'limit:event-loop',
  },
  {
    name: 'actors-async',
    about: 'The same with asynchronous handlers, whose continuations run in turns of the real event loop.',
    results: [rate('actors-async', 'messages/s')],
    count: 50_000,
    limit: 'limit:event-loop',
  },
  {
    name: 'heartbeats',
    about: `A leader sends heartbeats to ${SIMULATED_NODES - 1} followers, which answer and set their election timers anew: simulated seconds.`,
    results: [rate('heartbeats', 'simulated s/s')],
    count: 20_000,
  },
];

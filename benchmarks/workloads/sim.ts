import { rate, type Workload } from './workload.ts';

/** Nodes of each simulated system. */
export const SIMULATED_NODES = 5;

/** Of the published specification of two-phase commit. */
export const RESOURCE_MANAGERS = 7;

/** How fast virtual worlds run. */
export const SIM: readonly Workload[] = [
  {
    name: 'events',
    about: `Events of a trivial protocol of ${SIMULATED_NODES} nodes, with faults: delay, loss, duplicates, partitions, crashes, pauses, drift. What limits it: the heap and the dispatch (a quarter), and the links' choices for each message (a sixth).`,
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
  {
    name: 'explore-2pc',
    about: `Every state of the specification of two-phase commit with ${RESOURCE_MANAGERS} resource managers (9 steps a state).`,
    results: [rate('explore-2pc', 'states/s')],
    count: 296_448,
  },
  {
    name: 'explore-2pc-core',
    about: 'Every state of the core of two-phase commit: 3 nodes, a crash and a restart, every vote (6 steps a state).',
    results: [rate('explore-2pc-core', 'states/s')],
    count: 554_492,
  },
];

import { cost, rate, type Workload } from './workload.ts';

export const NODES_STARTED = 8;

/** What it costs to have an actor, and to have a node. */
export const SPAWN: readonly Workload[] = [
  {
    name: 'create',
    about: 'Actors are made, handle one message each, and stop.',
    results: [rate('create', 'actors/s')],
    count: 200_000,
    limit: 'limit:array-queue',
  },
  {
    name: 'idle-actor-bytes',
    about: 'Heap that an actor with a one-number state holds while nothing is sent to it.',
    results: [cost('idle-actor-bytes', 'bytes')],
    count: 10_000,
    fixed: true,
    limit: 'limit:array-queue',
  },
  {
    name: 'node-start',
    about: `Start of ${NODES_STARTED} nodes (threads), until each is ready.`,
    results: [cost('node-start', 'ms')],
    count: NODES_STARTED,
    fixed: true,
  },
  {
    name: 'node-start-one',
    about: 'Start of one node (thread), until it is ready.',
    results: [cost('node-start-one', 'ms')],
    count: 1,
    fixed: true,
  },
];

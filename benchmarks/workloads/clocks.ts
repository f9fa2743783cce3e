import { rate, type Workload } from './workload.ts';

/** Nodes whose counts a vector, or a matrix, holds. */
export const CLOCK_NODES = 8;

const clock = (name: string, about: string): Workload => ({
  name,
  about,
  results: [rate(name, 'stamps/s')],
  count: 2_000_000,
});

const ids = (name: string, about: string): Workload => ({
  name,
  about,
  results: [rate(name, 'ids/s')],
  count: 1_000_000,
});

/** One thread. A clock stamps a send and takes the stamp in at another node, in turn: two stamps a round. */
export const CLOCKS: readonly Workload[] = [
  clock('lamport', 'Lamport’s clock: a send is stamped, its stamp merged at another node.'),
  clock('hybrid', 'The same with a hybrid logical clock, which reads a physical one.'),
  clock('bounded', 'The same with intervals of bounded uncertainty.'),
  clock('vector', `The same with a vector of ${CLOCK_NODES} nodes.`),
  clock('matrix', `The same with a matrix of ${CLOCK_NODES} nodes.`),
  ids('snowflake', 'Ids of 63 bits, as fast as their sequence of 22 bits a millisecond allows.'),
  ids('uuid-v7', 'UUIDs of version 7, as text.'),
];

import { rate, type Workload } from './workload.ts';

/** The actors of the ring, the fork-join and the big workload: Savina's numbers. */
export const RING_ACTORS = 100;
export const FORK_JOIN_ACTORS = 60;
export const BIG_ACTORS = 120;

const limit = 'limit:array-queue';

/** One thread, one node. */
export const LOCAL: readonly Workload[] = [
  {
    name: 'ping-pong',
    about: 'Two actors send one message to and fro; both directions count.',
    results: [rate('ping-pong', 'messages/s')],
    count: 2_000_000,
    limit,
  },
  {
    name: 'counting',
    about: 'A producer sends to one counter, slice by slice, then asks it for its count.',
    results: [rate('counting', 'messages/s')],
    count: 1_000_000,
    limit,
  },
  {
    name: 'thread-ring',
    about: `A token goes round ${RING_ACTORS} actors.`,
    results: [rate('thread-ring', 'hops/s')],
    count: 1_000_000,
    limit,
  },
  {
    name: 'fork-join',
    about: `A producer sends to ${FORK_JOIN_ACTORS} counters in turn, slice by slice; then they report their counts.`,
    results: [rate('fork-join', 'messages/s')],
    count: 1_200_000,
    limit,
  },
  {
    name: 'big',
    about: `${BIG_ACTORS} actors ping actors drawn at random, each with one ping outstanding; pings and pongs count.`,
    results: [rate('big', 'messages/s')],
    count: 1_200_000,
    limit,
  },
  {
    name: 'ask',
    about: 'A request and its reply, one at a time, awaited.',
    results: [rate('ask', 'asks/s')],
    count: 500_000,
    limit,
  },
];

import { cost, rate, type Workload } from './workload.ts';

export const LOAD_NODES = 4;
export const LOAD_ACTORS = 10_000;
/** Messages that go on from actor to actor for ever: so many are on their way, or wait, at any time. */
export const LOAD_TOKENS = 4_000;
/** Others that an actor knows, and may pass on to. */
export const PEERS = 8;
/** A snapshot is asked for so often. */
export const EVERY_MILLISECONDS = 1_000;

const time = (name: string): readonly [ReturnType<typeof cost>, ReturnType<typeof cost>] => [
  cost(name, 'ms'),
  cost(`${name}-bytes`, 'bytes'),
];

export const ACTORS = [1_000, 4_000, 16_000] as const;
export const NODES = [1, 2, 4] as const;
export const IN_FLIGHT = [1_000, 10_000, 100_000] as const;

/** Of all sizes but that of actors. */
export const SIZE_ACTORS = 4_000;
export const SIZE_NODES = 2;

const size = (name: string, about: string): Workload => ({ name, about, results: time(name), count: 1, fixed: true });

/** What a consistent snapshot of a running system costs those who run, and whoever takes it. */
export const SNAPSHOT: readonly Workload[] = [
  {
    name: 'under-load',
    about: `${LOAD_ACTORS} actors on ${LOAD_NODES} worker threads pass on ${LOAD_TOKENS} messages, and a snapshot is taken each second. Beside the rate: its share of the rate without snapshots, in turn in one process; how long a snapshot takes; and the longest time for which an actor that always has a message was not run, with snapshots and without.`,
    results: [
      rate('under-load', 'hops/s'),
      rate('under-load-share', '%'),
      cost('under-load-snapshot', 'ms'),
      cost('under-load-pause', 'ms'),
      cost('under-load-pause-without', 'ms'),
    ],
    count: LOAD_TOKENS,
    fixed: true,
  },
  ...ACTORS.map((actors) =>
    size(`actors-${actors}`, `A snapshot of ${actors} idle actors on ${SIZE_NODES} worker threads: time, and bytes.`),
  ),
  ...NODES.map((nodes) =>
    size(`nodes-${nodes}`, `A snapshot of ${SIZE_ACTORS} idle actors on ${nodes} worker threads: time, and bytes.`),
  ),
  ...IN_FLIGHT.map((messages) =>
    size(
      `in-flight-${messages}`,
      `A snapshot of ${SIZE_ACTORS} actors on ${SIZE_NODES} worker threads, for which ${messages} messages wait: time, and bytes.`,
    ),
  ),
];

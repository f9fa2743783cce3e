import { cost, rate, type Workload } from './workload.ts';

/** Pause before a round trip to a sleeping receiver: far above any spin, far below a timer's batch. */
export const ASLEEP_PAUSE_MILLISECONDS = 2;

function asks(inFlight: number): Workload {
  const name = `ask-${inFlight}`;
  return {
    name,
    about: `Requests to an actor on the other thread, ${inFlight} in flight, each awaited.`,
    results: [rate(name, 'asks/s')],
    count: 1_000_000,
    limit: 'limit:msgpackr-ring',
  };
}

/** Two threads. */
export const THREADS: readonly Workload[] = [
  {
    name: 'counting-small',
    about: 'A producer sends { type, id, n } to a counter on the other thread, then asks it for its count.',
    results: [rate('counting-small', 'messages/s')],
    count: 2_000_000,
    limit: 'limit:msgpackr-ring',
  },
  {
    name: 'counting-realistic',
    about: 'The same with an AppendEntries of two entries.',
    results: [rate('counting-realistic', 'messages/s')],
    count: 1_000_000,
    limit: 'limit:msgpackr-ring',
  },
  {
    name: 'ping-pong',
    about: 'A message to the other thread and back, one at a time, without pause.',
    results: [rate('ping-pong', 'round trips/s')],
    count: 500_000,
    limit: 'limit:spin-ring',
  },
  {
    name: 'ping-pong-latency',
    about: 'The same, each round trip timed.',
    results: [cost('ping-pong-p50', 'µs'), cost('ping-pong-p99', 'µs')],
    count: 100_000,
    limit: 'limit:spin-ring',
  },
  {
    name: 'ping-pong-asleep',
    about: `Round trips that each find the receiver's loop asleep, ${ASLEEP_PAUSE_MILLISECONDS} ms after the last; pauses don't count. Before, as many without pause as make every subject's code warm.`,
    results: [
      rate('ping-pong-asleep', 'round trips/s'),
      cost('ping-pong-asleep-p50', 'µs'),
      cost('ping-pong-asleep-p99', 'µs'),
    ],
    count: 60,
    fixed: true,
  },
  asks(1),
  asks(16),
  asks(256),
];

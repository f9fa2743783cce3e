import { cost, rate, type Workload } from './workload.ts';

/** Of each command, put and value. */
export const VALUE_BYTES = 64;
/** Keys that are written, in turn. */
export const KEYS = 1_000;
export const GROUPS = 1_000;
/** The same for everyone, since fail-over is told in it. */
export const ELECTION_TIMEOUT_MILLISECONDS = 150;
export const HEARTBEAT_MILLISECONDS = 30;
/** Longer than it takes to elect another, most of the time. */
export const HANG_MILLISECONDS: number = 6 * ELECTION_TIMEOUT_MILLISECONDS;
/** Of groups that are only there: etcd's defaults. */
export const IDLE_ELECTION_TIMEOUT_MILLISECONDS = 1_000;
export const IDLE_HEARTBEAT_MILLISECONDS = 100;

function putDurable(outstanding: number, count: number): Workload {
  const name = `put-durable-${outstanding}`;
  return {
    name,
    about: `Puts of ${VALUE_BYTES} bytes, ${outstanding} outstanding, each answered when a majority has it on disk. Beside the rate: for how much of the time the leader's disk was syncing.`,
    results: [rate(name, 'puts/s'), rate(`${name}-sync`, '%')],
    count,
    limit: 'limit:fdatasync-log',
  };
}

/** Consensus among three members. */
export const RAFT: readonly Workload[] = [
  putDurable(1, 20_000),
  putDurable(64, 200_000),
  putDurable(256, 500_000),
  {
    name: 'put-memory-256',
    about: `The same with 256 outstanding and nothing on disk.`,
    results: [rate('put-memory-256', 'puts/s')],
    count: 1_000_000,
    limit: 'limit:raft-core',
  },
  {
    name: 'read-index-64',
    about: 'Linearizable reads, 64 outstanding.',
    results: [rate('read-index-64', 'reads/s')],
    count: 500_000,
  },
  {
    name: 'fail-over',
    about: `From the leader's death to the next committed write, in election timeouts; timeouts of ${ELECTION_TIMEOUT_MILLISECONDS} ms, heartbeats each ${HEARTBEAT_MILLISECONDS} ms. A sample is a kill.`,
    results: [cost('fail-over', 'timeouts')],
    count: 1,
    fixed: true,
    isDraw: true,
  },
  {
    name: 'fail-over-hung',
    about: `The same, but the leader does not end: it hangs, so that the others learn of it only by its silence. Troupe's thread is in a loop of ${HANG_MILLISECONDS} ms, etcd's process is stopped by a signal until that write is committed.`,
    results: [cost('fail-over-hung', 'timeouts')],
    count: 1,
    fixed: true,
    isDraw: true,
  },
  {
    name: 'idle-groups',
    about: `${GROUPS} groups on three nodes that nobody asks for anything, with a heartbeat each ${IDLE_HEARTBEAT_MILLISECONDS} ms: how much of one core they take, and how many messages they send.`,
    results: [cost('idle-groups', '% of a core'), cost('idle-groups-messages', 'messages/s')],
    count: GROUPS,
    fixed: true,
  },
];

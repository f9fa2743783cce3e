/** A member's options, checked, with their defaults; and what follows from them. */
import { assertOption, type NodeId, type Ticks } from '@troupe/protocol';
import type { Configuration } from './entry.ts';
import { configurationOf } from './membership.ts';
import { MEMBERS_MAX, MESSAGE_ENTRIES_MAX } from './message-check.ts';
import { RAFT_DEFAULTS, type RaftOptions } from './options.ts';
import type { Window } from './progress.ts';

export interface Settings {
  readonly self: NodeId;
  readonly cluster: string;
  readonly electionTimeoutTicks: Ticks;
  readonly heartbeatTicks: Ticks;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  /** How long a leader that was heard is not deposed with this member's help, whatever it hears of it: 0 where leases are off. */
  readonly shieldTicks: Ticks;
  /** How long a confirmed round of heartbeats lets the leader answer alone; null where leases are off. */
  readonly leaseTicks: Ticks | null;
  readonly commandBytesMax: number;
  readonly appendBytesMax: number;
  readonly appendEntriesMax: number;
  readonly window: Window;
  readonly uncommittedBytesMax: number;
  readonly waitingReadsMax: number;
  readonly snapshotEntries: number;
  readonly snapshotBytes: number;
  readonly retainedEntries: number;
  readonly retainedBytes: number;
  readonly snapshotChunkBytes: number;
}

/** @throws TROUPE_CORE_OPTIONS */
export function settingsOf(options: RaftOptions): Settings {
  const given = { ...RAFT_DEFAULTS, ...options };
  const { self, nodes, cluster, electionTimeoutTicks, heartbeatTicks, preVote, checkQuorum, leaseReads } = given;
  assertOption(isName(self), 'options.self to be the id of a node', self);
  assertOption(Array.isArray(nodes) && nodes.every(isName), 'options.nodes to be ids of nodes', nodes);
  assertOption(nodes.length <= MEMBERS_MAX, `options.nodes to be at most ${MEMBERS_MAX}`, nodes.length);
  assertOption(isName(cluster), 'options.cluster to be the name of the cluster', cluster);
  for (const name of POSITIVE) {
    assertOption(isWhole(given[name], 1), `options.${name} to be a whole number from 1 up`, given[name]);
  }
  for (const name of NATURAL) {
    assertOption(isWhole(given[name], 0), `options.${name} to be a whole number from 0 up`, given[name]);
  }
  // A peer takes a message with more for none.
  assertOption(
    given.appendEntriesMax <= MESSAGE_ENTRIES_MAX,
    `options.appendEntriesMax to be at most ${MESSAGE_ENTRIES_MAX}`,
    given.appendEntriesMax,
  );
  assertOption(
    heartbeatTicks <= electionTimeoutTicks,
    'options.heartbeatTicks to be at most options.electionTimeoutTicks',
    { heartbeatTicks, electionTimeoutTicks },
  );
  const leaseTicks = leaseReads === null ? null : leaseTicksOf(leaseReads.driftPerMillionMax, electionTimeoutTicks);
  assertOption(leaseTicks === null || checkQuorum, 'options.checkQuorum to be on where options.leaseReads is', {
    leaseReads,
    checkQuorum,
  });
  return {
    self,
    cluster,
    electionTimeoutTicks,
    heartbeatTicks,
    preVote,
    checkQuorum,
    shieldTicks: leaseTicks === null ? (0 as Ticks) : electionTimeoutTicks,
    leaseTicks,
    commandBytesMax: given.commandBytesMax,
    appendBytesMax: given.appendBytesMax,
    appendEntriesMax: given.appendEntriesMax,
    window: { messagesMax: given.inflightMax, bytesMax: given.inflightMax * given.appendBytesMax },
    uncommittedBytesMax: given.uncommittedBytesMax,
    waitingReadsMax: given.waitingReadsMax,
    snapshotEntries: given.snapshotEntries,
    snapshotBytes: given.snapshotBytes,
    retainedEntries: given.retainedEntries,
    retainedBytes: given.retainedBytes,
    snapshotChunkBytes: given.snapshotChunkBytes,
  };
}

/** Of a store that is new: the voters to begin with, or nobody where this member is to be added later. */
export function bootstrapOf({ self, nodes }: RaftOptions): Configuration {
  return configurationOf(nodes.includes(self) ? nodes : []);
}

const POSITIVE = [
  'electionTimeoutTicks',
  'heartbeatTicks',
  'commandBytesMax',
  'appendBytesMax',
  'appendEntriesMax',
  'inflightMax',
  'uncommittedBytesMax',
  'waitingReadsMax',
  'snapshotChunkBytes',
] as const;
const NATURAL = ['snapshotEntries', 'snapshotBytes', 'retainedEntries', 'retainedBytes'] as const;

/**
 * Members that answered a round keep from voting for an election timeout by their own clocks, which may run faster than the
 * leader's by the bound. Two ticks go for what is lost by counting in whole ones, one on each side.
 */
function leaseTicksOf(driftPerMillionMax: number, electionTimeoutTicks: Ticks): Ticks {
  const isBound = isWhole(driftPerMillionMax, 0) && driftPerMillionMax < 1_000_000;
  assertOption(
    isBound,
    'options.leaseReads.driftPerMillionMax to be a whole number below a million',
    driftPerMillionMax,
  );
  const lease = Math.floor((electionTimeoutTicks * 1_000_000) / (1_000_000 + driftPerMillionMax)) - 2;
  assertOption(lease >= 1, 'options.electionTimeoutTicks to be long enough for a lease', electionTimeoutTicks);
  return lease as Ticks;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0;
}

function isWhole(value: unknown, from: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= from;
}

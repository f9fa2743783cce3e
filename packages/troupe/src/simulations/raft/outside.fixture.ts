/**
 * Raft as its users see it, for bugs which the audit of its own rules would find first: nothing looks into a member, and only
 * what a wrong rule leads to counts. So much must go wrong at once for that, that the world is made for it: few members in the
 * middle of a story, hasty elections, and nothing that keeps them quiet.
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { configurationOf, type Entry, type LogIndex, type Raft, type RaftRecord, type Term } from '@troupe/raft';
import type { Properties, Simulation, SomeFaults } from '@troupe/sim';
import { useMembers } from './clients.ts';
import type { RaftObserved } from './observer.ts';

const CLUSTER = 'outside';
const SAFETY_TICKS = 2_000;

type RaftSimulation = Simulation<Raft, RaftObserved>;

const always: Properties<Raft, RaftObserved> = Object.fromEntries(
  ['election safety', 'state machine safety', 'exactly once'].map((name) => [
    name,
    ({ observed }) => observed.broken.get(name) ?? true,
  ]),
);

/** Members, and what befalls them. Progress is another matter: here they hardly get to it. */
function seenFromOutside(
  simulation: RaftSimulation,
  nodes: number,
  faults: SomeFaults,
  clientPauseMax: number,
): RaftSimulation {
  const { eventually: _eventually, ...rest } = simulation;
  return {
    ...rest,
    nodes,
    options: (self, all) => ({
      self,
      nodes: all,
      cluster: CLUSTER,
      electionTimeoutTicks: 20 as Ticks,
      heartbeatTicks: 10 as Ticks,
      preVote: false,
      checkQuorum: false,
      appendEntriesMax: 1,
      inflightMax: 1,
      snapshotEntries: 0,
    }),
    faults,
    safetyTicks: SAFETY_TICKS,
    clients: (world) =>
      useMembers(world, {
        endsAt: SAFETY_TICKS,
        hasLeases: false,
        witness: undefined,
        pace: { clientPauseMax, operatorPauseMax: 250 },
      }),
    always,
    sometimes: {},
  };
}

/** Three members that vote for one another all the time, and go down in the middle of writing that. */
export function votesInDoubt(simulation: RaftSimulation): RaftSimulation {
  const faults: SomeFaults = {
    links: { delayMax: 40 as Ticks, lossPerMille: 0, partitions: false },
    processes: {
      crashes: (nodes) => nodes,
      downTicksMax: 4 as Ticks,
      crashesInWrites: true,
      pauses: false,
      slow: false,
      omission: false,
    },
    disks: { delayMax: 30 as Ticks },
    clocks: { driftPerMillion: 0, offsetMax: 0 as Ticks },
  };
  return seenFromOutside(simulation, 3, faults, 60);
}

/**
 * Three members in the middle of the paper's figure 8: n1 has led term 1 and n3 term 2, each with entries that nobody else has
 * got; n2 has an empty log.
 *
 * @paper Raft, figure 8 (b)
 */
export function figure8(simulation: RaftSimulation): RaftSimulation {
  const faults: SomeFaults = {
    links: { delayMax: 20 as Ticks, lossPerMille: 300 },
    processes: { crashes: (nodes) => nodes, pauses: false, slow: false },
  };
  return { ...seenFromOutside(simulation, 3, faults, 3), records: storyOf };
}

const VOTERS = ['n1', 'n2', 'n3'] as NodeId[];

function storyOf(self: NodeId): readonly RaftRecord[] {
  const identity: RaftRecord = { kind: 'identity', cluster: CLUSTER, self, bootstrap: configurationOf(VOTERS) };
  if (self === 'n1') return [identity, voted(2, null), appended([command(1), command(1)])];
  if (self === 'n3') return [identity, voted(2, self), appended([noOp(2)])];
  return [identity, voted(2, 'n3' as NodeId)];
}

function voted(term: number, vote: NodeId | null): RaftRecord {
  return { kind: 'hard-state', term: term as Term, vote };
}

function appended(entries: readonly Entry[]): RaftRecord {
  return { kind: 'append', index: 1 as LogIndex, previousTerm: 0 as Term, entries };
}

function command(term: number): Entry {
  return { kind: 'command', term: term as Term, time: 0 as Ticks, bytes: 16, data: { kind: 'open-session' } };
}

function noOp(term: number): Entry {
  return { kind: 'no-op', term: term as Term, time: 0 as Ticks, bytes: 16, data: null };
}

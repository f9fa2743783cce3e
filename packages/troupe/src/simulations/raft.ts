/**
 * Raft under everything that a cluster may meet: loss, partitions, crashes with recovery, pauses, slow and failing disks,
 * clocks that drift. Members join and leave, hand leadership over and compact their logs, while clients read and write a
 * key-value machine through sessions.
 */
import { checkLinearizability, keyValue as keyValueModel } from '@troupe/check';
import type { NodeId, Ticks } from '@troupe/protocol';
import { jointVoteResult } from '@troupe/quorum';
import {
  keyValue,
  machineOf,
  membersOf,
  type Raft,
  type RaftCommand,
  type RaftOptions,
  type RaftResult,
  type RaftState,
  raft,
  withSessions,
} from '@troupe/raft';
import { type DrawOption, defineSimulation, type NodeView, type View } from '@troupe/sim';
import { AUDITED_PROPERTIES, type AuditedProperty, LogAudit } from './raft/audit.ts';
import { useMembers } from './raft/clients.ts';
import { configurationInLog } from './raft/configurations.ts';
import { exploration } from './raft/exploration.ts';
import { Milestones } from './raft/milestones.ts';
import { historyOf, observer, type RaftObserved } from './raft/observer.ts';

type RaftView = View<Raft, RaftObserved>;

const SAFETY_TICKS = 2_000;
const ELECTION_TICKS = 50;
const SHORT_ELECTION_TICKS = 35;
const HEARTBEAT_TICKS = 10;
/** A clock goes from (1 − d) to (1 + d) times as fast as time: so two of them differ by this much at most. */
const DRIFT_PER_MILLION = 150_000;
const RATES_DIFFER_PER_MILLION = Math.ceil(((2 * DRIFT_PER_MILLION) / (1_000_000 - DRIFT_PER_MILLION)) * 1_000_000);
const SESSION_TICKS = 500;

/** Named for each run, and drawn anew. */
const pick = <T>(draw: DrawOption, label: string, values: readonly [T, ...T[]]): T =>
  values[draw(label, values.length)] as T;

export const machine = (): ((command: RaftCommand) => RaftResult) =>
  machineOf(withSessions(keyValue(), { lifetimeTicks: SESSION_TICKS as Ticks }));

export default defineSimulation<Raft, RaftObserved>({
  name: 'raft',
  core: raft,
  nodes: [4, 7],
  options: raftOptions,
  machine,
  // All may be down at once: what was promised is on their disks. In the end, one of them may stay away.
  faults: {
    links: { delayMax: 40 as Ticks },
    processes: { crashes: (nodes) => nodes, staysDown: () => 1, crashesInWrites: true },
    disks: { delayMax: 10 as Ticks, failurePerMille: 50, full: true },
    clocks: { driftPerMillion: DRIFT_PER_MILLION },
  },
  safetyTicks: SAFETY_TICKS,
  livenessTicks: 4_000,
  clients: (world) =>
    useMembers(world, {
      endsAt: SAFETY_TICKS,
      hasLeases: world.choose('lease reads', 2) === 1,
      witness: world.choose('witness', 3) === 1 ? world.nodes.at(-1) : undefined,
    }),
  observer,
  always: {
    ...audited(AUDITED_PROPERTIES),
    ...observed('exactly once'),
  },
  finally: {
    'the history of clients is linearizable': ({ observed }) => {
      const { verdict, partitions } = checkLinearizability(historyOf(observed), keyValueModel());
      if (verdict === 'ok') return true;
      const illegal = partitions.find((partition) => partition.verdict !== 'ok');
      return `${verdict}: ${JSON.stringify(illegal?.verdict === 'illegal' ? illegal.culprit : illegal?.key)}`;
    },
  },
  sometimes: {
    ...reached('a lease read is answered at once'),
    ...reached('a lease read has to wait'),
    ...reached('a lease read is refused'),
    ...reached('a command whose outcome was unknown is retried, and answered'),
    ...reached('session: session-expired'),
    ...reached('a leader hands its office over'),
    ...reached('a change of membership is answered'),
    ...reached('a member that lags gets a log snapshot'),
    ...reached('a member is told that it was removed'),
    ...seen('entries are truncated'),
    ...seen('the leader changes while the configuration is joint'),
    ...seen('a joint configuration is committed'),
    ...seen('a leader that reaches no quorum steps down'),
    ...seen('a witness makes up a quorum'),
    ...seen('what a disk refused is written anew'),
    ...seen('a learner that lags gets a log snapshot'),
    ...seen('a log snapshot that one leader broke off goes on with another'),
    'a pre-vote is refused': ({ nodes }) =>
      nodes.some(({ state }) => state.volatile.role === 'pre-candidate' && hasRefusal(state)),
    'a log snapshot comes in several chunks': ({ nodes }) =>
      nodes.some(({ state }) => (state.volatile.incoming?.chunks.length ?? 0) > 1),
  },
  eventually: {
    'all that was asked for is done, and all members agree': (view) => !canProgress(view) || hasSettled(view),
  },
  exploration,
});

function raftOptions(self: NodeId, nodes: readonly NodeId[], draw: DrawOption): RaftOptions {
  const checkQuorum = checksQuorum(nodes.indexOf(self), draw('no check of the quorum', 8));
  return {
    self,
    // The others join later.
    nodes: nodes.slice(0, Math.max(3, nodes.length - 2)),
    cluster: 'simulated',
    electionTimeoutTicks: timeoutOf(nodes.indexOf(self), draw('shorter timeouts', 8)),
    heartbeatTicks: HEARTBEAT_TICKS as Ticks,
    preVote: hasPreVote(nodes.indexOf(self), draw('pre-votes', 4)),
    checkQuorum,
    leaseReads: checkQuorum ? { driftPerMillionMax: RATES_DIFFER_PER_MILLION } : null,
    appendEntriesMax: pick(draw, 'entries of one message', [1_024, 1, 2, 5]),
    inflightMax: pick(draw, 'messages under way', [4, 1, 2, 16]),
    snapshotEntries: pick(draw, 'entries until a log snapshot', [0, 3, 8, 30]),
    retainedEntries: pick(draw, 'entries behind a log snapshot', [0, 1, 10]),
    snapshotChunkBytes: pick(draw, 'bytes of a chunk', [1 << 16, 12, 30, 200, 12]),
  };
}

/** All do, or none; or some, on which no lease may rest. */
function checksQuorum(place: number, drawn: number): boolean {
  return drawn !== 1 && (drawn !== 2 || place % 2 === 0);
}

/** Of some: what they promise a leader ends earlier than it counts on. */
function timeoutOf(place: number, drawn: number): Ticks {
  return (drawn === 1 && place % 2 === 1 ? SHORT_ELECTION_TICKS : ELECTION_TICKS) as Ticks;
}

/** All have it, or none, or some: as while a cluster is upgraded node by node. */
function hasPreVote(place: number, drawn: number): boolean {
  return drawn < 2 || (drawn === 2 && place % 2 === 0);
}

/** One for a run, whose view stays the same object. */
const audits = new WeakMap<RaftView, { readonly audit: LogAudit; readonly milestones: Milestones; leases: number }>();

function look(view: RaftView): void {
  let known = audits.get(view);
  if (known === undefined) {
    known = { audit: new LogAudit(), milestones: new Milestones(), leases: 0 };
    audits.set(view, known);
  }
  const { audit, milestones } = known;
  audit.look(view.nodes);
  milestones.look(view.nodes);
  const { leased } = view.observed;
  if (leased !== undefined && leased.number > known.leases) {
    known.leases = leased.number;
    audit.lookAtLease(leased.node, view.nodes);
  }
}

type Properties = Readonly<Record<string, (view: RaftView) => boolean | string>>;

/** All are asked after every event, in this order: the first looks, for the others too. */
function audited(names: readonly AuditedProperty[]): Properties {
  const holds = (name: AuditedProperty, view: RaftView) =>
    audits.get(view)?.audit.broken.get(name) ?? view.observed.broken.get(name) ?? true;
  const [first] = names;
  const property = (name: AuditedProperty) => (view: RaftView) => {
    if (name === first) look(view);
    return holds(name, view);
  };
  return Object.fromEntries(names.map((name) => [name, property(name)]));
}

function observed(name: string): Properties {
  return { [name]: (view) => view.observed.broken.get(name) ?? true };
}

function reached(name: string): Properties {
  return { [name]: (view) => view.observed.reached.has(name) };
}

function seen(name: string): Properties {
  return {
    [name]: (view) => {
      const known = audits.get(view);
      return known?.audit.reached.has(name) === true || known?.milestones.reached.has(name) === true;
    },
  };
}

function hasRefusal({ candidacy }: RaftState): boolean {
  if (candidacy !== null) for (const granted of candidacy.votes.values()) if (!granted) return true;
  return false;
}

/**
 * Whether Raft promises anything: a quorum of every configuration that some member goes by is up. With a witness, all that
 * keep commands must be: what it has voted for, and one that is down has, can't be had from anyone else.
 */
function canProgress({ nodes }: RaftView): boolean {
  const isUp = (id: NodeId) => nodes.some((node) => node.id === id && node.isUp);
  return nodes.every(({ state, isUp: counts }) => {
    const configuration = configurationInLog(state);
    const { voters, outgoing, witnesses } = configuration;
    if (!counts || voters.length === 0) return true;
    if (witnesses.length > 0) return membersOf(configuration).every(isUp);
    return jointVoteResult(voters, outgoing, isUp) === 'won';
  });
}

/** A leader, every client done, and every member that is up as far as the leader. */
function hasSettled({ nodes, observed }: RaftView): boolean | string {
  const leader = leaderOf(nodes);
  if (leader === undefined) return 'nobody leads';
  if (observed.done.size < observed.clients || observed.clients === 0)
    return `${observed.done.size} of ${observed.clients} clients are done`;
  const { commitIndex } = leader.state.volatile;
  const { log } = leader.state.durable;
  if (commitIndex < log.base.index + log.entries.length) return `${leader.id} has entries that are not committed`;
  const members = membersOf(configurationInLog(leader.state));
  const late = nodes.find(
    ({ id, isUp, state }) => isUp && members.includes(id) && state.volatile.lastApplied < commitIndex,
  );
  return late === undefined || `${late.id} has applied ${late.state.volatile.lastApplied} of ${commitIndex}`;
}

function leaderOf(nodes: readonly NodeView<Raft>[]): NodeView<Raft> | undefined {
  return nodes
    .filter(({ isUp, state }) => isUp && state.volatile.role === 'leader')
    .toSorted((a, b) => b.state.durable.term - a.state.durable.term)[0];
}

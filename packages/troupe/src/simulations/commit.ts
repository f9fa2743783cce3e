/**
 * Two-phase commit under crashes with recovery, loss, and slow disks: one transaction, whose coordinator is the first
 * node. Each participant votes once, now and then no.
 */
import { type TwoPhaseCommit, twoPhaseCommit } from '@troupe/commit';
import type { NodeId, Ticks } from '@troupe/protocol';
import { type ClientWorld, defineSimulation, type NodeView } from '@troupe/sim';

/** What nodes have told, ever: what is told can't be taken back by a crash. */
export interface CommitObserved {
  /** The coordinator was asked for a decision. */
  begun: boolean;
  commit: boolean;
  abort: boolean;
}

const BEGIN_TICKS_MAX = 50;
const VOTE_TICKS_MAX = 100;
const RETRY_TICKS = 20;
const DISK_TICKS_MAX = 60;

export default defineSimulation<TwoPhaseCommit, CommitObserved>({
  name: 'commit',
  core: twoPhaseCommit,
  nodes: [2, 5],
  options: (self, nodes) => ({ self, nodes, coordinator: nodes[0] as NodeId }),
  // Every node may be down at once: what it promised is on its disk. Slow disks widen the gap that a promise must not cross,
  // and nodes go down in it.
  faults: {
    processes: { crashes: (nodes) => nodes, crashesInWrites: true },
    disks: { delayMax: DISK_TICKS_MAX as Ticks },
  },
  safetyTicks: 500,
  clients: beginAndVote,
  observer: {
    init: () => ({ begun: false, commit: false, abort: false }),
    on: (observed, occurrence) => {
      if (occurrence.kind === 'request' && occurrence.request.kind === 'begin') observed.begun = true;
      if (occurrence.kind === 'indication' && occurrence.indication.kind === 'decided')
        observed[occurrence.indication.decision] = true;
    },
  },
  always: {
    agreement: ({ observed }) =>
      !(observed.commit && observed.abort) || 'one node has told that it committed, and one that it aborted',
    validity: ({ nodes, observed }) => {
      const without = nodes.find(({ state }) => state.role === 'participant' && state.vote !== 'yes');
      return !observed.commit || without === undefined || `committed without a yes of ${without.id}`;
    },
  },
  sometimes: {
    'a transaction commits': ({ observed }) => observed.commit,
    'a transaction aborts': ({ observed }) => observed.abort,
  },
  eventually: {
    // Without its coordinator two-phase commit may block: nothing is demanded then.
    'nobody is in doubt': ({ nodes, observed }) =>
      !observed.begun || nodes[0]?.isUp === false || nodes.every(isOutOfDoubt),
  },
  exploration: {
    nodes: 3,
    requests: ([coordinator, ...participants]) => [
      { node: coordinator as NodeId, request: { kind: 'begin' } },
      ...participants.map((node) => ({ node, request: { kind: 'vote', vote: 'yes' } as const })),
      ...participants.map((node) => ({ node, request: { kind: 'vote', vote: 'no' } as const })),
    ],
    crashes: 1,
    copies: 1,
    symmetry: ([, ...participants]) => participants,
  },
});

/** A participant that has not voted may stay so; a coordinator may not. */
function isOutOfDoubt({ state, isUp }: NodeView<TwoPhaseCommit>): boolean {
  if (state.role === 'coordinator') return state.phase === 'decided';
  return !isUp || state.phase === 'working' || state.phase === 'decided';
}

function beginAndVote(world: ClientWorld<TwoPhaseCommit>): void {
  const [coordinator, ...participants] = world.nodes;
  const insist = (node: NodeId, request: TwoPhaseCommit['Request']): void => {
    if (world.request(node, request) === undefined) world.after(RETRY_TICKS, () => insist(node, request));
  };
  world.after(world.choose('begin after', BEGIN_TICKS_MAX), () => insist(coordinator as NodeId, { kind: 'begin' }));
  for (const participant of participants) {
    const vote = world.choose('vote no', 8) === 1 ? 'no' : 'yes';
    world.after(world.choose('vote after', VOTE_TICKS_MAX), () => insist(participant, { kind: 'vote', vote }));
  }
}

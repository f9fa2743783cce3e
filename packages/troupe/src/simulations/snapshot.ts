/**
 * Global snapshots of nodes that pay one another, over graphs of every kind, by several initiators at once, while nodes crash
 * and come back. Channels lose nothing but what is sent to a node that is down; in some runs they are not FIFO.
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { type ClientWorld, defineSimulation } from '@troupe/sim';
import { type GlobalSnapshot, type SnapshotReply, type WithSnapshots, withSnapshots } from '@troupe/snapshot';
import { channelsOf, TOPOLOGIES } from './snapshot/topologies.ts';
import { INITIAL, type TransferState, type Transfers, transfers } from './snapshot/transfers.ts';

export type PhotographedTransfers = WithSnapshots<Transfers>;
type Snapshot = GlobalSnapshot<TransferState, Transfers['Message']>;

/** What clients were told, and what they must be told of it. */
export interface SnapshotObserved {
  nodes: number;
  crashes: number;
  /** By initiator: snapshots that it was asked for in this life, and has not answered. */
  readonly open: Map<NodeId, number>;
  taken: number;
  aborted: number;
  inFlight: boolean;
  toItself: boolean;
  held: boolean;
  resting: boolean;
  together: boolean;
  ids: Set<string>;
  /** Of the first snapshot that no run could have been in: why. */
  wrong: string | undefined;
}

const SNAPSHOTS = 4;
const AFTER_MAX = 400;

export default defineSimulation<PhotographedTransfers, SnapshotObserved>({
  name: 'snapshot',
  core: withSnapshots(transfers),
  nodes: [2, 5],
  options(self, nodes, draw) {
    const topology = draw('topology', TOPOLOGIES.length);
    const channels = channelsOf(topology, nodes, draw);
    const payees = channels.filter(({ from }) => from === self).map(({ to }) => to);
    return { self, nodes, channels, payees, payTicks: 20 as Ticks, order: 'fifo', snapshotTicks: 1_500 as Ticks };
  },
  faults: {
    links: { fifo: true, lossPerMille: 0, duplicatePerMille: 0, partitions: false },
    processes: { omission: false },
  },
  safetyTicks: 600,
  livenessTicks: 600,
  clients: takeSnapshots,
  observer: {
    init: (nodes) => ({
      nodes: nodes.length,
      crashes: 0,
      open: new Map(),
      taken: 0,
      aborted: 0,
      inFlight: false,
      toItself: false,
      held: false,
      resting: false,
      together: false,
      ids: new Set(),
      wrong: undefined,
    }),
    on(observed, occurrence) {
      const { node } = occurrence;
      const open = observed.open.get(node) ?? 0;
      switch (occurrence.kind) {
        case 'crash':
          observed.crashes++;
          observed.open.set(node, 0);
          break;
        case 'request':
          if (occurrence.request.kind !== 'take-global-snapshot') break;
          observed.together ||= [...observed.open.values()].some((count) => count > 0);
          observed.open.set(node, open + 1);
          break;
        case 'reply':
          observed.open.set(node, open - 1);
          look(observed, occurrence.reply);
          break;
      }
    },
  },
  always: {
    'a snapshot is a state that the system could have been in': ({ observed }) => observed.wrong ?? true,
  },
  sometimes: {
    'a snapshot is taken': ({ observed }) => observed.taken > 0,
    'a snapshot with money under way': ({ observed }) => observed.inFlight,
    'a snapshot with money that a node sent to itself': ({ observed }) => observed.toItself,
    'a snapshot with a payment that waits for the disk': ({ observed }) => observed.held,
    'a snapshot with money at rest': ({ observed }) => observed.resting,
    'two snapshots at once': ({ observed }) => observed.together,
    'a snapshot is given up': ({ observed }) => observed.aborted > 0,
    'a snapshot is taken after a crash': ({ observed }) => observed.crashes > 0 && observed.taken > 0,
  },
  eventually: {
    // One that waits for a node that stays down is answered when its time is over.
    'whoever asked for a snapshot is answered': ({ nodes, observed }) =>
      nodes.some(({ isUp }) => !isUp) || [...observed.open.values()].every((count) => count === 0),
    'without crashes no snapshot is given up': ({ observed }) => observed.crashes > 0 || observed.aborted === 0,
  },
  // Two nodes pay one another once, and each takes a snapshot meanwhile: in every order.
  exploration: {
    nodes: 2,
    instead: {
      options: (self, nodes) => ({ self, nodes, payees: nodes, payTicks: 0 as Ticks }),
      sometimes: {
        'a snapshot with money under way': ({ observed }) => observed.inFlight,
        'a snapshot with a payment that waits for the disk': ({ observed }) => observed.held,
        'two snapshots at once': ({ observed }) => observed.together,
      },
    },
    requests: ([n1, n2]) => [
      { node: n1 as NodeId, request: { kind: 'pay', payee: n2 as NodeId } },
      { node: n2 as NodeId, request: { kind: 'pay', payee: n1 as NodeId } },
      { node: n1 as NodeId, request: { kind: 'take-global-snapshot' } },
      { node: n2 as NodeId, request: { kind: 'take-global-snapshot' } },
    ],
    timeouts: 0,
    fifo: true,
  },
});

function takeSnapshots(world: ClientWorld<PhotographedTransfers>): void {
  for (let i = 0; i < SNAPSHOTS; i++) {
    const node = world.nodes[world.choose('initiator', world.nodes.length)] as NodeId;
    world.after(world.choose('snapshot after', AFTER_MAX), () => world.request(node, { kind: 'take-global-snapshot' }));
  }
}

function look(observed: SnapshotObserved, reply: SnapshotReply<TransferState, Transfers['Message']>): void {
  if (reply.kind === 'global-snapshot-aborted') {
    observed.aborted++;
    return;
  }
  if (reply.kind !== 'global-snapshot') return;
  const { snapshot } = reply;
  observed.taken++;
  for (const { node, core, channels } of snapshot.parts) {
    for (const { from, messages } of channels) {
      observed.inFlight ||= messages.length > 0;
      observed.toItself ||= messages.length > 0 && from === node;
    }
    observed.held ||= core.held.length > 0;
    observed.resting ||= core.state.resting > 0;
  }
  observed.wrong ??= flawOf(snapshot, observed);
}

/** Why no run could have been in this state; undefined where one could. */
function flawOf(snapshot: Snapshot, { nodes, crashes, ids }: SnapshotObserved): string | undefined {
  if (ids.has(snapshot.id)) return `two snapshots have one id, ${snapshot.id}`;
  ids.add(snapshot.id);
  if (snapshot.parts.length !== nodes) return `of ${nodes} nodes ${snapshot.parts.length} are in ${snapshot.id}`;
  const accounts = new Map(snapshot.parts.map(({ node, core }) => [node, core.state.account]));
  let total = 0;
  for (const { node, core, channels } of snapshot.parts) {
    const { account, resting } = core.state;
    total += account.balance + resting;
    if (resting > 0 && !core.timers.some(({ timer }) => timer === 'rest'))
      return `money rests at ${node} without a timer that would give it back`;
    for (const { to, message } of core.held) total += to === undefined ? 0 : message.amount;
    for (const { from, messages } of channels) {
      const underWay = messages.reduce((sum, { amount }) => sum + amount, 0);
      total += underWay;
      const waiting = (snapshot.parts.find((part) => part.node === from)?.core.held ?? [])
        .filter(({ to }) => to === node)
        .reduce((sum, { message }) => sum + message.amount, 0);
      const sent = (accounts.get(from)?.sent.get(node) ?? 0) - waiting;
      const seen = (account.received.get(from) ?? 0) + underWay;
      if (seen > sent) return `${node} has ${seen} of ${from}, with what is under way, which had sent it ${sent}`;
      if (crashes === 0 && seen < sent) return `of ${sent} sent by ${from} to ${node} only ${seen} are to be found`;
    }
  }
  const whole = nodes * INITIAL;
  if (crashes === 0 && total !== whole) return `${total} of ${whole} are to be found in ${snapshot.id}`;
  return undefined;
}

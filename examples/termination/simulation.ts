/** A diffusing computation, and somebody who wants to know when it has ended. */
import { type NodeId, ticks } from 'troupe/protocol';
import { defineSimulation, type InjectedBug, type Simulation } from 'troupe/sim';
import { type WithSnapshots, withSnapshots } from 'troupe/snapshot';
import { snapshotIn, watch } from '../textbook/snapshots.ts';
import { channelsAlone, type Detector, hasEnded, isIdle, statesAlone } from './detector.ts';
import { type Diffusion, type DiffusionState, diffusion, type Work } from './diffusion.ts';

type Photographed = WithSnapshots<Diffusion>;

/** What was seen in snapshots. */
export interface Seen {
  hasEnded: boolean;
  early: boolean;
  idle: boolean;
}

const UNITS_MAX = 8;
const BEGIN_MAX = 20;

export default defineSimulation(simulationOf(hasEnded));

export const bugs: readonly InjectedBug<Photographed, Seen>[] = [
  bug('states-alone', 'what is under way is forgotten: work that comes to a node which was idle', statesAlone),
  bug('channels-alone', 'what nodes do is forgotten: one that is at work gives some of it away later', channelsAlone),
];

function bug(id: string, what: string, wrong: Detector): InjectedBug<Photographed, Seen> {
  return { id, what, inject: () => simulationOf(wrong) };
}

function simulationOf(detect: Detector): Simulation<Photographed, Seen> {
  return {
    name: 'termination',
    core: withSnapshots(diffusion),
    nodes: 3,
    options: (self, nodes) => ({ self, nodes, unitTicks: ticks(4) }),
    // What snapshots of this kind assume: what is sent arrives, once, in order, after any time; nobody crashes.
    faults: {
      links: { lossPerMille: 0, duplicatePerMille: 0, partitions: false, fifo: true },
      processes: { crashes: () => 0, omission: false },
    },
    safetyTicks: 300,
    clients(world) {
      const units = 1 + world.choose('units', UNITS_MAX);
      const [first] = world.nodes;
      world.after(1 + world.choose('begin', BEGIN_MAX), () => world.request(first as NodeId, { kind: 'begin', units }));
      watch<Diffusion>(world, detect);
    },
    observer: {
      init: () => ({ hasEnded: false, early: false, idle: false }),
      on(seen, occurrence) {
        if (occurrence.kind !== 'reply') return;
        const snapshot = snapshotIn<DiffusionState, Work>(occurrence.reply);
        if (snapshot === undefined) return;
        seen.hasEnded ||= detect(snapshot);
        seen.early ||= !isIdle(snapshot);
        seen.idle ||= statesAlone(snapshot) && !hasEnded(snapshot);
      },
    },
    always: {
      'what was seen to have ended has ended': ({ nodes, observed }) => {
        const atWork = nodes.find(({ state }) => state.core.left > 0);
        return !observed.hasEnded || atWork === undefined || `${atWork.id} is at work`;
      },
    },
    eventually: {
      'its end is seen': ({ observed }) => observed.hasEnded,
    },
    sometimes: {
      'a snapshot shows somebody at work': ({ observed }) => observed.early,
      'a snapshot shows nobody at work, and work under way': ({ observed }) => observed.idle,
    },
    // Three units between two nodes, and a snapshot by the one that gets some: in every order.
    exploration: {
      nodes: 2,
      instead: { options: (self, nodes) => ({ self, nodes, unitTicks: ticks(1) }), eventually: {} },
      requests: ([first, second]) => [
        { node: first as NodeId, request: { kind: 'begin', units: 3 } },
        { node: second as NodeId, request: { kind: 'take-global-snapshot' } },
      ],
      fifo: true,
    },
  };
}

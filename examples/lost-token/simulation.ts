/** A token that is lost now and then, and somebody who has another made when a snapshot shows that. */
import { type NodeId, ticks } from 'troupe/protocol';
import { defineSimulation, type InjectedBug, type Simulation } from 'troupe/sim';
import { type WithSnapshots, withSnapshots } from 'troupe/snapshot';
import { snapshotIn, watch } from '../textbook/snapshots.ts';
import { type Detector, isLost, statesAlone } from './detector.ts';
import { type Ring, type RingState, ring, type Token } from './ring.ts';

type Photographed = WithSnapshots<Ring>;

export interface Seen {
  /** A snapshot has shown that it is lost, and no other was made since. */
  isLost: boolean;
  underWay: boolean;
  made: number;
}

const LOSSES = 6;
const LOSS_MAX = 200;

export default defineSimulation(simulationOf(isLost));

export const bugs: readonly InjectedBug<Photographed, Seen>[] = [
  {
    id: 'states-alone',
    what: 'what is under way is forgotten: the token, which is with nobody meanwhile',
    inject: () => simulationOf(statesAlone),
  },
];

function simulationOf(detect: Detector): Simulation<Photographed, Seen> {
  return {
    name: 'lost-token',
    core: withSnapshots(ring),
    nodes: 3,
    options: (self, nodes) => ({ self, nodes, restTicks: ticks(10) }),
    // What snapshots of this kind assume: what is sent arrives, once, in order, after any time; nobody crashes.
    faults: {
      links: { lossPerMille: 0, duplicatePerMille: 0, partitions: false, fifo: true },
      processes: { crashes: () => 0, omission: false },
    },
    safetyTicks: 300,
    clients(world) {
      const anyone = (): NodeId => world.nodes[world.choose('node', world.nodes.length)] as NodeId;
      for (let i = 0; i < LOSSES; i++)
        world.after(1 + world.choose('loss', LOSS_MAX), () => world.request(anyone(), { kind: 'lose' }));
      // One is made before the next snapshot is begun.
      const mend = (): void =>
        watch<Ring>(world, (snapshot) => {
          if (!detect(snapshot)) return false;
          world.request(anyone(), { kind: 'make' }, mend);
          return true;
        });
      mend();
    },
    observer: {
      init: () => ({ isLost: false, underWay: false, made: 0 }),
      on(seen, occurrence) {
        if (occurrence.kind === 'request' && occurrence.request.kind === 'make') {
          seen.isLost = false;
          seen.made++;
        }
        if (occurrence.kind !== 'reply') return;
        const snapshot = snapshotIn<RingState, Token>(occurrence.reply);
        if (snapshot === undefined) return;
        seen.isLost ||= detect(snapshot);
        seen.underWay ||= statesAlone(snapshot) && !isLost(snapshot);
      },
    },
    always: {
      'there are never two': ({ nodes }) => {
        const holders = nodes.filter(({ state }) => state.core.hasToken).map(({ id }) => id);
        return holders.length <= 1 || `${holders.join(' and ')} have one`;
      },
      'what was seen to be lost is nowhere': ({ nodes, observed }) => {
        const holder = nodes.find(({ state }) => state.core.hasToken);
        return !observed.isLost || holder === undefined || `${holder.id} has it`;
      },
    },
    eventually: {
      'somebody has one': ({ nodes }) => nodes.some(({ state }) => state.core.hasToken),
    },
    sometimes: {
      'one is made for a lost one': ({ observed }) => observed.made > 0,
      'a snapshot shows it under way': ({ observed }) => observed.underWay,
    },
    // Two nodes, of which each may lose it, and a snapshot by each: in every order of so many turns.
    exploration: {
      nodes: 2,
      instead: {
        options: (self, nodes) => ({ self, nodes, restTicks: ticks(1) }),
        eventually: {},
        sometimes: {
          'it is seen to be lost': ({ observed }) => observed.isLost,
          'a snapshot shows it under way': ({ observed }) => observed.underWay,
        },
      },
      requests: ([first, second]) => [
        { node: first as NodeId, request: { kind: 'lose' } },
        { node: second as NodeId, request: { kind: 'lose' } },
        { node: first as NodeId, request: { kind: 'take-global-snapshot' } },
      ],
      timeouts: 5,
      fifo: true,
    },
  };
}

/** Philosophers at a table, and somebody who looks whether they have come to a standstill. */
import { type NodeId, ticks } from 'troupe/protocol';
import { defineSimulation, type InjectedBug, type Simulation } from 'troupe/sim';
import { type WithSnapshots, withSnapshots } from 'troupe/snapshot';
import { snapshotIn, watch } from '../textbook/snapshots.ts';
import { type Detector, deadlocked, statesAlone } from './detector.ts';
import { type ForkMessage, type PhilosopherState, type Philosophers, philosophers } from './philosophers.ts';

type Photographed = WithSnapshots<Philosophers>;

/** What was seen in snapshots. */
export interface Seen {
  /** Of each that was seen in a deadlock: the meals it had had. */
  readonly starving: Map<NodeId, number>;
  /** A snapshot whose states alone look like a deadlock. */
  phantom: boolean;
}

const SIT_DOWN_MAX = 20;

export default defineSimulation(simulationOf(deadlocked));

export const bugs: readonly InjectedBug<Photographed, Seen>[] = [
  {
    id: 'states-alone',
    what: 'what is under way is forgotten: a fork that comes to one who waits for it',
    inject: () => simulationOf(statesAlone),
  },
];

function simulationOf(detect: Detector): Simulation<Photographed, Seen> {
  return {
    name: 'deadlock',
    core: withSnapshots(philosophers),
    nodes: 3,
    options: (self, nodes) => ({ self, nodes, thinkTicks: ticks(12) }),
    // What snapshots of this kind assume: what is sent arrives, once, in order, after any time; nobody crashes.
    faults: {
      links: { lossPerMille: 0, duplicatePerMille: 0, partitions: false, fifo: true },
      processes: { crashes: () => 0, omission: false },
    },
    safetyTicks: 300,
    clients(world) {
      for (const node of world.nodes)
        world.after(1 + world.choose(`${node} sits down`, SIT_DOWN_MAX), () =>
          world.request(node, { kind: 'sit down' }),
        );
      watch<Philosophers>(world, (snapshot) => detect(snapshot).length > 0);
    },
    observer: {
      init: () => ({ starving: new Map(), phantom: false }),
      on(seen, occurrence) {
        if (occurrence.kind !== 'reply') return;
        const snapshot = snapshotIn<PhilosopherState, ForkMessage>(occurrence.reply);
        if (snapshot === undefined) return;
        seen.phantom ||= statesAlone(snapshot).length > 0 && deadlocked(snapshot).length === 0;
        const circle = detect(snapshot);
        for (const { node, core } of snapshot.parts)
          if (circle.includes(node)) seen.starving.set(node, core.state.meals);
      },
    },
    always: {
      'who was seen in a deadlock never eats again': ({ nodes, observed }) => {
        const eater = nodes.find(({ id, state: { core } }) => {
          const meals = observed.starving.get(id);
          return meals !== undefined && (core.phase === 'eats' || core.meals > meals);
        });
        return eater === undefined || `${eater.id} eats`;
      },
    },
    eventually: {
      // Each has its own fork in hand then, so none can be under way.
      'a deadlock is seen': ({ nodes, observed }) =>
        observed.starving.size > 0 || nodes.some(({ state: { core } }) => core.phase !== 'waits for the right one'),
    },
    sometimes: {
      'a deadlock is seen': ({ observed }) => observed.starving.size > 0,
      'a snapshot whose states alone look like one': ({ observed }) => observed.phantom,
      'somebody eats': ({ nodes }) => nodes.some(({ state }) => state.core.phase === 'eats'),
    },
    // Two at a table, and a snapshot: in every order of so many timers.
    exploration: {
      nodes: 2,
      instead: { options: (self, nodes) => ({ self, nodes, thinkTicks: ticks(1) }), eventually: {} },
      requests: ([first, second]) => [
        { node: first as NodeId, request: { kind: 'sit down' } },
        { node: second as NodeId, request: { kind: 'sit down' } },
        { node: first as NodeId, request: { kind: 'take-global-snapshot' } },
      ],
      timeouts: 4,
      fifo: true,
    },
  };
}

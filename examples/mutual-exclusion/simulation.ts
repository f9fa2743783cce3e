/** Ricart and Agrawala's mutual exclusion: the world that it is made for, its clients, and what it promises. */

import type { NodeId } from 'troupe/protocol';
import { defineSimulation } from 'troupe/sim';
import { type Mutex, mutualExclusion } from './ricart-agrawala.ts';

export { bugs } from './bugs.ts';

/** What a client does in one run. */
const VISITS = 2;
const PAUSE_MAX = 30;
const STAY_MAX = 20;

export default defineSimulation<Mutex>({
  name: 'mutual-exclusion',
  core: mutualExclusion(),
  nodes: 3,
  options: (self, nodes) => ({ self, nodes }),
  // The paper's model: every message arrives, once, after any time and in any order; nobody crashes.
  faults: {
    links: { lossPerMille: 0, duplicatePerMille: 0, partitions: false },
    processes: { crashes: () => 0, pauses: false, omission: false },
  },
  safetyTicks: 300,
  clients(world) {
    const visit = (node: NodeId, left: number): void => {
      if (left === 0) return;
      const pause = 1 + world.choose(`pause of ${node}`, PAUSE_MAX);
      world.after(pause, () => world.request(node, { kind: 'enter' }, () => stay(node, left)));
    };
    const stay = (node: NodeId, left: number): void => {
      const ticks = 1 + world.choose(`stay of ${node}`, STAY_MAX);
      world.after(ticks, () => world.request(node, { kind: 'leave' }, () => visit(node, left - 1)));
    };
    for (const node of world.nodes) visit(node, VISITS);
  },
  always: {
    'at most one is inside': ({ nodes }) => {
      const inside = nodes.filter(({ state }) => state.phase === 'inside').map(({ id }) => id);
      return inside.length <= 1 || `${inside.join(' and ')} are inside`;
    },
  },
  finally: {
    // Whoever is inside may stay as long as it likes: its client may never let it leave.
    'nobody waits at an open door': ({ nodes }) => {
      const waiting = nodes.filter(({ state }) => state.phase === 'wanting').map(({ id }) => id);
      const isOpen = nodes.every(({ state }) => state.phase !== 'inside');
      return !(isOpen && waiting.length > 0) || `nobody is inside, and ${waiting.join(' and ')} still wait`;
    },
  },
  sometimes: {
    'a grant is deferred': ({ nodes }) => nodes.some(({ state }) => state.deferred.length > 0),
    'two ask with equal clocks': ({ nodes }) => {
      const clocks = nodes.flatMap(({ state }) => (state.phase === 'wanting' ? [state.stamp?.clock] : []));
      return new Set(clocks).size < clocks.length;
    },
    'one asks while another is inside': ({ nodes }) =>
      nodes.some(({ state }) => state.phase === 'inside') && nodes.some(({ state }) => state.phase === 'wanting'),
  },
  exploration: {
    nodes: 3,
    requests: (nodes) =>
      nodes.flatMap((node) => [
        { node, request: { kind: 'enter' } as const },
        { node, request: { kind: 'leave' } as const },
      ]),
  },
});

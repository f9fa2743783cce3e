/** Ricart and Agrawala's mutual exclusion: the world that it is made for, its clients, and what it promises. */
import { defineSimulation } from '@troupe/sim';
import type { NodeId } from 'troupe/protocol';
import { type Mutex, mutualExclusion } from './ricart-agrawala.ts';

export { bugs } from './bugs.ts';

/** How often each node has asked to enter, and has been let in. */
export interface Entries {
  asked: number;
  entered: number;
}

/** What a client does in one run. */
const VISITS = 2;
const PAUSE_MAX = 30;
const STAY_MAX = 20;

export default defineSimulation<Mutex, Entries>({
  name: 'mutual-exclusion',
  core: mutualExclusion(),
  nodes: [2, 5],
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
  observer: {
    init: () => ({ asked: 0, entered: 0 }),
    on(entries, occurrence) {
      if (occurrence.kind === 'request' && occurrence.request.kind === 'enter') entries.asked++;
      if (occurrence.kind === 'reply' && occurrence.reply.kind === 'entered') entries.entered++;
    },
  },
  always: {
    'at most one is inside': ({ nodes }) => {
      const inside = nodes.filter(({ state }) => state.phase === 'inside').map(({ id }) => id);
      return inside.length <= 1 || `${inside.join(' and ')} are inside`;
    },
  },
  eventually: {
    'everybody who asks gets in': ({ observed: { asked, entered } }) =>
      (asked > 0 && entered === asked) || `${entered} of ${asked} who asked got in`,
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

/** Chang and Roberts's election: the world that it is made for, who calls elections, and what it promises. */

import type { NodeId } from 'troupe/protocol';
import { defineSimulation } from 'troupe/sim';
import { type Election, leaderElection } from './chang-roberts.ts';

export { bugs } from './bugs.ts';

/** How many were called. */
export interface Elections {
  called: number;
}

/** A node calls an election once in a run, or never. */
const CALL_MAX = 60;

/** Those of even places first: so the ring does not follow the order of the ids. */
function ringOf(nodes: readonly NodeId[]): NodeId[] {
  return [...nodes.filter((_, place) => place % 2 === 0), ...nodes.filter((_, place) => place % 2 === 1)];
}

export default defineSimulation<Election, Elections>({
  name: 'leader-election',
  core: leaderElection(),
  nodes: 3,
  options: (self, nodes) => ({ self, ring: ringOf(nodes) }),
  // The paper's model: what is sent arrives, once, in order, after any time; nobody crashes.
  faults: {
    links: { lossPerMille: 0, duplicatePerMille: 0, partitions: false, fifo: true },
    processes: { crashes: () => 0, pauses: false, omission: false },
  },
  safetyTicks: 200,
  clients(world) {
    const [first, ...others] = world.nodes;
    const call = (node: NodeId): void =>
      world.after(1 + world.choose(`call of ${node}`, CALL_MAX), () => world.request(node, { kind: 'elect' }));
    // Somebody does, or there is nothing to see.
    if (first !== undefined) call(first);
    for (const node of others) if (world.choose(`${node} calls`, 2) === 1) call(node);
  },
  observer: {
    init: () => ({ called: 0 }),
    on(elections, occurrence) {
      if (occurrence.kind === 'request') elections.called++;
    },
  },
  always: {
    // So there is only one.
    'the leader has the greatest id': ({ nodes }) => {
      const greatest = nodes.at(-1)?.id;
      const wrong = nodes.find(({ state }) => state.leader !== null && state.leader !== greatest);
      return wrong === undefined || `${wrong.id} follows ${wrong.state.leader}, though there is ${greatest}`;
    },
  },
  finally: {
    'everybody knows the leader, once somebody has called for one': ({ nodes, observed }) => {
      const waiting = nodes.filter(({ state }) => state.leader === null).map(({ id }) => id);
      return observed.called === 0 || waiting.length === 0 || `${waiting.join(' and ')} know of none`;
    },
  },
  sometimes: {
    'several put themselves forward': ({ observed }) => observed.called > 1,
    'a leader is known to some but not to all': ({ nodes }) =>
      nodes.some(({ state }) => state.leader !== null) && nodes.some(({ state }) => state.leader === null),
    'an election is called after one has ended': ({ nodes }) =>
      nodes.some(({ state }) => state.leader !== null && state.isParticipant),
  },
  exploration: {
    nodes: 3,
    fifo: true,
    // By all but the greatest, who would win by calling one.
    requests: (nodes) => nodes.slice(0, -1).map((node) => ({ node, request: { kind: 'elect' } as const })),
  },
});

/** Ricart and Agrawala's mutual exclusion in a page, right and wrong: what the simulator's own tests simulate. */
import type { Core, Effects, Event, NodeId, Shape, Ticks } from '@troupe/protocol';
import { defineSimulation, type Simulation } from '../simulation.ts';

interface State {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  clock: number;
  mine: number;
  phase: 'out' | 'wants' | 'in';
  readonly granted: Set<NodeId>;
  deferred: NodeId[];
}

type Message = { readonly kind: 'request'; readonly at: number } | { readonly kind: 'grant' };

export type Mutex = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: State;
  Message: Message;
  Timer: 'leave';
  Request: { readonly kind: 'enter' };
  Indication: { readonly kind: 'entered' };
}>;

/** `isWrong`: of two requests of one time, each gives way to the other. */
export function mutualExclusion(isWrong = false): Core<Mutex> {
  return {
    name: 'ricart-agrawala',
    init: ({ self, nodes }) => ({ self, nodes, clock: 0, mine: 0, phase: 'out', granted: new Set(), deferred: [] }),
    step: (state, event, out) => step(isWrong, state, event, out),
  };
}

function step(isWrong: boolean, state: State, event: Event<Mutex>, out: Effects<Mutex>): void {
  switch (event.kind) {
    case 'start':
      return;
    case 'request':
      if (state.phase !== 'out') return;
      state.phase = 'wants';
      state.mine = ++state.clock;
      state.granted.clear();
      for (const node of state.nodes) if (node !== state.self) out.send(node, { kind: 'request', at: state.mine });
      return;
    case 'timeout':
      state.phase = 'out';
      for (const node of state.deferred) out.send(node, { kind: 'grant' });
      state.deferred = [];
      return;
    case 'message':
      if (event.message.kind === 'request') onRequest(isWrong, state, event.from, event.message.at, out);
      else onGrant(state, event.from, out);
  }
}

function onRequest(isWrong: boolean, state: State, from: NodeId, at: number, out: Effects<Mutex>): void {
  state.clock = Math.max(state.clock, at);
  const isTie = state.mine === at;
  const isMineFirst = state.mine < at || (isTie && !isWrong && state.self < from);
  if (state.phase === 'in' || (state.phase === 'wants' && isMineFirst)) state.deferred.push(from);
  else out.send(from, { kind: 'grant' });
}

function onGrant(state: State, from: NodeId, out: Effects<Mutex>): void {
  state.granted.add(from);
  if (state.phase !== 'wants' || state.granted.size < state.nodes.length - 1) return;
  state.phase = 'in';
  out.indicate({ kind: 'entered' });
  out.setTimer('leave', 5 as Ticks);
}

/** The algorithm needs reliable channels and nodes that don't fail; anything else may go wrong. */
export function mutexSimulation(isWrong = false): Simulation<Mutex, { entries: number }> {
  return defineSimulation<Mutex, { entries: number }>({
    name: 'mutual-exclusion',
    core: mutualExclusion(isWrong),
    nodes: [2, 4],
    options: (self, nodes) => ({ self, nodes }),
    faults: { links: { lossPerMille: 0, duplicatePerMille: 0, partitions: false }, processes: { crashes: () => 0 } },
    safetyTicks: 300,
    clients: (world) => {
      for (const node of world.nodes)
        for (let i = 0; i < 3; i++)
          world.after(world.choose('asks at', 200), () => world.request(node, { kind: 'enter' }));
    },
    observer: {
      init: () => ({ entries: 0 }),
      on: (observed, { kind }) => {
        if (kind === 'indication') observed.entries++;
      },
    },
    always: { 'at most one is in': ({ nodes }) => nodes.filter(({ state }) => state.phase === 'in').length <= 1 },
    sometimes: { 'somebody had to wait': ({ nodes }) => nodes.some(({ state }) => state.deferred.length > 0) },
    eventually: { 'nobody waits': ({ nodes }) => nodes.every(({ state }) => state.phase === 'out') },
    exploration: {
      nodes: 2,
      requests: (nodes) => nodes.map((node) => ({ node, request: { kind: 'enter' } as const })),
    },
  });
}

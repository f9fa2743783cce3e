import { type Core, type NodeId, type Shape, sortedIds, type Ticks } from '@troupe/protocol';
import { chatter } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { defineSimulation, type Exploration } from '../simulation.ts';
import { explore } from './explore.ts';
import { exploreNaively } from './fixtures/naive-exploration.ts';

/** Uses every effect, and hears every event. */
const chatting = defineSimulation({
  name: 'chatting',
  core: chatter('c'),
  nodes: 2,
  options: (self, nodes) => ({ self, nodes }),
  machine: () => {
    let count = 0;
    return () => ++count;
  },
  observer: {
    init: () => ({ told: 0 }),
    on: (observed: { told: number }, { kind }) => {
      if (kind === 'indication') observed.told = (observed.told + 1) % 3;
    },
  },
  exploration: {
    nodes: 2,
    requests: ([first]) => [{ node: first as NodeId, request: { kind: 'chat', word: 'w' } as const }],
  },
});

interface Flood {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly from: Set<NodeId>;
}

type Flooding = Shape<{
  Options: { self: NodeId; nodes: readonly NodeId[] };
  State: Flood;
  Message: { readonly origin: NodeId };
  Request: { readonly kind: 'flood' };
  Indication: { readonly kind: 'heard'; readonly origin: NodeId };
  Timer: 'again';
}>;

/** Whoever hears of an origin first passes it on. */
const flooding: Core<Flooding> = {
  name: 'flooding',
  init: ({ self, nodes }) => ({ self, nodes: sortedIds(nodes), from: new Set() }),
  step: (state, event, out) => {
    if (event.kind !== 'message' && event.kind !== 'request') return;
    const origin = event.kind === 'message' ? event.message.origin : state.self;
    if (state.from.has(origin)) return;
    state.from.add(origin);
    out.indicate({ kind: 'heard', origin });
    for (const node of state.nodes) if (node !== state.self) out.send(node, { origin });
  },
};

const flood = defineSimulation({
  name: 'flood',
  core: flooding,
  nodes: 3,
  options: (self, nodes) => ({ self, nodes }),
  exploration: { nodes: 3, requests: (nodes) => nodes.map((node) => ({ node, request: { kind: 'flood' } as const })) },
});

describe('the states of cores', () => {
  const faults: [string, Partial<Exploration<never>>][] = [
    ['without faults', {}],
    ['with a message lost and one doubled', { drops: 1, duplicates: 1 }],
    ['with a crash and a restart', { crashes: 1 }],
    ['with one timeout', { timeouts: 1 }],
    ['with a write that fails, and a crash', { persistFailures: 1, crashes: 1 }],
    ['with time', { clock: { step: 3 as Ticks, steps: 3 } }],
    ['with clocks that drift', { clock: { step: 4 as Ticks, steps: 2, skew: 1 } }],
  ];
  for (const [name, bounds] of faults) {
    it(`are those of a search that copies everything, ${name}`, () => {
      const simulation = { ...chatting, exploration: { ...chatting.exploration, ...bounds } } as typeof chatting;
      const { states } = exploreNaively(simulation);
      expect(states).toBeGreaterThan(20);
      expect(explore(simulation).states).toBe(states);
    });
  }

  it('are those of a search that copies everything, where many messages are on their way', () => {
    const two = { ...flood, exploration: { nodes: 3, requests: fromTwo } };
    expect(explore(two).states).toBe(exploreNaively(two).states);
  });

  it('are pinned for a flood of three nodes', () => {
    expect(explore(flood)).toMatchObject({ verdict: 'holds', states: 54_872 });
    expect(explore(everyoneAlike(flood), { symmetry: true })).toMatchObject({ verdict: 'holds', states: 9_272 });
  });

  it('have nothing overtaken where links are FIFO', () => {
    const inOrder = {
      'first comes first': ({ nodes }: { nodes: readonly { state: Flood }[] }) =>
        nodes.every(({ state }) => [...state.from].join() !== 'b'),
    };
    const twice: Core<Flooding> = {
      ...flooding,
      step: (state, event, out) => {
        if (event.kind === 'message') state.from.add(event.message.origin);
        if (event.kind !== 'request') return;
        for (const origin of ['a', 'b'] as NodeId[]) out.send('n2' as NodeId, { origin });
      },
    };
    const bounds = {
      nodes: 2,
      duplicates: 1,
      requests: ([node]: readonly NodeId[]) => [{ node: node as NodeId, request: { kind: 'flood' } as const }],
    };
    const links = (fifo: boolean) =>
      explore({ ...flood, core: twice, always: inOrder, exploration: { ...bounds, fifo } });
    expect(links(true).verdict).toBe('holds');
    expect(links(false).verdict).toBe('violated');
  });
});

describe('symmetry', () => {
  it('leaves one state of each class of states that differ by names alone', () => {
    const two = {
      ...flood,
      exploration: { nodes: 3, requests: fromTwo, symmetry: (nodes: readonly NodeId[]) => nodes.slice(0, 2) },
    };
    const swap = new Map([
      ['n1', 'n2'],
      ['n2', 'n1'],
    ]);
    const reduced = explore(two, { symmetry: true });
    expect(reduced.states).toBe(exploreNaively(two, [swap]).states);
    expect(reduced.states).toBeLessThan(explore(two).states * 0.6);
  });

  it('does not hide what is wrong', () => {
    const always = {
      'not all heard of n3': ({ nodes }: { nodes: readonly { state: Flood }[] }) =>
        !nodes.every(({ state }) => state.from.size === 3),
    };
    const asked = everyoneAlike({ ...flood, always });
    const [full, reduced] = [explore(asked), explore(asked, { symmetry: true })];
    expect([full.verdict, reduced.verdict]).toEqual(['violated', 'violated']);
    expect(reduced.violation?.trace.steps.length).toBe(full.violation?.trace.steps.length);
  });

  it('refuses a list of ids that changes', () => {
    const shrinking: Core<Flooding> = {
      ...flooding,
      step: (state, event, out) => {
        flooding.step(state, event, out);
        if (event.kind === 'message') (state.nodes as NodeId[]).pop();
      },
    };
    const asked = everyoneAlike({ ...flood, core: shrinking });
    expect(() => explore(asked, { symmetry: true })).toThrow(
      expect.objectContaining({ code: 'TROUPE_SIM_DEFINITION' }),
    );
  });
});

describe('an exploration', () => {
  it('takes a step that throws for a violation, with the way there', () => {
    const broken: Core<Flooding> = {
      ...flooding,
      step: (state, event, out) => {
        if (event.kind === 'message' && state.from.size === 2) throw new TypeError('two already');
        flooding.step(state, event, out);
      },
    };
    const { violation } = explore({ ...flood, core: broken });
    expect(violation?.kind).toBe('throws');
    expect(violation?.why).toContain('two already');
    expect(violation?.trace.steps.at(-1)?.effects[0]).toContain('throws TypeError: two already');
  });

  it('judges what is demanded at the end where nothing can happen any more', () => {
    const { violation } = explore({
      ...flood,
      finally: { 'all have heard of two': ({ nodes }) => nodes.every(({ state }) => state.from.size === 2) },
      exploration: { nodes: 3, requests: fromTwo, drops: 2 },
    });
    expect(violation?.kind).toBe('finally');
    expect(violation?.trace.steps.filter(({ action }) => action.startsWith('lost')).length).toBeGreaterThan(0);
    expect(
      explore({
        ...flood,
        finally: { 'all have heard of all': ({ nodes }) => nodes.every(({ state }) => state.from.size === 3) },
      }).verdict,
    ).toBe('holds');
  });

  it('refuses a simulation without bounds, and bounds that are none', () => {
    const { exploration: _bounds, ...unbounded } = flood;
    expect(() => explore(unbounded)).toThrow(expect.objectContaining({ code: 'TROUPE_SIM_DEFINITION' }));
    expect(() => explore({ ...flood, exploration: { nodes: 0 } })).toThrow(
      expect.objectContaining({ code: 'TROUPE_CORE_OPTIONS' }),
    );
    expect(() => explore({ ...flood, exploration: { nodes: 2, drops: -1 } })).toThrow(
      expect.objectContaining({ code: 'TROUPE_CORE_OPTIONS' }),
    );
  });

  it('fails writes, of which nobody knows whether they are durable, as often as it may', () => {
    const writing: Core<Writing> = {
      name: 'writing',
      init: (_options, durable = 0) => ({ found: durable, told: '' }),
      fold: (durable = 0) => durable + 1,
      step: (state, event, out) => {
        if (event.kind === 'request') out.persist('write', 'record');
        if (event.kind === 'persisted' || event.kind === 'persist-failed') state.told = event.kind;
      },
    };
    const simulation = defineSimulation<Writing>({
      name: 'writing',
      core: writing,
      nodes: 1,
      options: () => undefined,
      exploration: {
        nodes: 1,
        requests: ([node]) => [{ node: node as NodeId, request: 'write' }],
        persistFailures: 1,
        crashes: 1,
      },
      sometimes: {
        'it is told of a failure': ({ nodes: [node] }) => node?.state.told === 'persist-failed',
        'a record survives': ({ nodes: [node] }) => node?.state.found === 1,
      },
    });
    expect(explore(simulation)).toMatchObject({ verdict: 'holds', neverHeld: [], states: 20 });
    const never = { ...simulation, exploration: { ...simulation.exploration, nodes: 1, persistFailures: 0 } };
    expect(explore(never).neverHeld).toEqual(['it is told of a failure']);
  });

  it('begins with what is on the disks, by the options and properties of the small configuration, and ends where it is told to', () => {
    const counting: Core<Counting> = {
      name: 'counting',
      init: ({ most }, durable = 0) => ({ count: durable, most, isRestarted: false }),
      fold: (durable = 0) => durable + 1,
      step: (state, event, out) => {
        if (event.kind === 'start') state.isRestarted = event.restarted;
        if (event.kind === 'persisted') state.count++;
        else if (state.count < state.most) out.persist('one more', 'record');
        if (event.kind === 'persisted') out.setTimer('again', 1 as Ticks);
      },
    };
    const records = (self: NodeId): readonly 'record'[] => (self === 'n1' ? ['record', 'record'] : []);
    const simulation = defineSimulation<Counting>({
      name: 'counting',
      core: counting,
      nodes: 2,
      options: () => ({ most: 1_000 }),
      always: { 'it has no durable record': ({ nodes }) => nodes.every(({ durable }) => durable === undefined) },
      exploration: {
        nodes: 2,
        records,
        instead: {
          options: () => ({ most: 4 }),
          always: { 'the first has its records, and is back': ({ nodes: [n1] }) => n1?.state.isRestarted === true },
          sometimes: {
            'the first has counted to four': ({ nodes: [n1] }) => n1?.state.count === 4 && n1.durable === 4,
          },
        },
      },
    });
    expect(explore(simulation)).toMatchObject({ verdict: 'holds', neverHeld: [] });
    const { exploration } = simulation;
    const short = { ...simulation, exploration: { ...exploration, nodes: 2, maxDepth: 2 } };
    expect(explore(short)).toMatchObject({ verdict: 'not exhaustive', bound: 'maxDepth', depth: 2 });
  });

  it('does not decide what must come to hold where timers may fire so often only', () => {
    const report = explore({
      ...flood,
      eventually: { never: () => false },
      exploration: { nodes: 3, requests: fromTwo, timeouts: 1 },
    });
    expect(report.verdict).toBe('holds');
    expect(Object.keys(report.undecided)).toEqual(['never']);
  });

  it('keeps finitely many states of what is sent again for ever, by its bound of copies', () => {
    const again: Core<Flooding> = {
      ...flooding,
      step: (state, event, out) => {
        flooding.step(state, event, out);
        if (event.kind !== 'request' && event.kind !== 'timeout') return;
        for (const node of state.nodes) if (node !== state.self) out.send(node, { origin: state.self });
        out.setTimer('again', 1 as Ticks);
      },
    };
    const bounds = { nodes: 2, requests: fromTwo, drops: 1 };
    expect(explore({ ...flood, core: again, exploration: bounds }, { maxStates: 20_000 }).verdict).toBe(
      'not exhaustive',
    );
    const report = explore({
      ...flood,
      core: again,
      exploration: { ...bounds, copies: 1 },
      eventually: { 'all have heard of all': ({ nodes }) => nodes.every(({ state }) => state.from.size === 2) },
    });
    expect(report.verdict).toBe('holds');
  });
});

type Counting = Shape<{
  Options: { readonly most: number };
  State: { count: number; readonly most: number; isRestarted: boolean };
  Durable: number;
  Record: 'record';
  Token: 'one more';
  Timer: 'again';
}>;

type Writing = Shape<{
  Options: undefined;
  Durable: number;
  State: { readonly found: number; told: string };
  Token: 'write';
  Record: string;
  Request: string;
}>;

function fromTwo(nodes: readonly NodeId[]) {
  return nodes.slice(0, 2).map((node) => ({ node, request: { kind: 'flood' } as const }));
}

function everyoneAlike(simulation: typeof flood): typeof flood {
  return { ...simulation, exploration: { ...simulation.exploration, nodes: 3, symmetry: (nodes) => nodes } };
}

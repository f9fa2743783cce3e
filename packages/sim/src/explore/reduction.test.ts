import { type Core, type NodeId, type Shape, sortedIds } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { defineSimulation, type Simulation } from '../simulation.ts';
import type { View } from '../view.ts';
import { explore } from './explore.ts';

interface State {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  heard: string[];
}

type Spreading = Shape<{
  Options: { self: NodeId; nodes: readonly NodeId[] };
  State: State;
  Message: { readonly word: string; readonly isRelayed: boolean };
  Request: { readonly word: string };
  Indication: { readonly kind: 'heard' };
}>;

/** `relays`: whoever hears a word from its origin passes it on. */
const spreading = (relays: boolean): Core<Spreading> => ({
  name: 'spreading',
  init: ({ self, nodes }) => ({ self, nodes: sortedIds(nodes), heard: [] }),
  step: (state, event, out) => {
    if (event.kind !== 'message' && event.kind !== 'request') return;
    const { word } = event.kind === 'message' ? event.message : event.request;
    if (state.heard.includes(word)) return;
    state.heard.push(word);
    out.indicate({ kind: 'heard' });
    const isRelayed = event.kind === 'message';
    if (isRelayed && (!relays || event.message.isRelayed)) return;
    for (const node of state.nodes) if (node !== state.self) out.send(node, { word, isRelayed });
  },
});

const spread = (relays: boolean, nodes: number, words: string[]): Simulation<Spreading> =>
  defineSimulation<Spreading>({
    name: 'spread',
    core: spreading(relays),
    nodes,
    options: (self, all) => ({ self, nodes: all }),
    exploration: {
      nodes,
      requests: (all) => words.map((word, index) => ({ node: all[index] as NodeId, request: { word } })),
      local: ['local'],
    },
  });

type Told = { readonly kind: string; readonly node: NodeId };

const everyTeller = {
  init: () => [] as string[],
  on: (list: string[], { kind, node }: Told) => void (kind === 'indication' && list.push(node)),
};
const firstTeller = {
  init: () => [] as string[],
  on: (list: string[], told: Told) => void (list.length === 0 && everyTeller.on(list, told)),
};

/** Verdict and states, in full and reduced. */
function both(simulation: Simulation<Spreading>) {
  const [full, reduced] = [explore(simulation), explore(simulation, { reduction: true })];
  return { full, reduced, states: [full.states, reduced.states] };
}

describe('partial-order reduction', () => {
  const systems: [string, Simulation<Spreading>, number, number][] = [
    ['one word to five nodes', spread(false, 6, ['a']), 33, 7],
    ['two words, from two nodes', spread(false, 4, ['a', 'b']), 217, 48],
    ['a word that is passed on', spread(true, 3, ['a']), 26, 5],
    ['two words that are passed on', spread(true, 3, ['a', 'b']), 3_052, 49],
  ];
  for (const [name, simulation, full, reduced] of systems) {
    it(`goes through fewer states, and they are pinned: ${name}`, () => {
      expect(both(simulation).states).toEqual([full, reduced]);
    });

    it(`agrees with the whole search about what a node may come to: ${name}`, () => {
      // Every list of words that any node may come to have heard: each is taken for wrong once.
      const lists = new Set<string>();
      const note = {
        local: ({ nodes }: { nodes: readonly { state: State }[] }) =>
          nodes.every(({ state }) => lists.add(state.heard.join())),
      };
      explore({ ...simulation, always: note });
      expect(lists.size).toBeGreaterThan(1);
      for (const list of [...lists, 'never']) {
        const local = ({ nodes }: { nodes: readonly { state: State }[] }) =>
          nodes.every(({ state }) => state.heard.join() !== list);
        const { full: whole, reduced: part } = both({ ...simulation, always: { local } });
        expect(part.verdict, list).toBe(whole.verdict);
        expect(part.undecided).toEqual({});
      }
    });

    it(`reaches every end: ${name}`, () => {
      const ends = (reduction: boolean): Set<string> => {
        const found = new Set<string>();
        explore(
          {
            ...simulation,
            finally: {
              note: ({ nodes }) => found.add(nodes.map(({ state }) => state.heard.join()).join(';')).size > 0,
            },
          },
          { reduction },
        );
        return found;
      };
      expect(ends(true)).toEqual(ends(false));
    });
  }

  it('says of what looks at several nodes that it is not decided', () => {
    const global = ({ nodes }: { nodes: readonly { state: State }[] }) => nodes.length > 0;
    const { undecided, verdict } = explore(
      { ...spread(false, 3, ['a']), always: { global }, sometimes: { never: () => false } },
      { reduction: true },
    );
    expect(Object.keys(undecided)).toEqual(['global', 'never']);
    expect(verdict).toBe('holds');
  });

  it('keeps every state of the nodes, and of what was observed, where it only leaves out messages that are spent', () => {
    // Whoever has heard a word does nothing on it any more. Crashes make it forget, and then it does.
    for (const faults of [{}, { drops: 1 }, { duplicates: 1 }, { crashes: 1 }, { crashes: 1, drops: 1, copies: 1 }]) {
      const simulation = spread(true, 3, ['a', 'b']);
      const exploration = { ...simulation.exploration, nodes: 3, ...faults };
      const [full, reduced] = [false, true].map((reduction) => {
        const seen = new Set<string>();
        const note = ({ nodes, observed }: View<Spreading, unknown>) => {
          const shown = nodes.map(({ isUp, state }) => `${isUp} ${state.heard}`);
          return seen.add(`${shown.join(';')} ${JSON.stringify(observed)}`).size > 0;
        };
        const observed = {
          ...simulation,
          observer: firstTeller,
          exploration,
          always: { note },
        } as unknown as Simulation<Spreading, string[]>;
        const { states, undecided } = explore(observed, { reduction });
        return { states, seen, undecided };
      });
      expect(reduced?.seen).toEqual(full?.seen);
      expect(reduced?.undecided).toEqual({});
      expect(reduced?.states).toBeLessThan((full?.states ?? 0) * 0.8);
    }
  });

  it('takes no message for spent that its node waits for in a state further on', () => {
    // n1 does nothing on a word until it is asked for one: one may be there before.
    const late: Core<Spreading> = {
      ...spreading(false),
      step: (state, event, out) => {
        if (event.kind === 'request' && event.request.word === 'listen') state.heard.push('listen');
        else if (event.kind === 'request')
          for (const node of state.nodes) out.send(node, { word: 'a', isRelayed: false });
        else if (event.kind === 'message' && state.heard.length > 0) out.indicate({ kind: 'heard' });
      },
    };
    const simulation = {
      ...spread(false, 2, ['listen', 'go']),
      core: late,
      observer: firstTeller,
    } as unknown as Simulation<Spreading, string[]>;
    const always = { 'nobody hears': ({ observed }: View<Spreading, string[]>) => observed.length === 0 };
    const sometimes = { heard: ({ observed }: View<Spreading, string[]>) => observed.length > 0 };
    for (const reduction of [false, true]) {
      expect(explore({ ...simulation, sometimes }, { reduction })).toMatchObject({ verdict: 'holds', neverHeld: [] });
      const { violation } = explore({ ...simulation, always }, { reduction });
      expect(violation?.trace.steps.length).toBe(3);
    }
  });

  it('leaves nothing out where the order in which nodes tell is observed, or faults may still strike', () => {
    // Words that are passed on are never spent before they arrive.
    const observed = { ...spread(false, 4, ['a']), observer: everyTeller } as unknown as Simulation<
      Spreading,
      string[]
    >;
    expect(explore(observed, { reduction: true }).states).toBe(explore(observed).states);
    const simulation = spread(false, 4, ['a']);
    const lossy = {
      ...simulation,
      exploration: { ...simulation.exploration, nodes: 4, drops: 1 },
    } as typeof simulation;
    const [full, reduced] = [explore(lossy).states, explore(lossy, { reduction: true }).states];
    expect(reduced).toBe(full);
  });
});

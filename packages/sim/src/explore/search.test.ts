import { expect, it } from 'vitest';
import { exploreModel } from './explore-model.ts';
import { defineModel, type Model } from './model.ts';

/** A graph by its arrows: `a>b` is a step from a to b. */
function graph(arrows: string, properties: Partial<Model<string, string>> = {}): Model<string, string> {
  const steps = arrows.split(' ').map((arrow) => arrow.split('>') as [string, string]);
  return defineModel<string, string>({
    name: 'graph',
    init: () => [steps[0]?.[0] as string],
    steps: (state, step) => {
      for (const [from, to] of steps) if (from === state) step(`to ${to}`, to);
    },
    ...properties,
  });
}

const isAt = (...places: string[]) => ({ arrives: (state: string) => places.includes(state) });

it('finds the shortest way to what breaks an invariant', () => {
  const report = exploreModel(graph('a>b b>c c>x a>d d>x', { always: { 'never x': (state) => state !== 'x' } }));
  expect(report.verdict).toBe('violated');
  expect(report.violation?.trace).toEqual({
    start: '"a"',
    steps: [
      { action: 'to d', effects: ['"d"'] },
      { action: 'to x', effects: ['"x"'] },
    ],
  });
});

it('judges initial states too, and says what a property says', () => {
  const { violation } = exploreModel(graph('a>b', { always: { empty: () => 'it is full' } }));
  expect(violation).toMatchObject({ kind: 'always', property: 'empty', why: 'it is full', trace: { steps: [] } });
});

it('never passes silently what it did not search', () => {
  const line = graph('a>b b>c c>d d>e', { always: { 'never e': (state) => state !== 'e' }, eventually: isAt('b') });
  expect(exploreModel(line, { maxStates: 2 })).toMatchObject({ verdict: 'not exhaustive', bound: 'maxStates' });
  const shallow = exploreModel(line, { maxDepth: 3 });
  expect(shallow).toMatchObject({ verdict: 'not exhaustive', bound: 'maxDepth', states: 4 });
  expect(shallow.undecided).toEqual({ arrives: 'the search ended at maxDepth' });
  expect(exploreModel(line, { maxDepth: 5 })).toMatchObject({ verdict: 'violated' });
});

it('calls a search vacuous in which something never held that should sometimes', () => {
  const report = exploreModel(graph('a>b', { sometimes: { 'at b': (at) => at === 'b', 'at z': (at) => at === 'z' } }));
  expect(report).toMatchObject({ verdict: 'vacuous', reached: { 'at b': 1 }, neverHeld: ['at z'] });
});

it('names a model that throws', () => {
  const broken = graph('a>b', {
    always: {
      fine: () => {
        throw new TypeError('no such thing');
      },
    },
  });
  expect(() => exploreModel(broken)).toThrow(
    expect.objectContaining({ code: 'TROUPE_SIM_MODEL', message: expect.stringContaining('no such thing') }),
  );
});

it('counts ends', () => {
  expect(exploreModel(graph('a>b a>c c>d d>c'))).toMatchObject({ states: 4, terminals: 1, transitions: 4 });
});

it('finds an end at which it has not come to hold', () => {
  const { violation } = exploreModel(graph('a>b b>c a>x', { eventually: isAt('c') }));
  expect(violation).toMatchObject({ kind: 'eventually', property: 'arrives', loop: [] });
  expect(violation?.trace.steps.map(({ action }) => action)).toEqual(['to x']);
});

it('finds a cycle that may go on for ever, even where states on it were known before', () => {
  // a, b and d lead round without c; a search that only asks whether a state has successors takes this for fine.
  const { violation } = exploreModel(graph('a>b b>d d>a2 a2>b2 b2>d2 d2>a2 a>c c>c', { eventually: isAt('c') }));
  expect(violation?.kind).toBe('eventually');
  expect(violation?.loop.map(({ action }) => action)).toEqual(['to b2', 'to d2', 'to a2']);
});

it('is content where it held once on every way', () => {
  expect(exploreModel(graph('a>c c>b b>b', { eventually: isAt('c') })).verdict).toBe('holds');
  expect(exploreModel(graph('a>b b>c a>d d>c', { eventually: isAt('c') })).verdict).toBe('holds');
});

it('does not blame a cycle that is left sooner or later, if what leaves it stays possible', () => {
  // Both states of the cycle can take `to c`: whoever never takes it is unfair.
  expect(exploreModel(graph('a>b b>a a>c b>c', { eventually: isAt('c') })).verdict).toBe('holds');
  // Here it is possible at b alone, now and then: weak fairness owes it nothing.
  expect(exploreModel(graph('a>b b>a b>c', { eventually: isAt('c') })).verdict).toBe('violated');
});

it('takes a step to the same state for a cycle', () => {
  const { violation } = exploreModel(graph('a>b b>b', { eventually: isAt('c') }));
  expect(violation?.loop.map(({ action }) => action)).toEqual(['to b']);
});

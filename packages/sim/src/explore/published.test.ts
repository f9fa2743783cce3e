import { expect, it } from 'vitest';
import { exploreModel } from './explore-model.ts';
import { dieHard } from './models/die-hard.ts';
import { transactionCommit } from './models/transaction-commit.ts';
import { twoPhase } from './models/two-phase.ts';

// TLC counts initial states among those generated, and states rather than steps in its depth.
const asTlc = ({ states, transitions, depth }: ReturnType<typeof exploreModel>) => ({
  generated: transitions + 1,
  distinct: states,
  depth: depth + 1,
});

it('two-phase commit of Gray and Lamport has the published 288 states with 3 resource managers', () => {
  const report = exploreModel(twoPhase(3));
  expect(report.verdict).toBe('holds');
  expect(asTlc(report)).toMatchObject({ distinct: 288, depth: 11 });
});

it('and 8,832 with 5', () => {
  expect(exploreModel(twoPhase(5))).toMatchObject({ verdict: 'holds', states: 8_832 });
});

it('with symmetry it has one state for each set of those that differ by names alone', () => {
  const orbits = (managers: number): number => {
    const found = new Set<string>();
    const model = twoPhase(managers);
    const states = [...model.init()];
    const known = new Set(states);
    const { representative } = twoPhase(managers, { symmetry: true });
    for (const state of states) {
      found.add(String(representative?.(state)));
      model.steps(state, (_action, to) => {
        if (!known.has(to)) states.push(to);
        known.add(to);
      });
    }
    return found.size;
  };
  for (const managers of [3, 5]) {
    const report = exploreModel(twoPhase(managers, { symmetry: true }));
    expect(report.verdict).toBe('holds');
    expect(report.states).toBe(orbits(managers));
  }
  expect(exploreModel(twoPhase(5, { symmetry: true })).states).toBe(314);
});

it('sorted by their state alone, as stateright does it, they have the published 665: which depends on the order of the search', () => {
  const managers = 5;
  const model = twoPhase(managers);
  /** The other parts of a resource manager go with it; among equals they stay as they are. */
  const sorted = (state: number): string => {
    const bit = (place: number) => Math.floor(state / 2 ** place) % 2;
    const each = Array.from({ length: managers }, (_, r) => ({
      state: bit(2 * r) + 2 * bit(2 * r + 1),
      rest: [bit(2 * managers + r), bit(3 * managers + r)],
    }));
    return JSON.stringify([Math.floor(state / 16 ** managers), each.sort((a, b) => a.state - b.state)]);
  };
  const count = (next: (waiting: number[]) => number | undefined): number => {
    const waiting = [...model.init()];
    const seen = new Set(waiting.map(sorted));
    for (let state = next(waiting); state !== undefined; state = next(waiting))
      model.steps(state, (_action, to) => {
        const size = seen.size;
        if (seen.add(sorted(to)).size > size) waiting.push(to);
      });
    return seen.size;
  };
  expect(count((waiting) => waiting.pop())).toBe(665);
  expect(count((waiting) => waiting.shift())).toBe(508);
});

it('transaction commit has the published 34 states with 3 resource managers', () => {
  const report = exploreModel(transactionCommit(3));
  expect(report.verdict).toBe('holds');
  expect(asTlc(report)).toEqual({ generated: 94, distinct: 34, depth: 7 });
});

it('the jugs of DieHard have the published 16 states, and 4 gallons take 6 steps', () => {
  const { always: _always, ...free } = dieHard;
  expect(asTlc(exploreModel(free))).toEqual({ generated: 97, distinct: 16, depth: 8 });
  const found = exploreModel(dieHard);
  expect(found.verdict).toBe('violated');
  expect(found.violation?.trace.steps.map(({ action }) => action)).toEqual([
    'FillBigJug',
    'BigToSmall',
    'EmptySmallJug',
    'BigToSmall',
    'FillBigJug',
    'BigToSmall',
  ]);
});

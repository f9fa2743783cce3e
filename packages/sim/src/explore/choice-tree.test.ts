import { expect, it } from 'vitest';
import { ChoiceTree, exhaust } from './choice-tree.ts';

it('goes through every list of choices once, where the number of choices hangs on earlier ones', () => {
  const seen: string[] = [];
  const report = exhaust((choose) => {
    const first = choose('first', 3);
    const rest = Array.from({ length: first }, () => choose('more', 2));
    seen.push([first, ...rest].join(''));
    return undefined;
  });
  expect(seen).toEqual(['0', '10', '11', '200', '201', '210', '211']);
  expect(report).toEqual({ violation: undefined, choices: [], runs: 7, depth: 3, exhaustive: true });
});

it('stops at the first violation, and its choices lead there again', () => {
  const run = (choose: (label: string, n: number) => number) => {
    const sum = choose('a', 4) + choose('b', 4);
    return sum === 5 ? `sum ${sum}` : undefined;
  };
  const { violation, choices, exhaustive } = exhaust(run);
  expect({ violation, choices, exhaustive }).toEqual({ violation: 'sum 5', choices: [2, 3], exhaustive: false });
  const again = [...choices];
  expect(run(() => again.shift() ?? 0)).toBe('sum 5');
});

it('says that it is not exhaustive where choices or runs are bounded', () => {
  const run = (choose: (label: string, n: number) => number): undefined => {
    for (let i = 0; i < 5; i++) choose('bit', 2);
  };
  expect(exhaust(run)).toMatchObject({ runs: 32, exhaustive: true });
  expect(exhaust(run, { maxChoices: 3 })).toMatchObject({ runs: 8, exhaustive: false });
  expect(exhaust(run, { maxRuns: 10 })).toMatchObject({ runs: 10, exhaustive: false });
});

it('refuses a run that does not choose as it did before', () => {
  let calls = 0;
  expect(() =>
    exhaust((choose) => {
      choose('a', 2);
      choose(`b${calls++}`, 2);
      return undefined;
    }),
  ).toThrow(expect.objectContaining({ code: 'TROUPE_SIM_DEFINITION' }));
});

it('keeps the path of the run that goes on', () => {
  const tree = new ChoiceTree();
  expect([tree.choose('a', 2), tree.choose('b', 2)]).toEqual([0, 0]);
  expect(tree.next()).toBe(true);
  expect([tree.choose('a', 2), tree.choose('b', 2)]).toEqual([0, 1]);
  expect(tree.path()).toEqual([0, 1]);
});

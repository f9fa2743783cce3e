import { describe, expect, it } from 'vitest';
import { RandomChooser, SEEDS_MAX } from './random-chooser.ts';

const draw = (seed: number, count: number, n: number): number[] => {
  const chooser = new RandomChooser(seed);
  return Array.from({ length: count }, () => chooser.choose('x', n));
};

describe('choices drawn from a seed', () => {
  it('begin with the same draws in every version', () => {
    expect([0, 1, 42, SEEDS_MAX - 1].map((seed) => draw(seed, 4, 1_000))).toMatchInlineSnapshot(`
      [
        [
          964,
          41,
          88,
          554,
        ],
        [
          870,
          634,
          913,
          515,
        ],
        [
          672,
          533,
          632,
          331,
        ],
        [
          676,
          642,
          473,
          973,
        ],
      ]
    `);
  });

  it('are alike for equal seeds, whatever the labels, and differ for others', () => {
    expect(draw(7, 100, 1_000)).toEqual(draw(7, 100, 1_000));
    expect(draw(7, 100, 1_000)).not.toEqual(draw(8, 100, 1_000));
  });

  it('stay below n, and are even to a few per cent, within a seed and over the first draws of seeds', () => {
    for (const n of [2, 3, 10]) {
      const counts = new Array<number>(n).fill(0);
      for (const value of draw(1, 10_000 * n, n)) counts[value] = (counts[value] as number) + 1;
      for (let seed = 0; seed < 10_000 * n; seed++) {
        const [first] = draw(seed, 1, n);
        counts[first as number] = (counts[first as number] as number) + 1;
      }
      for (const count of counts) expect(Math.abs(count - 20_000)).toBeLessThan(700);
    }
  });

  it('draw nothing where there is one way to go', () => {
    const chooser = new RandomChooser(3);
    expect(chooser.choose('one', 1)).toBe(0);
    expect(chooser.choose('x', 1_000)).toBe(draw(3, 1, 1_000)[0]);
  });

  it.each([-1, 0.5, SEEDS_MAX, Number.NaN])('refuse the seed %d', (seed) => {
    expect(() => new RandomChooser(seed)).toThrow(/^Expected a seed that is a whole number/);
  });
});

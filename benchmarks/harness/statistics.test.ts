import { describe, expect, test } from 'vitest';
import { quantile, summarize } from './statistics.ts';

describe('summarize', () => {
  test('an odd number of samples has its middle one as median', () => {
    expect(summarize([30, 10, 20])).toEqual({ min: 10, median: 20, max: 30, samples: 3 });
  });

  test('an even number of samples has the mean of the middle two as median', () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4, samples: 4 });
  });

  test('the order of the samples given is left alone', () => {
    const values = [3, 1, 2];
    summarize(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test('no sample, or one that is no number, is refused', () => {
    expect(() => summarize([])).toThrow('Expected at least one sample');
    expect(() => summarize([1, Number.NaN])).toThrow('Expected finite samples, got NaN');
    expect(() => summarize([Number.POSITIVE_INFINITY])).toThrow('got Infinity');
  });
});

describe('quantile', () => {
  test('agrees with counting, for every share of small inputs', () => {
    for (let length = 1; length <= 12; length++) {
      const values = Array.from({ length }, (_, i) => ((i * 7) % 12) + 1);
      for (const share of [0.01, 0.25, 0.5, 0.75, 0.99, 1]) {
        const result = quantile(values, share);
        const atMost = values.filter((value) => value <= result).length;
        const below = values.filter((value) => value < result).length;
        expect(atMost / length).toBeGreaterThanOrEqual(share);
        expect(below / length).toBeLessThan(share);
      }
    }
  });

  test('nothing to take it from, or a share outside (0, 1], is refused', () => {
    expect(() => quantile([], 0.5)).toThrow('Expected at least one value');
    expect(() => quantile([1], 0)).toThrow('got 0');
    expect(() => quantile([1], 1.5)).toThrow('got 1.5');
  });
});

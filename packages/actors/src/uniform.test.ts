import { expect, it } from 'vitest';
import { uniform } from './uniform.ts';

it('draws again where a word would favour the small numbers', () => {
  const words = [2 ** 32 - 1, 2 ** 32 - 2, 5];
  // 2^32 is 1 more than a multiple of 3: the last word is one too many.
  const choose = uniform(() => words.shift() as number);
  expect([choose('a', 3), choose('a', 3), words]).toEqual([2, 2, []]);
});

it('takes every word where n divides 2^32, and refuses an n that is no count', () => {
  const choose = uniform(() => 2 ** 32 - 1);
  expect([choose('a', 1), choose('a', 2 ** 16), choose('a', 2 ** 32)]).toEqual([0, 2 ** 16 - 1, 2 ** 32 - 1]);
  for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) expect(() => choose('a', n)).toThrow(RangeError);
});

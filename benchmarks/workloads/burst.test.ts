import { expect, test } from 'vitest';
import { Burst, SLICE } from './burst.ts';

test.each([
  [1, 1],
  [SLICE, 1],
  [SLICE + 1, 1],
  [5_000, 60],
  [59, 60],
])('a burst of %i to %i counters sends each the same numbers, once', (total, counters) => {
  const burst = new Burst(total, counters);
  const received = Array.from({ length: counters }, (): number[] => []);
  let inSlice = 0;
  let largest = 0;
  const send = (counter: number, n: number) => {
    received[counter]!.push(n);
    largest = Math.max(largest, ++inSlice);
  };
  while (burst.slice(send)) inSlice = 0;
  expect(burst.total).toBeGreaterThanOrEqual(total);
  expect(received).toEqual(Array(counters).fill(Array.from({ length: burst.total / counters }, (_, n) => n)));
  expect(largest).toBeLessThan(SLICE + counters);
});

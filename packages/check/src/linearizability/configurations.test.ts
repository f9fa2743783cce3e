import { expect, test } from 'vitest';
import { Configurations } from './configurations.ts';

/** Two words about operations that complete, one about pending ones. */
const set = (...words: [number, number, number]) => Int32Array.from(words);

test('a configuration is new once', () => {
  const configurations = new Configurations(2);
  expect(configurations.add(set(5, 0, 1), 0, 0, 7, 1234)).toBe(true);
  expect(configurations.add(set(5, 0, 1), 0, 0, 7, 1234)).toBe(false);
  expect(configurations.count).toBe(1);
});

test('those with one hash are told apart by their states, their words, and their pending operations', () => {
  const configurations = new Configurations(2);
  const add = (words: Int32Array, low: number, high: number, state: number) =>
    configurations.add(words, low, high, state, 99);
  expect(add(set(5, 0, 0), 0, 0, 7)).toBe(true);
  expect(add(set(5, 0, 0), 0, 0, 8)).toBe(true);
  expect(add(set(4, 0, 0), 0, 0, 7)).toBe(true);
  expect(add(set(5, 0, 1), 0, 0, 7)).toBe(true);
  expect(add(set(5, 3, 0), 0, 1, 7)).toBe(true);
  expect(add(set(-1, 5, 0), 1, 1, 7)).toBe(true);
  expect(add(set(0, 0, 0), 0, -1, 7)).toBe(true);
  expect(add(set(-1, 0, 0), 1, 0, 7)).toBe(true);
  expect(add(set(-1, 5, 0), 1, 1, 7)).toBe(false);
  expect(configurations.count).toBe(8);
});

test('all are found again after it has grown', () => {
  const configurations = new Configurations(2);
  const { bytes } = configurations;
  const addAll = () =>
    Array.from({ length: 5_000 }, (_, i) => configurations.add(set(i, 1, i % 3), 0, 1, i % 5, i % 700));
  expect(new Set(addAll())).toEqual(new Set([true]));
  expect(new Set(addAll())).toEqual(new Set([false]));
  expect(configurations.count).toBe(5_000);
  expect(configurations.bytes).toBeGreaterThan(bytes);
});

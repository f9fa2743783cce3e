import { expect, test } from 'vitest';
import type { Call } from '../history/history.ts';
import { keyValue } from './key-value.ts';
import { lock } from './lock.ts';
import { ILLEGAL, type Model } from './model.ts';
import { queue } from './queue.ts';
import { casRegister } from './register.ts';

type Step = readonly [f: string, value: unknown, output?: unknown];

/** Goes as far as the steps are legal. @returns how many were */
function legal<S>(model: Model<S, Call, unknown>, steps: readonly Step[]): number {
  let state = model.init();
  for (const [count, [f, value, output]] of steps.entries()) {
    const next = model.step(state, { f, key: 'k', value }, output);
    if (next === ILLEGAL) return count;
    state = next;
  }
  return steps.length;
}

test('values are compared by what they hold', () => {
  expect(
    legal(casRegister(), [
      ['write', { a: [1] }, null],
      ['read', null, { a: [1] }],
      ['read', null, { a: [2] }],
    ]),
  ).toBe(2);
  expect(
    legal(casRegister({ initial: 0 }), [
      ['cas', [0, [1]], true],
      ['cas', [[1], 2], true],
      ['read', null, 2],
    ]),
  ).toBe(3);
});

test('a cas that saw another value is legal only where there was another', () => {
  expect(
    legal(casRegister({ initial: 0 }), [
      ['cas', [1, 2], false],
      ['cas', [0, 2], false],
    ]),
  ).toBe(1);
  expect(
    legal(casRegister({ initial: 0 }), [
      ['cas', [0, 2], null],
      ['cas', [0, 2], true],
    ]),
  ).toBe(1);
});

test('a key that was deleted reads as one that never was', () => {
  const steps: Step[] = [
    ['get', null, ''],
    ['append', 'a', null],
    ['append', 'b', null],
    ['get', null, 'ab'],
    ['delete', null, true],
    ['get', null, ''],
  ];
  expect(legal(keyValue({ initial: '' }), steps)).toBe(6);
  expect(
    legal(keyValue(), [
      ['append', 'a', null],
      ['get', null, 'a'],
      ['cas', ['a', 'b'], true],
      ['cas', ['a', 'c'], false],
      ['get', null, 'b'],
    ]),
  ).toBe(5);
});

test('a queue gives in the order in which it got, and null when it is empty', () => {
  expect(
    legal(queue(), [
      ['enqueue', 1, null],
      ['enqueue', 2, null],
      ['dequeue', null, 1],
      ['dequeue', null, 2],
      ['dequeue', null, null],
    ]),
  ).toBe(5);
  expect(
    legal(queue(), [
      ['enqueue', 1, null],
      ['dequeue', null, null],
    ]),
  ).toBe(1);
  expect(
    legal(queue({ capacity: 1 }), [
      ['enqueue', 1, true],
      ['enqueue', 2, false],
      ['enqueue', 2, true],
    ]),
  ).toBe(2);
});

test('locks-1: a token that is not greater than the last one is illegal', () => {
  expect(
    legal(lock(), [
      ['acquire', null, 33],
      ['release', 33, true],
      ['acquire', null, 34],
    ]),
  ).toBe(3);
  expect(
    legal(lock(), [
      ['acquire', null, 33],
      ['release', 33, true],
      ['acquire', null, 33],
    ]),
  ).toBe(2);
});

test('a lock that is held is not granted, and a free one not refused', () => {
  expect(
    legal(lock(), [
      ['acquire', null, 1],
      ['acquire', null, false],
      ['acquire', null, 2],
    ]),
  ).toBe(2);
  expect(legal(lock(), [['acquire', null, false]])).toBe(0);
  expect(
    legal(lock(), [
      ['acquire', null, null],
      ['acquire', null, null],
    ]),
  ).toBe(1);
});

test('locks-3: a late release frees nobody else’s lock', () => {
  const expired: Step[] = [
    ['acquire', null, 1],
    ['expire', 1],
    ['acquire', null, 2],
  ];
  expect(legal(lock(), [...expired, ['release', 1, false], ['acquire', null, false]])).toBe(5);
  expect(legal(lock(), [...expired, ['release', 1, true]])).toBe(3);
});

test('the guarded resource refuses a token less than one that it has seen', () => {
  expect(
    legal(lock(), [
      ['use', 1, true],
      ['use', 2, true],
      ['use', 2, true],
      ['use', 1, false],
    ]),
  ).toBe(4);
  expect(
    legal(lock(), [
      ['use', 2, true],
      ['use', 1, true],
    ]),
  ).toBe(1);
});

test('a grant whose token nobody saw still raises the tokens after it', () => {
  const unseen: Step[] = [
    ['acquire', null, 5],
    ['release', 5, true],
    ['acquire', null],
    ['release', null],
  ];
  expect(legal(lock(), [...unseen, ['acquire', null, 7]])).toBe(5);
  expect(legal(lock(), [...unseen, ['acquire', null, 6]])).toBe(4);
});

test.each<[Model<any, Call, unknown>, Call, unknown, string]>([
  [casRegister(), { f: 'cas', value: 3 }, true, 'a cas to have [from, to] for its value'],
  [
    casRegister(),
    { f: 'cas', value: [1, 2] },
    'timeout',
    'the output of a cas to be true, false, null or its [from, to]',
  ],
  [keyValue(), { f: 'get' }, 'x', 'a key beside get'],
  [keyValue(), { f: 'append', key: 'k', value: 3 }, null, 'an append to have a string for its value'],
  [keyValue(), { f: 'read', key: 'k' }, null, 'f to be one of get, put, append, delete, cas'],
  [queue(), { f: 'enqueue', value: null }, null, 'an enqueue to have a value other than null'],
  [queue(), { f: 'push', value: 1 }, null, 'f to be enqueue or dequeue'],
  [lock(), { f: 'acquire' }, 'ok', 'acquire to give a token, a whole number, or null or false'],
  [lock(), { f: 'use' }, true, 'use to have a token, a whole number'],
  [lock(), { f: 'lock' }, 1, 'f to be one of acquire, release, expire, use'],
])('$name refuses what it does not know: %j', (model, input, output, expected) => {
  expect(model.expects?.(input, output)).toBe(expected);
});

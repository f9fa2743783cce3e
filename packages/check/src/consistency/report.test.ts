import { describe, expect, it, test } from 'vitest';
import { CHECKERS } from '../checkers.ts';
import type { History } from '../history/history.ts';
import { processes } from './notation.fixture.ts';

const check = (name: string, history: History, options = {}) =>
  CHECKERS.find((checker) => checker.name === name)!.check(history, options);

const STALE = processes('w x 1, w x 2', 'r x 2, r x 1');

describe('a history that reads an older value after a newer one', () => {
  it('is not sequentially consistent: the report shows where an order gets stuck', () => {
    const { verdict, lines, data } = check('sequential', STALE);
    expect(verdict).toBe('illegal');
    expect(lines).toEqual([
      'illegal: 4 operations by 2 processes, model sequential',
      'an order of 3 operations was found, no longer one: … p1 x: write(1), p1 x: write(2), p2 x: read() → 2',
      'stuck: p2 x: read() → 1',
    ]);
    expect(data).toMatchObject({ order: [0, 1, 2], blocked: [3] });
  });

  it.each(['causal', 'causal-convergence', 'causal-memory'])('is not of %s consistency', (name) => {
    const { verdict, lines, data } = check(name, STALE);
    expect(verdict).toBe('illegal');
    expect(lines[1]).toMatch(/^WriteCORead: p2 read 1 from x/);
    const { violations } = JSON.parse(JSON.stringify(data));
    expect(violations[0]).toMatchObject({ name: 'WriteCORead', operations: [0, 1, 3] });
  });

  it('does not read monotonically', () => {
    const { verdict, lines } = check('monotonic-reads', STALE);
    expect(verdict).toBe('illegal');
    expect(lines[1]).toMatch(/^monotonic-reads with monotonic-writes: CyclicWrites: /);
    expect(check('read-your-writes', STALE).verdict).toBe('ok');
    expect(check('sessions', STALE).verdict).toBe('illegal');
  });
});

test.each(['sequential', 'causal', 'sessions'])(
  '%s takes a first value, and finds nothing wrong in a good history',
  (name) => {
    const history = processes('r x 0, w x 1', 'r x 0, r x 1');
    expect(check(name, history, { initial: 0 })).toMatchObject({
      verdict: 'ok',
      lines: [expect.stringMatching(/^ok: 4/)],
    });
    expect(check(name, history).verdict).toBe('illegal');
  },
);

test('a budget that ends is told', () => {
  const lines = check('sequential', STALE, { milliseconds: 0, now: () => 0 }).lines;
  expect(lines).toEqual(['unknown: 4 operations by 2 processes, model sequential', 'the time of the budget ended']);
});

test.each([
  ['sequential', 'TROUPE_MODEL_REFUSED'],
  ['causal', 'TROUPE_ACCESS_UNKNOWN'],
  ['sessions', 'TROUPE_ACCESS_UNKNOWN'],
])('%s refuses operations of other kinds with %s', (name, code) => {
  const [operation] = STALE.operations;
  const history = { operations: [{ ...operation!, input: { f: 'enqueue', value: 1 } }], eventCount: 2 };
  expect(() => check(name, history)).toThrow(expect.objectContaining({ code }));
});

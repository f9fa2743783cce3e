import { describe, expect, it } from 'vitest';
import { assert, assertDefined, assertOption, unreachable } from './assert.ts';
import { compareIds, nodeId, sortedIds, ticks } from './brand.ts';
import { isTroupeError } from './error.ts';

const withCode = (code: `TROUPE_${string}`) => expect.toSatisfy((error) => isTroupeError(error, code));

describe('assertions', () => {
  it('pass over what holds', () => {
    assert(true, 'truth');
    expect(assertDefined(0, 'a number')).toBe(0);
    assertOption(true, 'anything', 1);
  });

  it('name what was expected, and carry the data', () => {
    expect(() => assert(false, 'one leader a term', { term: 3n })).toThrow(
      'Expected one leader a term, got {"term":"3n"}',
    );
    expect(() => assert(false, 'x')).toThrow(withCode('TROUPE_INVARIANT'));
    expect(() => assertDefined(undefined, 'an entry')).toThrow('Expected an entry to be present');
    expect(() => unreachable('surprise' as never)).toThrow(withCode('TROUPE_INVARIANT'));
  });

  it('can show what has a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => assert(false, 'x', cycle)).toThrow('got [object Object]');
  });

  it('refuse options with a code of their own', () => {
    expect(() => assertOption(false, 'retries from 1 up', 0)).toThrow('Expected retries from 1 up, got 0');
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => ticks(bad)).toThrow(withCode('TROUPE_CORE_OPTIONS'));
    }
    expect(() => nodeId('')).toThrow(withCode('TROUPE_CORE_OPTIONS'));
  });
});

describe('ids', () => {
  it('have one order, by code units, each once', () => {
    expect(sortedIds(['n2', 'n10', 'N1', 'n2', 'é'])).toEqual(['N1', 'n10', 'n2', 'é']);
    expect([compareIds('a', 'b'), compareIds('b', 'a'), compareIds('a', 'a')]).toEqual([-1, 1, 0]);
  });
});

import { compareIds } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_MAX, OrderedKeys } from './ordered-keys.ts';

const sorted = (keys: Iterable<string>) => [...keys].sort(compareIds);
const key = fc.oneof(fc.string({ maxLength: 2 }), fc.nat({ max: 50 }).map(String));

describe('ordered keys', () => {
  it('are what a sorted set would be', () => {
    const act = fc.tuple(fc.boolean(), key);
    fc.assert(
      fc.property(fc.array(act, { maxLength: 300 }), key, (acts, from) => {
        const keys = new OrderedKeys();
        const oracle = new Set<string>();
        for (const [isAdded, each] of acts) {
          if (isAdded) keys.add(each);
          else keys.delete(each);
          if (isAdded) oracle.add(each);
          else oracle.delete(each);
        }
        expect([...keys.from('')]).toEqual(sorted(oracle));
        expect([...keys.from(from)]).toEqual(sorted(oracle).filter((each) => each >= from));
      }),
    );
  });

  it('split and shrink blocks, in whatever order keys come and go', () => {
    const count = 8 * BLOCK_MAX;
    const all = Array.from({ length: count }, (_, at) => String((at * 7_919) % count).padStart(5, '0'));
    const keys = new OrderedKeys();
    for (const each of all) keys.add(each);
    expect([...keys.from('')]).toEqual(sorted(all));
    expect([...OrderedKeys.of(sorted(all)).from('01000')]).toEqual(sorted(all).slice(1_000));
    for (const each of all.slice(0, count - 3)) keys.delete(each);
    expect([...keys.from('')]).toEqual(sorted(all.slice(count - 3)));
    for (const each of all) keys.delete(each);
    expect([...keys.from('')]).toEqual([]);
  });
});

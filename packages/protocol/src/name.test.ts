import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelOf, type Name } from './name.ts';
import { fingerprint } from './plain-data.ts';

const { name } = fc.letrec<{ name: Name }>((tie) => ({
  name: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: fc.constantFrom('a', '0', '/', ':', '@', '#'), maxLength: 3 }),
    fc.nat(3),
    fc.record({ scope: fc.nat(2), name: tie('name') }),
    fc.record({
      key: fc.string({ unit: fc.constantFrom('a', '0', '/', ':', '@'), maxLength: 3 }),
      generation: fc.nat(2),
      name: tie('name'),
    }),
  ),
}));

describe('labels', () => {
  it('are equal for equal names', () => {
    fc.assert(
      fc.property(name, (one) => {
        expect(labelOf(structuredClone(one))).toBe(labelOf(one));
      }),
    );
  });

  it('leave the names of a single core as they are', () => {
    expect([labelOf('election'), labelOf(7)]).toEqual(['election', 7]);
  });

  it('differ for wrapped names that differ, whatever characters they hold', () => {
    const wrapped = name.filter((one) => typeof one === 'object');
    fc.assert(
      fc.property(wrapped, wrapped, (one, other) => {
        expect(labelOf(one) === labelOf(other)).toBe(fingerprint(one) === fingerprint(other));
      }),
      { numRuns: 5_000 },
    );
  });
});

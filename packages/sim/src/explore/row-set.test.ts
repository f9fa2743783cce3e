import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RowSet } from './row-set.ts';

it('numbers rows as a map of their texts does, in the order of their coming', () => {
  const row = fc.array(fc.integer({ min: -2, max: 3 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 300 }), (rows) => {
      const set = new RowSet(3);
      const map = new Map<string, number>();
      for (const each of rows) {
        const number = map.get(each.join()) ?? map.size;
        map.set(each.join(), number);
        expect(set.add(Int32Array.from(each))).toBe(number);
      }
      expect(set.size).toBe(map.size);
    }),
  );
});

it('gives every row back after it has grown many times', () => {
  const set = new RowSet(2);
  const count = 50_000;
  for (let i = 0; i < count; i++) expect(set.add(Int32Array.of(i, -i - 1))).toBe(i);
  const row = new Int32Array(2);
  for (let i = 0; i < count; i += 7) {
    set.read(i, row);
    expect([row[0], row[1]]).toEqual([i, -i - 1]);
    expect(set.part(i, 1)).toBe(-i - 1);
    expect(set.add(row)).toBe(i);
  }
});

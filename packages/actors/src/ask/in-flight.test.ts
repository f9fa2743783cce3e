import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';

interface Ask {
  readonly correlation: number;
}

const sorted = (map: Map<number, Ask>): Ask[] => [...map.values()].sort((a, b) => a.correlation - b.correlation);

test('is a map by correlation, whatever numbers another node gives out', () => {
  // Numbers that meet in a slot at every size of the ring, others that follow one another, and both ends of 32 bits.
  const correlation = fc.oneof(
    fc.nat(200),
    fc.nat(40).map((n) => n << 16),
    fc.constantFrom(1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe),
  );
  const step = fc.record({ correlation, adds: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const asks = new InFlight<Ask>();
      const model = new Map<number, Ask>();
      for (const { correlation: number, adds } of steps) {
        if (adds) {
          const ask = { correlation: number };
          asks.add(ask);
          model.set(number, ask);
        } else {
          asks.delete(number);
          model.delete(number);
        }
        expect(asks.size).toBe(model.size);
        expect(asks.get(number)).toBe(model.get(number));
        expect(asks.has(number)).toBe(model.has(number));
      }
      const left = asks.values();
      expect(left).toStrictEqual(sorted(model));
      for (const ask of left) expect(asks.get(ask.correlation)).toBe(ask);
    }),
  );
});

test('keeps ten thousand at a time, and one that stays while a hundred thousand pass', () => {
  const asks = new InFlight<Ask>();
  const old = { correlation: 7 };
  asks.add(old);
  for (let n = 8; n < 10_008; n++) asks.add({ correlation: n });
  expect(asks.size).toBe(10_001);
  for (let n = 10_008; n < 110_008; n++) {
    asks.add({ correlation: n });
    asks.delete(n - 10_000);
    if (n % 1_000 === 0) expect(asks.get(n - 5_000)?.correlation).toBe(n - 5_000);
  }
  expect(asks.size).toBe(10_001);
  expect(asks.get(7)).toBe(old);
  for (const { correlation } of asks.values()) asks.delete(correlation);
  expect(asks.size).toBe(0);
  expect(asks.values()).toStrictEqual([]);
});

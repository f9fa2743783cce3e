import { expect, it } from 'vitest';
import { payloadSize } from './payload-size.ts';

it('counts what strings and buffers hold, wherever they are', () => {
  const size = (payload: unknown) => payloadSize(payload, Number.POSITIVE_INFINITY);
  const buffer = new Uint8Array(10_000);
  for (const payload of ['x'.repeat(5_000), buffer, { a: [buffer] }, new Map([['k', buffer]]), new Set([buffer])])
    expect(size(payload)).toBeGreaterThanOrEqual(10_000);
  expect(size({ a: buffer, b: buffer })).toBeLessThan(20_000);
  for (const payload of [undefined, null, 5, 5n, {}, [], new Error('e')]) expect(size(payload)).toBeLessThan(100);
});

it('ends, whatever it is given: on a ring, on very many values, and once it is enough', () => {
  const ring: unknown[] = [];
  ring.push(ring);
  expect(payloadSize(ring, 1_000)).toBeLessThan(1_000);
  expect(
    payloadSize(
      Array.from({ length: 1_000_000 }, (_, i) => ({ i })),
      100,
    ),
  ).toBeGreaterThanOrEqual(100);
});

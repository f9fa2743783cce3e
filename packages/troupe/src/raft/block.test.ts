import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockReader, BlockWriter } from './block.ts';

const value = fc.oneof(
  fc.record({ kind: fc.constant('put'), key: fc.string(), value: fc.anything({ withMap: true, withSet: true }) }),
  fc.record({ kind: fc.constantFrom('get', 'delete'), key: fc.string({ unit: 'binary' }) }),
  fc.constant(undefined),
  fc.integer(),
);
const content = fc.record({
  first: fc.nat(),
  second: fc.nat(),
  values: fc.array(fc.tuple(fc.nat({ max: 300 }), value), { maxLength: 40 }),
});

interface Content {
  readonly first: number;
  readonly second: number;
  readonly values: readonly (readonly [number: number, value: unknown])[];
}

function written(writer: BlockWriter, { first, second, values }: Content): ArrayBuffer {
  writer.begin(first, second);
  for (const [number, each] of values) expect(writer.add(number, each)).toBe(true);
  return writer.taken();
}

function read(reader: BlockReader, bytes: ArrayBuffer): Content & { readonly isWhole: boolean } {
  const values: [number: number, value: unknown][] = [];
  let [first, second] = [0, 0];
  const isWhole = reader.each(bytes, (...numbers) => {
    [first, second] = numbers;
    return (number, each) => values.push([number, each]);
  });
  return { first, second, values, isWhole };
}

describe('a block of values', () => {
  it('gives back what went in, whatever its reader has read before', () => {
    fc.assert(
      fc.property(fc.array(content, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (contents, draws) => {
        const writer = new BlockWriter('value', 1 << 20);
        const reader = new BlockReader();
        const all = contents.map((each) => ({ each, bytes: written(writer, each) }));
        all.sort(() => ((draws.next().value as number) % 3) - 1);
        for (const { each, bytes } of all) {
          expect(read(reader, bytes)).toEqual({ ...each, isWhole: true });
          expect(read(new BlockReader(), bytes)).toEqual({ ...each, isWhole: true });
        }
      }),
    );
  });

  it('that is damaged reads alike at every member, up to where it can be read no further', () => {
    const values = Array.from(
      { length: 20 },
      (_, i) => [i, { kind: 'put', key: `k${i}`, value: 'x'.repeat(i) }] as const,
    );
    const whole = written(new BlockWriter('value', 1 << 20), { first: 1, second: 2, values });
    const old = new BlockReader();
    const place = fc.nat({ max: whole.byteLength });
    fc.assert(
      fc.property(place, fc.nat({ max: 255 }), place, (at, byte, length) => {
        const bytes = whole.slice(0, length);
        if (at < length) new Uint8Array(bytes)[at] = byte;
        const { values: some, isWhole } = read(old, bytes);
        expect(read(new BlockReader(), bytes)).toMatchObject({ values: some, isWhole });
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no more than its bytes, and says so', () => {
    const writer = new BlockWriter('value', 1_000);
    writer.begin(1, 0);
    let count = 0;
    while (writer.add(count, 'x'.repeat(100))) count++;
    expect(count).toBe(8);
    const bytes = writer.taken();
    expect(bytes.byteLength).toBeLessThanOrEqual(1_000);
    expect(read(new BlockReader(), bytes).values).toHaveLength(8);
    writer.begin(1, 0);
    expect(writer.add(0, 'x'.repeat(1_000))).toBe(false);
    expect(writer.isEmpty).toBe(true);
  });
});

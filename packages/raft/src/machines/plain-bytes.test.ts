import { clonePlain, fingerprint } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainFromBytes, plainSize, plainToBytes } from './plain-bytes.ts';

const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(undefined, null, true, false, -0, 0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ud800', 'a\udfffb', '__proto__', ''),
    fc.bigInt(),
    fc.uint8Array(),
    fc.float64Array(),
    fc.uint8Array().map((bytes) => bytes.slice().buffer),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value')),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
})).value;

describe('plain data as bytes', () => {
  it('comes back equal', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const back = plainFromBytes(plainToBytes(value));
        expect(fingerprint(back)).toBe(fingerprint(value));
        expect(plainToBytes(back)).toEqual(plainToBytes(value));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of keys, nor on what is shared', () => {
    const part = { x: 1 };
    const shared = plainToBytes({ a: part, b: [part, part] });
    expect(plainToBytes({ b: [{ x: 1 }, { x: 1 }], a: { x: 1 } })).toEqual(shared);
    fc.assert(
      fc.property(plain, (value) => {
        expect(plainToBytes([value, value])).toEqual(plainToBytes([value, clonePlain(value)]));
      }),
    );
  });

  it('comes back from bytes within others, whose class slices as Buffer does, and shares nothing with them', () => {
    class Sharing extends Uint8Array {
      override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
        return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    const bytes = plainToBytes({ view: new Uint8Array([1, 2, 3]) });
    const within = new Sharing(bytes.length + 8).subarray(5, 5 + bytes.length);
    within.set(bytes);
    const back = plainFromBytes(within);
    within.fill(0);
    expect(back).toEqual({ view: new Uint8Array([1, 2, 3]) });
  });

  it('refuses bytes that are cut, added to, or of no value, and never hangs', () => {
    fc.assert(
      fc.property(plain, fc.nat(), fc.nat({ max: 255 }), (value, at, byte) => {
        const bytes = plainToBytes(value);
        const cut = bytes.slice(0, at % bytes.length);
        expect(() => plainFromBytes(cut)).toThrow(/^Expected .* in a log snapshot, got /);
        expect(() => plainFromBytes(new Uint8Array([...bytes, byte]))).toThrow(/in a log snapshot/);
        const changed = bytes.slice();
        changed[at % bytes.length] = byte;
        try {
          plainFromBytes(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'TROUPE_RAFT_SNAPSHOT_MALFORMED' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is no plain data, and has no size for it', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [
      () => 0,
      Symbol('s'),
      new Date(0),
      cycle,
      [new (class A {})()],
      new DataView(new ArrayBuffer(1)),
    ]) {
      expect(() => plainToBytes(value)).toThrow(expect.objectContaining({ code: 'TROUPE_NOT_PLAIN_DATA' }));
      expect(plainSize(value)).toBeNull();
    }
  });

  it('measures what takes about that many bytes', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), (text, bytes) => {
        const size = plainSize({ text, bytes }) as number;
        expect(size).toBeGreaterThanOrEqual(text.length + bytes.length);
        expect(size).toBeLessThan(text.length + bytes.length + 100);
      }),
    );
  });
});

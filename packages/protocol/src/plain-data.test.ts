import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTroupeError } from './error.ts';
import { clonePlain, fingerprint } from './plain-data.ts';

const plain = fc.anything({
  withBigInt: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: false,
});

describe('plain data', () => {
  it('is cloned to an equal value that shares nothing', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = clonePlain(value);
        expect(copy).toEqual(value);
        expect(fingerprint(copy)).toBe(fingerprint(value));
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it('may have buffers in it, which are copied', () => {
    const value = { block: new Uint8Array([1, 2]).buffer };
    const copy = clonePlain(value);
    expect(copy).toEqual(value);
    new Uint8Array(value.block)[0] = 9;
    expect(fingerprint(copy)).toBe(fingerprint({ block: new Uint8Array([1, 2]).buffer }));
  });

  it('has a fingerprint that does not hang on the order of keys and entries', () => {
    expect(fingerprint({ a: 1, b: [2] })).toBe(fingerprint({ b: [2], a: 1 }));
    expect(
      fingerprint(
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ),
    ).toBe(
      fingerprint(
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ),
    );
    expect(fingerprint(new Set([1, 2]))).toBe(fingerprint(new Set([2, 1])));
  });

  it('has different fingerprints where values differ, however alike they look', () => {
    const alike = [
      0,
      -0,
      '0',
      0n,
      null,
      undefined,
      'null',
      'undefined',
      Number.NaN,
      false,
      '',
      [],
      {},
      [undefined],
      new Map(),
      new Set(),
      new Uint8Array(0),
      new Int8Array(0),
      new ArrayBuffer(0),
      new Uint8Array([1, 2]).buffer,
      [1, 2],
      ['1,2'],
      { a: 1 },
      new Map([['a', 1]]),
    ];
    expect(new Set(alike.map((value) => fingerprint(value))).size).toBe(alike.length);
  });

  it.each([
    ['a function', { a: [() => 1] }, ['a', 0]],
    ['a symbol', { a: Symbol('s') }, ['a']],
    ['a class instance', [{ at: new Date(0) }], [0, 'at']],
    ['a promise', new Map([['k', Promise.resolve()]]), [0]],
  ])('refuses %s with the path to it', (_what, value, path) => {
    for (const action of [clonePlain, fingerprint]) {
      const refused = expect.toSatisfy(
        (error) => isTroupeError(error, 'TROUPE_NOT_PLAIN_DATA') && String(error.data['path']) === String(path),
      );
      expect(() => action(value)).toThrow(refused);
    }
  });

  it('refuses a cycle instead of running out of stack', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => clonePlain(cycle)).toThrow('a cycle');
  });

  it('keeps a key named __proto__ as data', () => {
    const value = JSON.parse('{"__proto__":{"x":1}}') as object;
    const copy = clonePlain(value);
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect((copy as { x?: number }).x).toBeUndefined();
  });
});

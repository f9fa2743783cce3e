import { isTroupeError } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { DEPTH_MAX } from './rules.ts';
import { sendable } from './testing/arbitrary-value.fixture.ts';
import { difference } from './testing/difference.fixture.ts';
import { nodeInspector as inspector } from './testing/node-inspector.fixture.ts';
import { Ext, Token } from './wire.ts';

/** Decodes, and says whether the bytes were a frame; anything but the one error is a failure. */
function accepts(decoder: Decoder, bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  try {
    decoder.decode(bytes, start, end);
    return true;
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_FRAME_MALFORMED')) throw error;
    return false;
  }
}

/** Small, fast and repeatable: for the choice of bytes only. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

const small = (n: number) => ({ type: 'inc', id: 7, n });
const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const ext = (type: number, ...payload: number[]) => [Token.Ext32, ...u32(payload.length), type, ...payload];

describe('bytes that are no frame', () => {
  test('are refused or decoded, whatever they are: 60,000 random ones', () => {
    const next = generator(1);
    const decoder = new Decoder();
    let accepted = 0;
    for (let round = 0; round < 60_000; round++) {
      const bytes = Uint8Array.from({ length: next(24) }, () => next(256));
      // Half of them begin as extensions do, which is where most of the decoder is.
      if (round % 2 === 0 && bytes.length > 6) bytes.set([Token.Ext32, 0, 0, 0, bytes.length - 6, 1 + next(17)]);
      if (accepts(decoder, bytes)) accepted++;
    }
    expect(accepted).toBeGreaterThan(1000);
  });

  test('are refused or decoded, whatever they are: 60,000 mutated frames', () => {
    const next = generator(2);
    const decoder = new Decoder();
    const frames = fc
      .sample(sendable, { numRuns: 400, seed: 3 })
      .map((value) => new Encoder({ inspector }).encode(value));
    let refused = 0;
    for (let round = 0; round < 60_000; round++) {
      const frame = Uint8Array.from(frames[round % frames.length] as Uint8Array);
      for (let flips = 1 + next(3); flips > 0; flips--) frame[next(frame.length)] = next(256);
      if (!accepts(decoder, frame)) refused++;
    }
    expect(refused).toBeGreaterThan(10_000);
  });

  test('do not end a stream: after a reset it goes on', () => {
    const next = generator(3);
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    for (let round = 0; round < 300; round++) {
      for (let noise = 0; noise < 10; noise++) {
        const frame = encoder.encode([small(noise), { [`key${noise}`]: small(round) }]);
        frame[next(frame.length)] = next(256);
        accepts(decoder, frame);
      }
      encoder.reset();
      const good = [small(round), small(round), { key1: small(round) }];
      const frame = encoder.encode(good);
      expect(decoder.decode(frame, 0, frame.length)).toEqual(good);
    }
  });

  test('are refused when a frame is cut off anywhere, or goes on after its end', () => {
    for (const value of fc.sample(sendable, { numRuns: 100, seed: 5 })) {
      const frame = new Encoder({ inspector }).encode(value);
      const decoder = new Decoder();
      const ends = Array.from({ length: Math.min(frame.length, 500) }, (_, index) => frame.length - 1 - index);
      expect(ends.filter((end) => accepts(decoder, frame, 0, end))).toEqual([]);
      expect(accepts(decoder, Uint8Array.of(...frame, 0))).toBe(false);
      expect(accepts(decoder, frame)).toBe(true);
    }
  });

  test('can not ask for more memory than they have bytes', () => {
    const huge = u32(0xffff_fff0);
    const bombs = [
      [Token.Array32, ...huge],
      [Token.Map32, ...huge],
      [Token.Str32, ...huge],
      [Token.Bin32, ...huge],
      [Token.Ext32, ...huge, Ext.Map],
      ext(Ext.Map, Token.Uint32, ...huge),
      ext(Ext.Set, Token.Uint32, ...huge),
      ext(Ext.SparseArray, Token.Uint32, ...huge, Token.Uint32, ...huge),
      ext(Ext.View, 2, 0, Token.Uint32, ...huge, Token.Bin8, 0),
      ext(Ext.Error, 0xa0, 0xa0, Token.Nil, 0xa0, Token.Uint32, ...huge),
    ];
    const decoder = new Decoder();
    for (const bomb of bombs) expect(accepts(decoder, Uint8Array.from(bomb))).toBe(false);
    // A long array without elements is a value, and takes no memory.
    const before = process.memoryUsage().heapUsed;
    const frames = [1, 2, 3, 4].map(() => Uint8Array.from(ext(Ext.SparseArray, Token.Uint32, ...u32(30_000_000), 0)));
    const arrays = frames.map((frame) => decoder.decode(frame, 0, frame.length) as unknown[]);
    expect(arrays.every((array) => array.length === 30_000_000)).toBe(true);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
  });

  test('can not use up the stack', () => {
    const decoder = new Decoder();
    for (const [opening, rest] of [
      [[0x91], [0]],
      [[0x81, 0xa1, 0x61], [0]],
    ] as const) {
      const nested = (levels: number) =>
        Uint8Array.from([...Array.from({ length: levels }, () => opening).flat(), ...rest]);
      expect(accepts(decoder, nested(DEPTH_MAX))).toBe(true);
      expect(accepts(decoder, nested(DEPTH_MAX + 1))).toBe(false);
      expect(accepts(decoder, nested(200_000))).toBe(false);
    }
    let extension: number[] = [Token.Nil];
    for (let level = 0; level < 3000; level++)
      extension = [Token.Ext32, ...u32(extension.length), Ext.Reference, ...extension];
    expect(accepts(decoder, Uint8Array.from(extension))).toBe(false);
  });

  test.each([
    ['the token that msgpack never uses', [0xc1]],
    ['an unknown extension', ext(99, 0)],
    ['text that is not UTF-8', [0xa2, 0xc3, 0x28]],
    ['an overlong encoding', [0xa2, 0xc0, 0x80]],
    ['a surrogate in UTF-8', [0xa3, 0xed, 0xa0, 0x80]],
    ['a shape that was not announced', [0x45, 1]],
    ['a shape with a key twice', [Token.FixExt1, Ext.Record, 0x40, 0x92, 0xa1, 0x61, 0xa1, 0x61, 1, 2]],
    ['a shape whose number has another length', [Token.FixExt2, Ext.Record, 0x40, 0x91, 0xa1, 0x61, 1]],
    ['a pointer in a frame without numbers', [Token.FixExt4, Ext.Pointer, 0, 0, 0, 0]],
    ['a pointer to what is not there yet', [Token.FixExt1, Ext.Graph, 0, 0x91, Token.FixExt4, Ext.Pointer, 0, 0, 0, 9]],
    ['a mark within a value', [0x91, Token.FixExt1, Ext.Reset, 0, 1]],
    ['a bigint that is no number', ext(Ext.BigInt, 0xa1, 0x78)],
    ['a bigint without digits', ext(Ext.BigInt, 0xa0)],
    ['a RegExp that does not compile', ext(Ext.RegExp, 0xa1, 0x28, 0xa0, 0)],
    ['a view beyond its buffer', ext(Ext.View, 2, 0, 5, Token.Bin8, 1, 0)],
    ['a view that is not aligned', ext(Ext.View, 5, 1, 1, Token.Bin8, 4, 0, 0, 0, 0)],
    ['a view of no buffer', ext(Ext.View, 2, 0, 0, Token.Nil)],
    ['an unknown class of view', ext(Ext.View, 60, 0, 0, Token.Bin8, 0)],
    ['half a UTF-16 unit', ext(Ext.Utf16, 0x61)],
    ['a Date that is no number', ext(Ext.Date, Token.Nil)],
    ['an index beyond the length', ext(Ext.SparseArray, 2, 1, 2, 0)],
    ['a moved buffer that did not come', ext(Ext.Moved, 0)],
    ['an extension with bytes left over', ext(Ext.Date, 1, 1)],
    ['a value that reaches beyond its extension', [0x92, ...ext(Ext.Map, 1, 0xa5), 0x61, 0x61]],
    ['a key that is no string', [0x81, 1, 1]],
    ['null without prototype', ext(Ext.NullPrototype, Token.Nil)],
  ])('are refused with a reason: %s', (_name, bytes) => {
    expect(accepts(new Decoder(), Uint8Array.from(bytes))).toBe(false);
  });

  test('take nothing with them but the shapes that they announced', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    const send = (value: unknown, mutate = false) => {
      const frame = encoder.encode(value);
      if (mutate) frame[frame.length - 1] = 0xc1;
      return accepts(decoder, frame);
    };
    for (let n = 0; n < 20; n++) expect(send(small(n))).toBe(true);
    const other = { other: 1, last: 1 };
    expect(send(other)).toBe(true);
    expect(send([other, 1], true)).toBe(false);
    expect(send(other)).toBe(false);
    expect(send(small(1))).toBe(true);
    encoder.reset();
    for (let n = 0; n < 5; n++) expect(send([other, small(1)])).toBe(true);
  });
});

test('decoded bytes do not alias the source', () => {
  const source = new Uint8Array(new SharedArrayBuffer(4096));
  const value = { a: new Uint8Array([1, 2]), b: Buffer.from('abc'), c: new Uint8Array([3]).buffer, d: 'x'.repeat(50) };
  const end = new Encoder({ inspector }).encodeInto(value, source, 0, source.length);
  const arrived = new Decoder().decode(source, 0, end);
  source.fill(0);
  expect(difference(arrived, value)).toBeUndefined();
});

test('one decoder reads from any source, and from a part of a larger memory', () => {
  const encoder = new Encoder({ inspector });
  const decoder = new Decoder();
  for (let n = 0; n < 20; n++) {
    const memory = new Uint8Array(n % 2 === 0 ? new SharedArrayBuffer(200) : new ArrayBuffer(200), n, 150);
    const end = encoder.encodeInto({ n: n / 7, text: 'é', at: n }, memory, n, 100);
    expect(decoder.decode(memory, n, end)).toEqual({ n: n / 7, text: 'é', at: n });
  }
});

test('the text of short strings is right when their cache is full of others', () => {
  const encoder = new Encoder({ inspector });
  const decoder = new Decoder();
  for (let n = 0; n < 30_000; n++) {
    const text = `${n.toString(36)}${'-'.repeat(n % 5)}`;
    const frame = encoder.encode(text);
    expect(decoder.decode(frame, 0, frame.length)).toBe(text);
  }
});

test('msgpack of other writers is read: the scalars that this encoder never writes', () => {
  const decoder = new Decoder();
  const decode = (...bytes: number[]) => decoder.decode(Uint8Array.from(bytes), 0, bytes.length);
  expect(decode(Token.Int8, 0x80)).toBe(-128);
  expect(decode(Token.Int16, 0x80, 0)).toBe(-32768);
  expect(decode(Token.Float32, 0x3f, 0xc0, 0, 0)).toBe(1.5);
  expect(decode(Token.Uint64, 0, 0, 0, 0, 0, 0, 0, 5)).toBe(5n);
  expect(decode(Token.Str8, 1, 0x61)).toBe('a');
  expect(decode(Token.Map16, 0, 1, 0xa1, 0x61, 1)).toEqual({ a: 1 });
  expect(decode(Token.Bin16, 0, 1, 9)).toEqual(new Uint8Array([9]).buffer);
});

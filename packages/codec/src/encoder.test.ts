import { isTroupeError } from '@troupe/protocol';
import { Unpackr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { move, share } from './marks.ts';
import { difference } from './testing/difference.fixture.ts';
import { nodeInspector as inspector } from './testing/node-inspector.fixture.ts';
import { SHAPES_MAX } from './wire.ts';

const small = (n: number) => ({ type: 'inc', id: 7, n });
const record = (shape: number, n: number) => ({ [`key${shape}`]: n, n: { [`inner${shape}`]: [n, 'é'] } });
const refused = { code: 'TROUPE_VALUE_REFUSED' };

describe('a stream', () => {
  test('names the shapes of objects instead of repeating their keys', () => {
    const encoder = new Encoder({ inspector });
    const lengths = [1, 2, 3, 4].map((n) => encoder.encode(small(n)).length);
    expect(lengths[2]).toBeLessThan(lengths[0] as number);
    expect(lengths[3]).toBe(1 + 4 + 1 + 1);
    expect(encoder.mark).toBe(1);
  });

  test('goes on with maps when there are more shapes than numbers', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    for (let round = 0; round < 4; round++) {
      for (let shape = 0; shape < SHAPES_MAX; shape += 1) {
        const frame = encoder.encode(record(shape, round));
        expect(difference(decoder.decode(frame, 0, frame.length), record(shape, round))).toBeUndefined();
      }
    }
    expect(encoder.mark).toBe(SHAPES_MAX);
  });

  test('that logs its announcements can be read from anywhere by who has read the log', () => {
    const encoder = new Encoder({ inspector });
    const log: Uint8Array[] = [];
    encoder.logTo({ append: (entry) => log.push(entry) > 0, rewind: (mark) => void log.splice(mark) });
    for (let n = 0; n < 120; n++) {
      expect(() => encoder.encode([record(n % 60, n), record(n % 60, n), Symbol('s')])).toThrow();
      encoder.encode([record(n % 40, n), { text: 'x'.repeat(1_000), n }]);
    }
    expect(log).toHaveLength(encoder.mark);
    const decoder = new Decoder();
    for (const entry of log) decoder.decode(entry, 0, entry.length);
    for (let shape = 0; shape < 60; shape++) {
      const frame = encoder.encode(record(shape, 1));
      expect(decoder.decode(frame, 0, frame.length)).toEqual(record(shape, 1));
    }
    // Keys alone.
    for (const entry of log) expect(entry.length).toBeLessThan(40);
  });

  test('announces nothing more once its log has no room', () => {
    const encoder = new Encoder({ inspector });
    const log: Uint8Array[] = [];
    let asked = 0;
    encoder.logTo({
      append: (entry) => ++asked <= 5 && log.push(entry) > 0,
      rewind: (mark) => void log.splice(mark),
    });
    const frames = Array.from({ length: 200 }, (_, n) => encoder.encode(record(n % 40, n)));
    expect(encoder.mark).toBe(5);
    expect(log).toHaveLength(5);
    expect(asked).toBe(6);
    const decoder = new Decoder();
    for (const entry of log) decoder.decode(entry, 0, entry.length);
    for (const n of [199, 150, 160, 161, 162])
      expect(decoder.decode(frames[n] as Uint8Array, 0, (frames[n] as Uint8Array).length)).toEqual(record(n % 40, n));
  });

  test('does not spend its numbers on objects with keys of their own each', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    for (let id = 0; id < 20_000; id++) {
      const value = { [`user ${id}`]: { name: 'x', id } };
      const frame = encoder.encode(value);
      if (id % 100 === 0) expect(decoder.decode(frame, 0, frame.length)).toEqual(value);
      else decoder.decode(frame, 0, frame.length);
    }
    expect(encoder.mark).toBe(1);
  });

  test('takes back what a refused value announced', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    for (let n = 0; n < 60; n++) {
      expect(() => encoder.encode({ ...record(n % 40, n), bad: Symbol('s') })).toThrow(
        expect.objectContaining(refused),
      );
      expect(() => encoder.encode([record(n % 40, n), record(n % 40, n), () => 1])).toThrow(
        expect.objectContaining(refused),
      );
      const value = [record(n % 40, n), record((n * 7) % 40, n)];
      const frame = encoder.encode(value);
      expect(decoder.decode(frame, 0, frame.length)).toEqual(value);
    }
  });

  test('takes back what a value that did not fit announced, wherever the limit was', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    const target = new Uint8Array(new SharedArrayBuffer(600));
    const shared = { once: 'é'.repeat(20) };
    for (let n = 0; n < 40; n++) {
      const value = [
        record(n, n),
        record(n, n),
        new Map([[shared, n % 2 ? shared : 1]]),
        2n ** 90n,
        '\ud800',
        1.5,
        /a/g,
      ];
      const mark = encoder.mark;
      let limit = 5;
      while (encoder.encodeInto(value, target, 5, limit) === -1) {
        expect(encoder.mark).toBe(mark);
        limit++;
      }
      // It fits exactly: nothing is written beyond the limit.
      expect(target.subarray(limit).every((byte) => byte === 0)).toBe(true);
      expect(difference(decoder.decode(target, 5, limit), value)).toBeUndefined();
      target.fill(0);
    }
  });

  test('can be rewound to a mark, when frames are dropped before they are sent', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    encoder.encode(small(1));
    const mark = encoder.mark;
    for (let n = 0; n < 30; n++) encoder.encode(small(n));
    encoder.rewind(mark);
    for (let n = 0; n < 30; n++) {
      const frame = encoder.encode(small(n));
      expect(decoder.decode(frame, 0, frame.length)).toEqual(small(n));
    }
  });

  test('can be begun anew after frames were lost', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    for (let n = 0; n < 30; n++) encoder.encode(small(n));
    const lost = encoder.encode(small(0));
    expect(() => decoder.decode(lost, 0, lost.length)).toThrow(
      expect.objectContaining({ code: 'TROUPE_FRAME_MALFORMED' }),
    );
    encoder.reset();
    for (let n = 0; n < 30; n++) {
      const frame = encoder.encode([small(n), small(n)]);
      expect(decoder.decode(frame, 0, frame.length)).toEqual([small(n), small(n)]);
    }
  });

  test('can be begun anew for each of many parts, which are read in any order', () => {
    const encoder = new Encoder({ inspector });
    const parts = Array.from({ length: 200 }, (_, part) => {
      encoder.reset();
      return Array.from({ length: 3 }, (_unused, n) =>
        encoder.encode(part % 2 === 0 ? small(n) : { part, other: small(n) }),
      );
    });
    expect(encoder.mark).toBeLessThan(3);
    const decoder = new Decoder();
    for (const [part, frames] of [...parts.entries()].reverse()) {
      decoder.reset();
      frames.forEach((frame, n) => {
        const value = part % 2 === 0 ? small(n) : { part, other: small(n) };
        expect(decoder.decode(frame, 0, frame.length)).toEqual(value);
      });
    }
    const [, later] = parts[100] as [Uint8Array, Uint8Array, Uint8Array];
    decoder.reset();
    expect(() => decoder.decode(later, 0, later.length)).toThrow(
      expect.objectContaining({ code: 'TROUPE_FRAME_MALFORMED' }),
    );
  });

  test('is read alike by msgpackr, where the value is plain', () => {
    const encoder = new Encoder({ inspector });
    const reader = new Unpackr({ sequential: true, mapsAsObjects: true, int64AsType: 'bigint' } as never);
    const values = Array.from({ length: 400 }, (_, n) => ({
      [`key ${n % 100}`]: [
        n,
        -n,
        n * 1e9,
        n / 3,
        n % 2 === 0,
        null,
        undefined,
        'é'.repeat(n),
        BigInt(n),
        'x'.repeat(n * 200),
      ],
      inner: { n, list: Array.from({ length: n % 40 }, (_unused, index) => index * 7) },
    }));
    for (const value of values) expect(reader.unpack(encoder.encode(value))).toEqual(value);
    expect(encoder.mark).toBeGreaterThan(64);
  });

  test('refuses to be written by a getter of the value that it is writing', () => {
    const encoder = new Encoder({ inspector });
    const value = {
      get a() {
        return encoder.encode(1);
      },
    };
    expect(() => encoder.encode(value)).toThrow(expect.objectContaining({ code: 'TROUPE_CODEC_REENTERED' }));
    expect(encoder.encode(1)).toEqual(new Uint8Array([1]));
  });

  test('survives a walk in which its candidates for shapes are forgotten', () => {
    const encoder = new Encoder({ inspector });
    const decoder = new Decoder();
    const send = (value: unknown) => {
      const frame = encoder.encode(value);
      expect(decoder.decode(frame, 0, frame.length)).toEqual(value);
    };
    for (let n = 0; n < 12_000; n++) {
      send(
        Object.fromEntries([
          [`a${n}`, n],
          ['z', 1],
        ]),
      );
      if (n % 10 === 0) send(small(n));
    }
    expect(encoder.mark).toBe(1);
  });
});

test('a value larger than maxBytes is refused, and a smaller one is not', () => {
  const encoder = new Encoder({ inspector, maxBytes: 100_000 });
  expect(encoder.encode('x'.repeat(99_000)).length).toBe(99_005);
  expect(() => encoder.encode('x'.repeat(100_000))).toThrow(expect.objectContaining(refused));
  expect(encoder.encode([1]).length).toBe(2);
});

test('a moved buffer goes with the frame instead of in it, and its views stay views of it', () => {
  const encoder = new Encoder({ inspector });
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  const frame = encoder.encode({ bytes: move(buffer), again: move(buffer), view: new Uint8Array(buffer, 1) });
  expect(encoder.transfers).toEqual([buffer]);
  expect(buffer.detached).toBe(false);
  const { port1 } = new MessageChannel();
  const transfers = encoder.transfers.map((each) => structuredClone(each, { transfer: [each] }));
  port1.close();
  const arrived = new Decoder().decode(frame, 0, frame.length, transfers) as Record<string, unknown>;
  expect(buffer.detached).toBe(true);
  expect(arrived).toEqual({ bytes: transfers[0], again: transfers[0], view: new Uint8Array([2, 3]) });
  expect(arrived['again']).toBe(arrived['bytes']);
  expect((arrived['view'] as Uint8Array).buffer).toBe(arrived['bytes']);
  encoder.encode(1);
  expect(encoder.transfers).toEqual([]);
});

test('nothing is moved by a value that is refused', () => {
  const encoder = new Encoder({ inspector });
  const buffer = new ArrayBuffer(1);
  expect(() => encoder.encode([move(buffer), () => 1])).toThrow(expect.objectContaining(refused));
  expect(encoder.transfers).toEqual([]);
});

test('a shared value is encoded as itself', () => {
  const encoder = new Encoder({ inspector });
  const value = { a: 1 };
  const frame = encoder.encode([share(value), value, share(1)]);
  const arrived = new Decoder().decode(frame, 0, frame.length) as object[];
  expect(arrived).toEqual([value, value, 1]);
  expect(arrived[0]).toBe(arrived[1]);
});

describe('a reference', () => {
  class Ref {
    readonly id: number;
    constructor(id: number) {
      this.id = id;
    }
  }
  const refs = new Map<number, Ref>();
  const references = {
    is: (value: object) => value instanceof Ref,
    encode: (value: object) => ({ id: (value as Ref).id }),
    decode: (data: unknown) => {
      const ref = refs.get((data as Ref).id);
      if (ref === undefined) throw new Error('no such ref');
      return ref;
    },
  };

  test('arrives as what its name means to the receiver, in all of its places', () => {
    const encoder = new Encoder({ inspector, references });
    const decoder = new Decoder({ references });
    for (let id = 0; id < 5; id++) refs.set(id, new Ref(id));
    const parts = { a: 1 };
    for (let id = 0; id < 5; id++) {
      const ref = new Ref(id);
      const frame = encoder.encode({ ref, list: [ref, parts, parts], map: new Map([[ref, ref]]) });
      const arrived = decoder.decode(frame, 0, frame.length) as { ref: Ref; list: unknown[]; map: Map<Ref, Ref> };
      expect(arrived.ref).toBe(refs.get(id));
      expect(arrived.list[0]).toBe(arrived.ref);
      expect(arrived.list[1]).toBe(arrived.list[2]);
      expect(arrived.map.get(arrived.ref)).toBe(arrived.ref);
    }
  });

  test('to nothing, or without a hook, makes the frame malformed', () => {
    const frame = new Encoder({ inspector, references }).encode(new Ref(99));
    for (const decoder of [new Decoder({ references }), new Decoder()]) {
      let caught: unknown;
      try {
        decoder.decode(frame, 0, frame.length);
      } catch (error) {
        caught = error;
      }
      expect(isTroupeError(caught, 'TROUPE_FRAME_MALFORMED')).toBe(true);
    }
  });

  test('may be a proxy, if its hook says so', () => {
    const proxies = new WeakSet<object>();
    const proxy = new Proxy({}, { get: () => expect.unreachable() });
    proxies.add(proxy);
    const hook = { is: (value: object) => proxies.has(value), encode: () => 1, decode: () => proxy };
    const frame = new Encoder({ inspector, references: hook }).encode([proxy]);
    expect((new Decoder({ references: hook }).decode(frame, 0, frame.length) as object[])[0]).toBe(proxy);
  });
});

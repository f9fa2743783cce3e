import { expect, test } from 'vitest';
import { ByteWriter, OVERFLOW } from './byte-writer.ts';
import { TextSite } from './text-site.ts';

const ROOM = 64;

function written(write: (out: ByteWriter, at: number) => number, limit: number): number[] | 'overflow' {
  const target = new Uint8Array(ROOM);
  const out = new ByteWriter();
  out.bind(target, limit);
  try {
    return [...target.subarray(0, write(out, 3))];
  } catch (thrown) {
    if (thrown !== OVERFLOW) throw thrown;
    return 'overflow';
  }
}

test('the bytes of a text are the same whether it stood there before or not, at every length and limit', () => {
  for (let length = 0; length <= 17; length++) {
    for (const text of ['abcdefghijklmnopqrst'.slice(0, length), 'é'.repeat(length)]) {
      const site = new TextSite();
      for (const limit of [
        ROOM,
        ROOM,
        ROOM,
        3,
        4,
        5,
        3 + length,
        4 + length,
        3 + 2 * length,
        4 + 2 * length,
        19,
        ROOM,
      ]) {
        const expected = written((out, at) => out.string(text, at), limit);
        expect(written((out, at) => site.write(out, text, at), limit)).toEqual(expected);
      }
    }
  }
});

test('texts that change are written as they are', () => {
  const site = new TextSite();
  for (let round = 0; round < 200; round++) {
    const text = round % 3 === 0 ? 'tag' : `text ${round % 50}`;
    expect(written((out, at) => site.write(out, text, at), ROOM)).toEqual(
      written((out, at) => out.string(text, at), ROOM),
    );
  }
});

test('nothing is written at or beyond the limit', () => {
  const site = new TextSite();
  for (let limit = 3; limit < 40; limit++) {
    const target = new Uint8Array(ROOM);
    const out = new ByteWriter();
    out.bind(target, limit);
    try {
      for (let at = 3; ; ) at = site.write(out, 'abcde', at);
    } catch (thrown) {
      expect(thrown).toBe(OVERFLOW);
    }
    expect(target.subarray(limit).every((byte) => byte === 0)).toBe(true);
  }
});

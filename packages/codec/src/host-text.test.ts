import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strictUtf8, textBytes, utf8Length, withTextMethods } from './host-text.ts';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 60 }));

test('a host without Buffer writes and reads the bytes that one with Buffer does', () => {
  fc.assert(
    fc.property(text, fc.nat(7), fc.nat(200), (value, offset, room) => {
      const own = new Uint8Array(new SharedArrayBuffer(400));
      const other = new Uint8Array(new SharedArrayBuffer(400));
      const written = withTextMethods(own).utf8Write(value, offset, room);
      expect(textBytes(other).utf8Write(value, offset, room)).toBe(written);
      expect(own).toEqual(other);
      const end = offset + written;
      expect(withTextMethods(own).utf8Slice(offset, end)).toBe(textBytes(other).utf8Slice(offset, end));
      expect(withTextMethods(own).latin1Slice(offset, end)).toBe(textBytes(other).latin1Slice(offset, end));
    }),
  );
});

test('the length in UTF-8 is that of the bytes', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(utf8Length(value)).toBe(new TextEncoder().encode(value).length);
    }),
  );
});

test('strict decoding keeps a byte order mark and throws at what is not UTF-8', () => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x41, 0xff]);
  expect(strictUtf8(bytes, 0, 4)).toBe('\ufeffA');
  expect(() => strictUtf8(bytes, 0, 5)).toThrow(TypeError);
});

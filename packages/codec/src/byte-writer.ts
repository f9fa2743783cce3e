/**
 * Writes msgpack's scalars and headers into a caller's bytes. Every method takes the offset to write at and returns the
 * offset after, or throws `OVERFLOW` before it writes past the limit.
 */

import { type TextBytes, textBytes, utf8Length } from './host-text.ts';
import { Ext, Token } from './wire.ts';

/** Thrown when something does not fit. Not an Error: it is part of the ordinary course, and needs no stack. */
export const OVERFLOW: unique symbol = Symbol('overflow');

/** Up to this length a loop over the characters beats a call of the host's encoder. */
const LOOP_LENGTH_MAX = 18;

export class ByteWriter {
  bytes: TextBytes = textBytes(new Uint8Array(0));
  limit = 0;
  private target: Uint8Array = this.bytes;
  view: DataView = new DataView(this.bytes.buffer);

  bind(target: Uint8Array, limit: number): void {
    this.limit = limit < target.length ? limit : target.length;
    if (target === this.target) return;
    this.target = target;
    this.bytes = textBytes(target);
    this.view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  }

  byte(value: number, at: number): number {
    if (at >= this.limit) throw OVERFLOW;
    this.bytes[at] = value;
    return at + 1;
  }

  number(value: number, at: number): number {
    const integer = value | 0;
    if (integer !== value) return this.wideNumber(value, at);
    const { bytes } = this;
    if (integer >= 0) {
      // Fixints from 64 up name records.
      if (integer < 64) {
        if (integer === 0 && Object.is(value, -0)) return this.float(value, at);
        if (at >= this.limit) throw OVERFLOW;
        bytes[at] = integer;
        return at + 1;
      }
      if (integer < 0x1_0000) {
        if (integer < 0x100) {
          if (at + 2 > this.limit) throw OVERFLOW;
          bytes[at] = Token.Uint8;
          bytes[at + 1] = integer;
          return at + 2;
        }
        if (at + 3 > this.limit) throw OVERFLOW;
        bytes[at] = Token.Uint16;
        bytes[at + 1] = integer >> 8;
        bytes[at + 2] = integer;
        return at + 3;
      }
      return this.four(Token.Uint32, integer, at);
    }
    if (integer >= -32) {
      if (at >= this.limit) throw OVERFLOW;
      bytes[at] = integer;
      return at + 1;
    }
    return this.four(Token.Int32, integer, at);
  }

  private wideNumber(value: number, at: number): number {
    if (value > 0 && value <= 0xffff_ffff && value >>> 0 === value) return this.four(Token.Uint32, value, at);
    return this.float(value, at);
  }

  private four(token: number, value: number, at: number): number {
    if (at + 5 > this.limit) throw OVERFLOW;
    const { bytes } = this;
    bytes[at] = token;
    bytes[at + 1] = value >> 24;
    bytes[at + 2] = value >> 16;
    bytes[at + 3] = value >> 8;
    bytes[at + 4] = value;
    return at + 5;
  }

  float(value: number, at: number): number {
    if (at + 9 > this.limit) throw OVERFLOW;
    this.bytes[at] = Token.Float64;
    this.view.setFloat64(at + 1, value);
    return at + 9;
  }

  undefined(at: number): number {
    if (at + 3 > this.limit) throw OVERFLOW;
    this.bytes[at] = Token.FixExt1;
    this.bytes[at + 1] = Ext.Undefined;
    this.bytes[at + 2] = 0;
    return at + 3;
  }

  bigint(value: bigint, at: number): number {
    if (BigInt.asIntN(64, value) === value) {
      if (at + 9 > this.limit) throw OVERFLOW;
      this.bytes[at] = Token.Int64;
      this.view.setBigInt64(at + 1, value);
      return at + 9;
    }
    // Wider ones as hexadecimal text, which engines read and write in linear time.
    const start = this.openExt(Ext.BigInt, at);
    return this.closeExt(start, this.string(value.toString(16), start));
  }

  string(text: string, at: number): number {
    const { length } = text;
    if (length > LOOP_LENGTH_MAX) return this.longString(text, at);
    const end = at + 1 + length;
    if (end > this.limit) throw OVERFLOW;
    const { bytes } = this;
    for (let index = 0, to = at + 1; index < length; index++, to++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.longString(text, at);
      bytes[to] = code;
    }
    bytes[at] = 0xa0 | length;
    return end;
  }

  private longString(text: string, at: number): number {
    const { bytes, limit } = this;
    let length = text.length;
    // Not ASCII-only, as far as can be known cheaply: three bytes a character are enough for all of UTF-8.
    if (at + 5 + 3 * length > limit) return this.tightString(text, at);
    const guess = stringHeaderLength(length);
    const written = bytes.utf8Write(text, at + guess, limit - at - guess);
    if (written !== length) {
      if (!text.isWellFormed()) return this.utf16(text, at);
      length = written;
      const header = stringHeaderLength(length);
      if (header !== guess) bytes.copyWithin(at + header, at + guess, at + guess + length);
    }
    return this.stringHeader(length, at) + length;
  }

  /** Near the limit, where the exact length decides. */
  private tightString(text: string, at: number): number {
    // Each UTF-16 unit takes a byte at least.
    if (at + 1 + text.length > this.limit) throw OVERFLOW;
    if (!text.isWellFormed()) return this.utf16(text, at);
    const length = utf8Length(text);
    if (at + stringHeaderLength(length) + length > this.limit) throw OVERFLOW;
    const start = this.stringHeader(length, at);
    this.bytes.utf8Write(text, start, length);
    return start + length;
  }

  private stringHeader(length: number, at: number): number {
    const { bytes } = this;
    if (length < 32) {
      bytes[at] = 0xa0 | length;
      return at + 1;
    }
    if (length < 0x100) {
      bytes[at] = Token.Str8;
      bytes[at + 1] = length;
      return at + 2;
    }
    if (length < 0x1_0000) {
      bytes[at] = Token.Str16;
      this.view.setUint16(at + 1, length);
      return at + 3;
    }
    bytes[at] = Token.Str32;
    this.view.setUint32(at + 1, length);
    return at + 5;
  }

  /** Text with lone surrogates, which UTF-8 can not hold: its UTF-16 units. */
  private utf16(text: string, at: number): number {
    const start = this.openExt(Ext.Utf16, at);
    const end = start + 2 * text.length;
    if (end > this.limit) throw OVERFLOW;
    for (let index = 0, to = start; index < text.length; index++, to += 2) {
      this.view.setUint16(to, text.charCodeAt(index), true);
    }
    return this.closeExt(start, end);
  }

  /** A header of msgpack's usual three sizes: of an array, or of a map. */
  lengthHeader(fix: number, fixMax: number, token16: number, length: number, at: number): number {
    if (at + 5 > this.limit && at + (length <= fixMax ? 1 : length < 0x1_0000 ? 3 : 5) > this.limit) throw OVERFLOW;
    const { bytes } = this;
    if (length <= fixMax) {
      bytes[at] = fix | length;
      return at + 1;
    }
    if (length < 0x1_0000) {
      bytes[at] = token16;
      this.view.setUint16(at + 1, length);
      return at + 3;
    }
    bytes[at] = token16 + 1;
    this.view.setUint32(at + 1, length);
    return at + 5;
  }

  binary(source: Uint8Array, at: number): number {
    const { length } = source;
    if (at + 5 + length > this.limit) throw OVERFLOW;
    this.bytes[at] = Token.Bin32;
    this.view.setUint32(at + 1, length);
    this.bytes.set(source, at + 5);
    return at + 5 + length;
  }

  /** Begins an extension whose length is not known yet; `closeExt` takes the offset that this returns. */
  openExt(type: number, at: number): number {
    if (at + 6 > this.limit) throw OVERFLOW;
    this.bytes[at] = Token.Ext32;
    this.bytes[at + 5] = type;
    return at + 6;
  }

  closeExt(start: number, end: number): number {
    this.view.setUint32(start - 5, end - start);
    return end;
  }

  /** An extension with nothing but a number in it. */
  numberExt(type: number, value: number, at: number): number {
    if (at + 3 > this.limit) throw OVERFLOW;
    const end = this.number(value, at + 3);
    this.bytes[at] = Token.Ext8;
    this.bytes[at + 1] = end - at - 3;
    this.bytes[at + 2] = type;
    return end;
  }

  /** An extension of one or two bytes. */
  shortExt(type: number, first: number, second: number | undefined, at: number): number {
    if (at + 4 > this.limit && at + (second === undefined ? 3 : 4) > this.limit) throw OVERFLOW;
    const { bytes } = this;
    bytes[at] = second === undefined ? Token.FixExt1 : Token.FixExt2;
    bytes[at + 1] = type;
    bytes[at + 2] = first;
    if (second === undefined) return at + 3;
    bytes[at + 3] = second;
    return at + 4;
  }

  pointer(index: number, at: number): number {
    if (at + 6 > this.limit) throw OVERFLOW;
    this.bytes[at] = Token.FixExt4;
    this.bytes[at + 1] = Ext.Pointer;
    this.view.setUint32(at + 2, index);
    return at + 6;
  }
}

function stringHeaderLength(length: number): number {
  if (length < 32) return 1;
  if (length < 0x100) return 2;
  return length < 0x1_0000 ? 3 : 5;
}

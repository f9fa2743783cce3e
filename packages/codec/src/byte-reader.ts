/** Reads msgpack's scalars and text out of bytes that are not trusted: nothing beyond `end` is ever looked at. */

import { strictUtf8, type TextBytes, textBytes } from './host-text.ts';
import { Malformed } from './malformed.ts';
import { SHORT_LENGTH_MAX, ShortStrings } from './short-strings.ts';
import { Token } from './wire.ts';

export class ByteReader {
  position = 0;
  end = 0;
  protected bytes: TextBytes = textBytes(new Uint8Array(0));
  private view: DataView = new DataView(this.bytes.buffer);
  private source: Uint8Array = this.bytes;
  private readonly strings = new ShortStrings();

  protected bind(source: Uint8Array, start: number, end: number): void {
    this.position = start;
    this.end = end < source.length ? end : source.length;
    if (this.source === source) return;
    this.source = source;
    this.bytes = textBytes(source);
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Steps over `count` bytes; returns the offset of the first. */
  take(count: number): number {
    const at = this.position;
    if (at + count > this.end) throw new Malformed('an end within a value');
    this.position = at + count;
    return at;
  }

  uint8(): number {
    return this.bytes[this.take(1)] as number;
  }

  uint16(): number {
    const at = this.take(2);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  uint32(): number {
    const { bytes } = this;
    const at = this.take(4);
    const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    return high * 0x1_0000 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
  }

  /** A scalar of fixed width, but for the commonest. */
  protected scalar(token: number): unknown {
    switch (token) {
      case Token.Nil:
        return null;
      case Token.False:
        return false;
      case Token.True:
        return true;
      case Token.Float64:
        return this.view.getFloat64(this.take(8));
      case Token.Float32:
        return this.view.getFloat32(this.take(4));
      case Token.Int8:
        return this.view.getInt8(this.take(1));
      case Token.Int16:
        return this.view.getInt16(this.take(2));
      case Token.Int32:
        return this.view.getInt32(this.take(4));
      case Token.Int64:
        return this.view.getBigInt64(this.take(8));
      case Token.Uint64:
        return this.view.getBigUint64(this.take(8));
      default:
        throw new Malformed(`the unknown token ${token}`);
    }
  }

  protected text(length: number): string {
    const start = this.position;
    const end = start + length;
    if (end > this.end) throw new Malformed('an end within text');
    this.position = end;
    if (length <= SHORT_LENGTH_MAX) {
      if (length === 0) return '';
      const known = this.strings.read(this.bytes, start, length);
      if (known !== undefined) return known;
    }
    return this.utf8(start, end);
  }

  private utf8(start: number, end: number): string {
    const text = this.bytes.utf8Slice(start, end);
    // The host puts U+FFFD in the place of what is not UTF-8; only then is it worth asking whether the sender did.
    if (!text.includes('\ufffd')) return text;
    try {
      return strictUtf8(this.bytes, start, end);
    } catch {
      throw new Malformed('text that is not UTF-8');
    }
  }

  /** Text as UTF-16 units, which may be lone surrogates. */
  utf16(length: number): string {
    if (length % 2 !== 0) throw new Malformed('half a UTF-16 unit');
    const start = this.take(length);
    const parts: string[] = [];
    for (let at = start; at < start + length; at += UTF16_PART_BYTES) {
      const units: number[] = [];
      const end = Math.min(at + UTF16_PART_BYTES, start + length);
      for (let unit = at; unit < end; unit += 2) units.push(this.view.getUint16(unit, true));
      parts.push(String.fromCharCode(...units));
    }
    return parts.join('');
  }

  /** A copy of the next bytes. */
  binary(length: number): ArrayBuffer {
    const start = this.take(length);
    const copy = new Uint8Array(length);
    copy.set(this.bytes.subarray(start, start + length));
    return copy.buffer;
  }
}

/** Bytes of UTF-16 turned into text by one call, whose arguments go on the stack. */
const UTF16_PART_BYTES = 8192;

/**
 * Plain data as bytes, for log snapshots: equal values give equal bytes, whatever the order of a record's keys, and
 * whatever they share. That is why it is no msgpack: bytes that depend on who saw which object first can't be compared.
 *
 * A value is a tag and what it needs; whole numbers are varints; a string is its length and its UTF-16 code units, each a
 * varint, so that any string comes back. Typed arrays are as little-endian as the machine.
 */
import { PLAIN_DEPTH_MAX, TroupeError } from '@troupe/protocol';

const Tag = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  Natural: 4,
  Negative: 5,
  Double: 6,
  String: 7,
  BigInt: 8,
  Array: 9,
  Record: 10,
  Map: 11,
  Set: 12,
  View: 13,
  Buffer: 14,
} as const;

type ViewConstructor = new (buffer: ArrayBuffer) => ArrayBufferView;
const VIEWS: readonly ViewConstructor[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

const FIRST_BYTES = 1_024;
/** Code units that are made a string at once. */
const UNITS_AT_ONCE = 4_096;

/** @throws TROUPE_NOT_PLAIN_DATA */
export function plainToBytes(value: unknown): Uint8Array {
  const writer = spare ?? new PlainWriter();
  spare = undefined;
  writer.write(value, 0);
  const bytes = writer.taken();
  if (writer.capacity <= SPARE_BYTES_MAX) spare = writer;
  return bytes;
}

/** For the next value: the buffer of one that was written whole. */
let spare: PlainWriter | undefined;
const SPARE_BYTES_MAX = 1 << 20;

/** @throws TROUPE_RAFT_SNAPSHOT_MALFORMED where these are not the bytes of one value */
export function plainFromBytes(bytes: Uint8Array): unknown {
  const reader = new PlainReader(bytes);
  const value = reader.read(0);
  if (!reader.isAtEnd) throw malformed('the end after one value', 'more bytes');
  return value;
}

/**
 * About how many bytes a value takes, in memory and encoded: the same on every member. Null where it is no plain data.
 *
 * @units bytes
 */
export function plainSize(value: unknown): number | null {
  const size = sizeOf(value, 0);
  return Number.isFinite(size) ? size : null;
}

const WORD = 8;

function sizeOf(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return WORD + value.length;
    case 'bigint':
      return WORD + value.toString().length;
    case 'function':
    case 'symbol':
      return Number.POSITIVE_INFINITY;
    case 'object':
      return value === null ? WORD : sizeOfObject(value, depth);
    default:
      return WORD;
  }
}

function sizeOfObject(value: object, depth: number): number {
  if (depth > PLAIN_DEPTH_MAX) return Number.POSITIVE_INFINITY;
  let size = WORD;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item, depth + 1);
  else if (value instanceof Map)
    for (const [key, item] of value) size += sizeOf(key, depth + 1) + sizeOf(item, depth + 1);
  else if (value instanceof Set) for (const item of value) size += sizeOf(item, depth + 1);
  else if (value instanceof ArrayBuffer) size += value.byteLength;
  else if (ArrayBuffer.isView(value)) size += viewIndex(value) < 0 ? Number.POSITIVE_INFINITY : value.byteLength;
  else if (!isRecord(value)) size = Number.POSITIVE_INFINITY;
  else for (const key of Object.keys(value)) size += WORD + key.length + sizeOf(value[key], depth + 1);
  return size;
}

function isRecord(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || prototype === Object.prototype;
}

function viewIndex(value: ArrayBufferView): number {
  return VIEWS.findIndex((view) => value instanceof view);
}

class PlainWriter {
  private bytes = new Uint8Array(FIRST_BYTES);
  private view = new DataView(this.bytes.buffer);
  private position = 0;

  /** What has been written; it begins anew. */
  taken(): Uint8Array {
    const taken = this.bytes.slice(0, this.position);
    this.position = 0;
    return taken;
  }

  get capacity(): number {
    return this.bytes.length;
  }

  write(value: unknown, depth: number): void {
    if (depth > PLAIN_DEPTH_MAX) throw notPlain('a cycle, or data too deep');
    switch (typeof value) {
      case 'undefined':
        return this.byte(Tag.Undefined);
      case 'boolean':
        return this.byte(value ? Tag.True : Tag.False);
      case 'number':
        return this.number(value);
      case 'string':
        this.byte(Tag.String);
        return this.string(value);
      case 'bigint':
        this.byte(Tag.BigInt);
        return this.string(value.toString());
      case 'object':
        return value === null ? this.byte(Tag.Null) : this.object(value, depth);
      default:
        throw notPlain(`a ${typeof value}`);
    }
  }

  private number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.byte(Tag.Double);
      this.room(8);
      this.view.setFloat64(this.position, value);
      this.position += 8;
    } else if (value >= 0) {
      this.byte(Tag.Natural);
      this.natural(value);
    } else {
      this.byte(Tag.Negative);
      this.natural(-value);
    }
  }

  private object(value: object, depth: number): void {
    if (Array.isArray(value)) {
      this.byte(Tag.Array);
      this.natural(value.length);
      for (const item of value) this.write(item, depth + 1);
    } else if (value instanceof Map) {
      this.byte(Tag.Map);
      this.natural(value.size);
      for (const [key, item] of value) {
        this.write(key, depth + 1);
        this.write(item, depth + 1);
      }
    } else if (value instanceof Set) {
      this.byte(Tag.Set);
      this.natural(value.size);
      for (const item of value) this.write(item, depth + 1);
    } else if (value instanceof ArrayBuffer) {
      this.byte(Tag.Buffer);
      this.binary(new Uint8Array(value));
    } else if (ArrayBuffer.isView(value)) this.arrayView(value);
    else this.record(value, depth);
  }

  private arrayView(value: ArrayBufferView): void {
    const index = viewIndex(value);
    if (index < 0) throw notPlain(`a ${value.constructor.name}`);
    this.byte(Tag.View);
    this.byte(index);
    this.binary(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }

  private binary(bytes: Uint8Array): void {
    this.natural(bytes.length);
    this.room(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  private record(value: object, depth: number): void {
    if (!isRecord(value)) throw notPlain(`an instance of ${value.constructor.name}`);
    // By UTF-16 code units, as ids are ordered: without a function of ours to call, sooner.
    const keys = Object.keys(value).sort();
    this.byte(Tag.Record);
    this.natural(keys.length);
    for (const key of keys) {
      this.string(key);
      this.write(value[key], depth + 1);
    }
  }

  private byte(value: number): void {
    this.room(1);
    this.bytes[this.position++] = value;
  }

  private natural(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.position++] = rest;
  }

  private string(text: string): void {
    this.natural(text.length);
    this.room(text.length * 3);
    for (let at = 0; at < text.length; at++) {
      let unit = text.charCodeAt(at);
      while (unit >= 0x80) {
        this.bytes[this.position++] = (unit & 0x7f) | 0x80;
        unit >>= 7;
      }
      this.bytes[this.position++] = unit;
    }
  }

  private room(more: number): void {
    const needed = this.position + more;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

class PlainReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(bytes: Uint8Array) {
    // A plain one: what Node's Buffer slices, it shares.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.position === this.bytes.length;
  }

  read(depth: number): unknown {
    if (depth > PLAIN_DEPTH_MAX) throw malformed(`at most ${PLAIN_DEPTH_MAX} levels`, 'more');
    const tag = this.byte();
    switch (tag) {
      case Tag.Undefined:
        return undefined;
      case Tag.Null:
        return null;
      case Tag.False:
        return false;
      case Tag.True:
        return true;
      case Tag.Natural:
        return this.natural();
      case Tag.Negative:
        return -this.natural();
      case Tag.Double:
        this.skip(8);
        return this.view.getFloat64(this.position - 8);
      case Tag.String:
        return this.string();
      case Tag.BigInt:
        return this.bigint();
      case Tag.Array:
        return this.items(depth);
      case Tag.Record:
        return this.record(depth);
      case Tag.Map:
        return new Map(this.pairs(depth));
      case Tag.Set:
        return new Set(this.items(depth));
      case Tag.View:
        return this.arrayView();
      case Tag.Buffer:
        return this.buffer();
      default:
        throw malformed('a tag', tag);
    }
  }

  private items(depth: number): unknown[] {
    const items: unknown[] = [];
    for (let left = this.natural(); left > 0; left--) items.push(this.read(depth + 1));
    return items;
  }

  private pairs(depth: number): [unknown, unknown][] {
    const pairs: [unknown, unknown][] = [];
    for (let left = this.natural(); left > 0; left--) pairs.push([this.read(depth + 1), this.read(depth + 1)]);
    return pairs;
  }

  private record(depth: number): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (let left = this.natural(); left > 0; left--) {
      const key = this.string();
      const value = this.read(depth + 1);
      // By definition, or a key `__proto__` would be no key.
      Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return record;
  }

  private bigint(): bigint {
    const text = this.string();
    if (!/^-?\d+$/.test(text)) throw malformed('the digits of a bigint', text);
    return BigInt(text);
  }

  private arrayView(): ArrayBufferView {
    const index = this.byte();
    const View = VIEWS[index];
    if (View === undefined) throw malformed('the number of a typed array', index);
    const buffer = this.buffer();
    if (buffer.byteLength % (View as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT !== 0)
      throw malformed('whole elements of a typed array', `${buffer.byteLength} bytes`);
    return new View(buffer);
  }

  private buffer(): ArrayBuffer {
    const length = this.natural();
    const start = this.position;
    this.skip(length);
    return this.bytes.slice(start, this.position).buffer as ArrayBuffer;
  }

  private string(): string {
    const length = this.natural();
    if (length > this.bytes.length - this.position) throw malformed('a string within the bytes', length);
    let text = '';
    for (let done = 0; done < length; done += UNITS_AT_ONCE) {
      const units: number[] = [];
      for (let left = Math.min(UNITS_AT_ONCE, length - done); left > 0; left--) units.push(this.natural());
      text += String.fromCharCode(...units);
    }
    return text;
  }

  private natural(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    if (!Number.isSafeInteger(value)) throw malformed('a safe whole number', value);
    return value;
  }

  private byte(): number {
    this.skip(1);
    return this.bytes[this.position - 1] as number;
  }

  private skip(count: number): void {
    if (count > this.bytes.length - this.position) throw malformed('more bytes', 'the end');
    this.position += count;
  }
}

function notPlain(got: string): TroupeError {
  return new TroupeError('TROUPE_NOT_PLAIN_DATA', `Expected plain data, got ${got}. Store data there instead.`, {
    data: { got },
  });
}

export function malformed(expected: string, got: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_RAFT_SNAPSHOT_MALFORMED',
    `Expected ${expected} in a log snapshot, got ${String(got)}. It is of another machine or version, or damaged: start the member with the machine that wrote it.`,
    { data: { expected, got: String(got) } },
  );
}

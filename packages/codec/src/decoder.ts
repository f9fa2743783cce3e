/**
 * Decodes frames, in the order in which their encoder made them. The bytes are not trusted: whatever they are, decoding
 * ends, within a stack and memory bounded by the frame's own length, in a value or in TROUPE_FRAME_MALFORMED.
 *
 * A malformed frame takes nothing else with it but the shapes that it announced: later frames of those shapes are refused
 * too (and not misread) until the encoder is reset. Decoded values never alias the source.
 */

import { TroupeError } from '@troupe/protocol';
import { ByteReader } from './byte-reader.ts';
import { decodeExtension } from './decode-rare.ts';
import { type DecoderShape, DecoderShapes, setOwn } from './decoder-shapes.ts';
import type { ReferenceHook } from './inspector.ts';
import { Malformed } from './malformed.ts';
import { DEPTH_MAX } from './rules.ts';
import { Ext, ONE_BYTE_SHAPES, SHAPE_KEYS_MAX, SHAPES_MAX, Token } from './wire.ts';

export interface DecoderOptions {
  readonly references?: ReferenceHook;
}

const NO_TRANSFERS: readonly ArrayBuffer[] = [];

export class Decoder extends ByteReader {
  readonly references: ReferenceHook | undefined;
  /** The buffers that came with the frame. */
  transfers: readonly ArrayBuffer[] = NO_TRANSFERS;
  private readonly shapes: DecoderShapes = new DecoderShapes();
  /** In a frame whose objects occur more than once, the containers so far; undefined while one is being built. */
  private tracked: (object | undefined)[] | undefined = undefined;
  private depth = 0;

  constructor(options: DecoderOptions = {}) {
    super();
    this.references = options.references;
  }

  /**
   * The value in `source` from `start` to `end`; `transfers` are the buffers that came with the frame, in order.
   *
   * @throws TroupeError TROUPE_FRAME_MALFORMED
   */
  decode(source: Uint8Array, start: number, end: number, transfers: readonly ArrayBuffer[] = NO_TRANSFERS): unknown {
    this.bind(source, start, end);
    this.transfers = transfers;
    try {
      const value = this.read();
      if (this.position !== this.end) throw new Malformed('bytes after the value');
      this.shapes.commit();
      return value;
    } catch (thrown) {
      this.shapes.rollback();
      this.depth = 0;
      throw malformedError(thrown, start, end);
    } finally {
      this.tracked = undefined;
      this.transfers = NO_TRANSFERS;
    }
  }

  /** Begins the stream anew, where what comes next stands by itself: no shape is known that was announced before. */
  reset(): void {
    this.shapes.reset();
    this.shapes.commit();
  }

  /** Reads one value. */
  read(): unknown {
    const at = this.position;
    if (at >= this.end) throw new Malformed('an end within a value');
    const token = this.bytes[at] as number;
    this.position = at + 1;
    if (token < 0x40) return token;
    if (token < 0x80) return this.readRecord(this.shapes.get(this.shapeId(token)));
    if (token < 0xa0) return token < 0x90 ? this.readMap(token & 15) : this.readArray(token & 15);
    if (token < 0xc0) return this.text(token & 31);
    if (token >= 0xe0) return token - 0x100;
    return this.readTagged(token);
  }

  private readTagged(token: number): unknown {
    switch (token) {
      case Token.Uint8:
        return this.uint8();
      case Token.Uint16:
        return this.uint16();
      case Token.Uint32:
        return this.uint32();
      case Token.Str8:
        return this.text(this.uint8());
      case Token.Str16:
        return this.text(this.uint16());
      case Token.Str32:
        return this.text(this.uint32());
      case Token.Array16:
        return this.readArray(this.uint16());
      case Token.Array32:
        return this.readArray(this.uint32());
      case Token.Map16:
        return this.readMap(this.uint16());
      case Token.Map32:
        return this.readMap(this.uint32());
      case Token.Bin8:
        return this.readBuffer(this.uint8());
      case Token.Bin16:
        return this.readBuffer(this.uint16());
      case Token.Bin32:
        return this.readBuffer(this.uint32());
      case Token.Ext8:
        return this.readExtension(this.uint8());
      case Token.Ext16:
        return this.readExtension(this.uint16());
      case Token.Ext32:
        return this.readExtension(this.uint32());
      case Token.FixExt1:
        return this.readExtension(1);
      case Token.FixExt2:
        return this.readExtension(2);
      case Token.FixExt4:
        return this.readExtension(4);
      default:
        return this.scalar(token);
    }
  }

  /** Goes down into a container. Whoever leaves it calls `leave`; a throw needs not. */
  enter(): void {
    if (++this.depth > DEPTH_MAX) throw new Malformed(`more than ${DEPTH_MAX} nested levels`);
  }

  leave(): void {
    this.depth--;
  }

  /** Numbers a container; one that can only be built from its parts is given later, by `fill`. */
  track<T extends object | undefined>(container: T): T {
    this.tracked?.push(container);
    return container;
  }

  /** The number of a container that is about to be built. */
  reserve(): number {
    return this.tracked === undefined ? -1 : this.tracked.push(undefined) - 1;
  }

  fill<T extends object>(number: number, container: T): T {
    if (this.tracked !== undefined) this.tracked[number] = container;
    return container;
  }

  private readRecord(shape: DecoderShape | undefined): object {
    if (shape === undefined) throw new Malformed('a shape that was not announced');
    this.enter();
    let object: object;
    if (this.tracked === undefined) object = this.shapes.build(shape, this);
    else this.readShaped((object = this.track({})), shape);
    this.leave();
    return object;
  }

  private shapeId(token: number): number {
    if (token < 0x60) return token - 0x40;
    return ONE_BYTE_SHAPES + ((this.uint8() << 5) | (token & 31));
  }

  private readMap(length: number): object {
    // An entry takes two bytes at least; so a short frame can not ask for a long loop.
    if (2 * length > this.end - this.position) throw new Malformed('more entries than bytes');
    const object = this.track({});
    this.enter();
    for (let index = 0; index < length; index++) setOwn(object, this.readKey(), this.read());
    this.leave();
    return object;
  }

  /** Reads a record's or a map's fields into an object of another prototype. */
  readFieldsInto(object: object): void {
    const token = this.uint8();
    this.enter();
    if (token >= 0x40 && token < 0x80) this.readShaped(object, this.shapes.get(this.shapeId(token)));
    else if (token === Token.FixExt1 || token === Token.FixExt2) {
      if (this.uint8() !== Ext.Record) throw new Malformed('no fields where they belong');
      this.readShaped(object, this.announced(token === Token.FixExt1 ? 1 : 2));
    } else {
      const length = token === Token.Map16 ? this.uint16() : token === Token.Map32 ? this.uint32() : token - 0x80;
      if (length < 0 || 2 * length > this.end - this.position) throw new Malformed('no fields where they belong');
      for (let index = 0; index < length; index++) setOwn(object, this.readKey(), this.read());
    }
    this.leave();
  }

  private readShaped(object: object, shape: DecoderShape | undefined): void {
    if (shape === undefined) throw new Malformed('a shape that was not announced');
    for (const key of shape.keys) setOwn(object, key, this.read());
  }

  readKey(): string {
    const key = this.read();
    if (typeof key !== 'string') throw new Malformed('a key that is no string');
    return key;
  }

  private readArray(length: number): unknown[] {
    if (length > this.end - this.position) throw new Malformed('more elements than bytes');
    const array: unknown[] = this.track([]);
    this.enter();
    for (let index = 0; index < length; index++) array.push(this.read());
    this.leave();
    return array;
  }

  private readBuffer(length: number): ArrayBuffer {
    return this.track(this.binary(length));
  }

  private readExtension(length: number): unknown {
    const type = this.uint8();
    if (type === Ext.Record) return this.readRecord(this.announced(length));
    const outer = this.end;
    const end = this.position + length;
    if (end > outer) throw new Malformed('an extension beyond the end');
    if (type === Ext.Graph || type === Ext.Reset) return this.readMarked(type, end);
    this.end = end;
    const value = decodeExtension(this, type, length);
    if (this.position !== end) throw new Malformed('bytes after the end of an extension');
    this.end = outer;
    return value;
  }

  /** A frame that begins with a mark about all of it. */
  private readMarked(type: number, end: number): unknown {
    if (this.depth !== 0 || this.tracked !== undefined) throw new Malformed('a mark within a value');
    this.position = end;
    if (type === Ext.Reset) this.shapes.reset();
    else this.tracked = [];
    return this.read();
  }

  /** Reads a shape's number and keys. */
  private announced(length: number): DecoderShape {
    const token = this.uint8();
    if (token < 0x40 || token >= 0x80) throw new Malformed(`the shape number ${token}`);
    if (length !== (token < 0x60 ? 1 : 2)) throw new Malformed('a shape number of another length');
    const id = this.shapeId(token);
    if (id >= SHAPES_MAX) throw new Malformed(`the shape number ${id}`);
    const shape = this.shapes.announced(this.readKeys());
    this.shapes.set(id, shape);
    return shape;
  }

  private readKeys(): string[] {
    const header = this.uint8();
    const length = header === Token.Array16 ? this.uint16() : header - 0x90;
    if (length < 0 || length > SHAPE_KEYS_MAX) throw new Malformed('a shape without keys');
    const keys: string[] = [];
    for (let index = 0; index < length; index++) keys.push(this.readKey());
    if (new Set(keys).size !== length) throw new Malformed('a shape with a key twice');
    return keys;
  }

  /** The container that a pointer means. */
  pointed(number: number): object {
    const container = this.tracked?.[number];
    if (container === undefined) throw new Malformed('a pointer to nothing');
    return container;
  }
}

function malformedError(thrown: unknown, start: number, end: number): TroupeError {
  const what = thrown instanceof Malformed ? thrown.what : String(thrown);
  return new TroupeError(
    'TROUPE_FRAME_MALFORMED',
    `Expected a frame of this stream in bytes ${start} to ${end}, got ${what}. The frame is dropped; count it, and go on with the next.`,
    { data: { start, end, what }, ...(thrown instanceof Malformed ? {} : { cause: thrown }) },
  );
}

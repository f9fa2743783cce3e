/**
 * Checks and encodes a value in one walk, straight into the caller's bytes.
 *
 * An encoder and a decoder form a stream: frames must be decoded in the order in which they were encoded, because an object's
 * shape is announced once and then named by number. A frame that was refused, or did not fit, leaves no trace in the stream.
 */

import { TroupeError } from '@troupe/protocol';
import { ByteWriter, OVERFLOW } from './byte-writer.ts';
import { encodeRare } from './encode-rare.ts';
import { type AnnouncementLog, EncoderShapes } from './encoder-shapes.ts';
import type { ReferenceHook, ValueInspector } from './inspector.ts';
import { Kind } from './kinds.ts';
import { MemoryRanges } from './memory-ranges.ts';
import { brokenGetter, failedWalk, Refusal, refusedError } from './refusal.ts';
import { DEPTH_MAX, refuseDepth, refuseHidden, refusePrimitive, ValueRules } from './rules.ts';
import { SeenObjects } from './seen-objects.ts';
import { generateWriter, type ShapeWriter, USES_BEFORE_CODE } from './shape-code.ts';
import { type Shape, ShapeSite } from './shape-trie.ts';
import type { PathStep } from './value-path.ts';
import { Ext, ONE_BYTE_SHAPES, Token } from './wire.ts';

export interface EncoderOptions {
  readonly inspector: ValueInspector;
  readonly references?: ReferenceHook;
  /** Bytes of one frame made by `encode`; a value that needs more is refused. */
  readonly maxBytes?: number;
  /** What a refused value is called where its path begins. */
  readonly root?: string;
}

export const ENCODER_DEFAULTS = { maxBytes: 256 * 1024 * 1024, root: 'value' } as const;

const SCRATCH_BYTES = 16 * 1024;
/** A larger scratch is not kept for the next frame. */
const SCRATCH_KEPT_BYTES = 1024 * 1024;

/** Thrown at the first object that occurs twice in a value: the frame is begun again, with its containers numbered. */
const OCCURS_TWICE: unique symbol = Symbol('occurs twice');

type Site = ShapeSite<ShapeWriter>;

export class Encoder {
  readonly rules: ValueRules;
  readonly out: ByteWriter = new ByteWriter();
  /** The steps to the part being walked, for the path of a refusal; those below `depth` are valid. */
  readonly steps: PathStep[] = [];
  depth = 0;
  readonly memory: MemoryRanges = new MemoryRanges();
  private readonly maxBytes: number;
  private readonly root: string;
  private readonly shapes = new EncoderShapes();
  private readonly seen = new SeenObjects();
  private readonly site = new ShapeSite<ShapeWriter>();
  private moved: ArrayBuffer[] = [];
  private scratch: Uint8Array = new Uint8Array(0);
  private busy = false;
  private graph = false;
  private resetDue = false;

  constructor(options: EncoderOptions) {
    this.rules = new ValueRules(options.inspector, options.references);
    this.maxBytes = options.maxBytes ?? ENCODER_DEFAULTS.maxBytes;
    this.root = options.root ?? ENCODER_DEFAULTS.root;
  }

  /**
   * The buffers that the last frame moves, in order: transfer them to the receiving thread and hand them to `decode` with the
   * frame. They are detached here only when you transfer them.
   */
  get transfers(): readonly ArrayBuffer[] {
    return this.moved;
  }

  /** Shapes announced so far. A mark for `rewind`. */
  get mark(): number {
    return this.shapes.size;
  }

  /** Drops the frames encoded since `mark`, none of which may be sent any more. */
  rewind(mark: number): void {
    this.shapes.rollback(mark);
  }

  /** Before the first frame: from then on nothing is announced that finds no room in the log. */
  logTo(log: AnnouncementLog): void {
    this.shapes.log = log;
  }

  /** Begins the stream anew, after frames were lost: the next frame tells its decoder to forget what was announced. */
  reset(): void {
    this.shapes.rollback(0);
    this.resetDue = true;
  }

  /**
   * Encodes into `target` from `position`; returns the end offset, or -1 when it does not fit below `limit`, in which case
   * nothing is announced and nothing kept. What stands between the end and `limit` afterwards is unspecified.
   *
   * @throws TroupeError TROUPE_VALUE_REFUSED
   */
  encodeInto(value: unknown, target: Uint8Array, position: number, limit: number): number {
    if (this.busy) throw reentered();
    const announced = this.shapes.size;
    this.busy = true;
    this.graph = false;
    if (this.moved.length !== 0) this.moved = [];
    this.out.bind(target, limit);
    try {
      const end = this.write(value, this.resetDue ? this.out.shortExt(Ext.Reset, 0, undefined, position) : position);
      this.resetDue = false;
      return end;
    } catch (thrown) {
      this.shapes.rollback(announced);
      if (thrown === OVERFLOW) return -1;
      if (thrown === OCCURS_TWICE) return this.encodeGraph(value, position, announced);
      throw this.failure(thrown);
    } finally {
      this.depth = 0;
      this.seen.clear();
      this.memory.clear();
      this.busy = false;
    }
  }

  private encodeGraph(value: unknown, position: number, announced: number): number {
    this.seen.clear();
    this.memory.clear();
    this.moved = [];
    this.depth = 0;
    this.graph = true;
    const { out } = this;
    try {
      let at = this.resetDue ? out.shortExt(Ext.Reset, 0, undefined, position) : position;
      at = out.shortExt(Ext.Graph, 0, undefined, at);
      const end = this.write(value, at);
      this.resetDue = false;
      return end;
    } catch (thrown) {
      this.shapes.rollback(announced);
      if (thrown === OVERFLOW) return -1;
      throw this.failure(thrown);
    }
  }

  /**
   * Encodes into a fresh buffer; the frame belongs to the same stream.
   *
   * @throws TroupeError TROUPE_VALUE_REFUSED
   */
  encode(value: unknown): Uint8Array {
    if (this.scratch.length === 0) this.scratch = new Uint8Array(Math.min(SCRATCH_BYTES, this.maxBytes));
    for (;;) {
      const { scratch } = this;
      const end = this.encodeInto(value, scratch, 0, scratch.length);
      if (end !== -1) {
        if (scratch.length > SCRATCH_KEPT_BYTES) this.scratch = new Uint8Array(0);
        return scratch.slice(0, end);
      }
      if (scratch.length >= this.maxBytes) throw this.tooLarge();
      this.scratch = new Uint8Array(Math.min(scratch.length * 4, this.maxBytes));
    }
  }

  private tooLarge(): TroupeError {
    this.scratch = new Uint8Array(0);
    const got = `more than ${this.maxBytes} bytes`;
    return refusedError(new Refusal(got, 'Send it in parts.'), this.root, []);
  }

  private failure(thrown: unknown): TroupeError {
    this.moved = [];
    return failedWalk(thrown, this.root, this.steps.slice(0, this.depth));
  }

  /** Writes one value, of any type. */
  write(value: unknown, at: number, site: Site = this.site): number {
    const { out } = this;
    switch (typeof value) {
      case 'number':
        return out.number(value, at);
      case 'string':
        return out.string(value, at);
      case 'boolean':
        return out.byte(value ? Token.True : Token.False, at);
      case 'object':
        return value === null ? out.byte(Token.Nil, at) : this.writeObject(value, at, site);
      case 'undefined':
        return out.undefined(at);
      case 'bigint':
        return out.bigint(value, at);
      default:
        return refusePrimitive(value);
    }
  }

  private writeObject(value: object, at: number, site: Site): number {
    const { rules } = this;
    const { last } = site;
    if (last?.code !== undefined && last.id >= 0 && !Array.isArray(value) && rules.isOf(last.code, value, last.keys)) {
      const before = this.seen.meet(value);
      return before === -1 ? this.writeRecord(value, last, this.recordHeader(last.id, at)) : this.pointer(before, at);
    }
    const kind = rules.kindOf(value);
    if (kind !== Kind.Plain && kind !== Kind.Array) return encodeRare(this, kind, value, at);
    const before = this.seen.meet(value);
    if (before !== -1) return this.pointer(before, at);
    return kind === Kind.Plain ? this.writePlain(value, at, site) : this.writeArray(value as unknown[], at, site);
  }

  /** Has `buffer` moved with this frame; returns its place among the frame's transfers. */
  transfer(buffer: ArrayBuffer): number {
    return this.moved.push(buffer) - 1;
  }

  /** Numbers an object other than a plain one or an array; for the first occurrence returns -1, else writes a pointer. */
  meet(value: object, at: number): number {
    const before = this.seen.meet(value);
    return before === -1 ? -1 : this.pointer(before, at);
  }

  private pointer(index: number, at: number): number {
    if (!this.graph) throw OCCURS_TWICE;
    return this.out.pointer(index, at);
  }

  /** Goes down into a container. Whoever leaves it decrements `depth`; a throw needs not. */
  enter(): number {
    if (this.depth >= DEPTH_MAX) refuseDepth();
    return this.depth++;
  }

  writePlain(value: object, at: number, site: Site = this.site): number {
    const keys = this.rules.plainKeys(value);
    const shape = this.shapes.find(site, keys);
    if (shape.id >= 0) {
      if (Object.keys(value).length !== keys.length) refuseHidden(value, keys);
      return this.writeRecord(value, shape, this.recordHeader(shape.id, at));
    }
    if (!this.shapes.announce(shape)) return this.writeFields(value, keys, true, this.mapHeader(keys.length, at));
    const first = this.announcement(shape, at);
    if (!this.shapes.keep(this.out.bytes.subarray(at, first)))
      return this.writeFields(value, keys, true, this.mapHeader(keys.length, at));
    return this.writeFields(value, keys, false, first);
  }

  private writeRecord(value: object, shape: Shape<ShapeWriter>, at: number): number {
    const { code, keys } = shape;
    if (code === undefined) {
      if (shape.uses++ === USES_BEFORE_CODE) shape.code = generateWriter(keys);
      return this.writeFields(value, keys, false, at);
    }
    const level = this.enter();
    try {
      const end = code.write(this, this.out, value, at, level);
      this.depth = level;
      return end;
    } catch (thrown) {
      throw this.located(thrown, value, level);
    }
  }

  /** What was thrown while the fields of `value` were written, with the key where only a look at the fields can tell it. */
  private located(thrown: unknown, value: object, level: number): unknown {
    const refusal = brokenGetter(thrown, value);
    if (refusal !== undefined) this.depth = level;
    return refusal ?? thrown;
  }

  private writeFields(value: object, keys: readonly string[], named: boolean, start: number): number {
    const { out, steps } = this;
    const { length } = keys;
    const level = this.enter();
    let at = start;
    let index = 0;
    // Own keys come before inherited ones, so the first `length` are own; one that is missing among them is not enumerable.
    try {
      for (const key in value) {
        if (index === length || key !== keys[index]) break;
        index++;
        if (named) at = out.string(key, at);
        const field = (value as Record<string, unknown>)[key];
        if (typeof field === 'number') at = out.number(field, at);
        else if (typeof field === 'string') at = out.string(field, at);
        else {
          steps[level] = key;
          at = this.write(field, at);
        }
      }
    } catch (thrown) {
      throw this.located(thrown, value, level);
    }
    this.depth = level;
    if (index !== length) refuseHidden(value, keys);
    return at;
  }

  private writeArray(value: readonly unknown[], at: number, site: Site): number {
    if (!this.rules.isDense(value)) return encodeRare(this, Kind.Array, value, at);
    const { out, steps } = this;
    const { length } = value;
    let end = out.lengthHeader(0x90, 15, Token.Array16, length, at);
    const level = this.enter();
    for (let index = 0; index < length; index++) {
      const element = value[index];
      if (typeof element === 'number') end = out.number(element, end);
      else if (typeof element === 'string') end = out.string(element, end);
      else {
        steps[level] = index;
        end = this.write(element, end, site);
      }
    }
    this.depth = level;
    return end;
  }

  private mapHeader(length: number, at: number): number {
    return this.out.lengthHeader(0x80, 15, Token.Map16, length, at);
  }

  private recordHeader(id: number, at: number): number {
    if (id < ONE_BYTE_SHAPES) return this.out.byte(0x40 | id, at);
    const rest = id - ONE_BYTE_SHAPES;
    return this.out.byte(rest >> 5, this.out.byte(0x60 | (rest & 31), at));
  }

  /** Names a shape from here on, in msgpackr's way: the record extension with the number, the keys, then the first object. */
  private announcement(shape: Shape<ShapeWriter>, start: number): number {
    const { out } = this;
    const rest = shape.id - ONE_BYTE_SHAPES;
    let at =
      rest < 0
        ? out.shortExt(Ext.Record, 0x40 | shape.id, undefined, start)
        : out.shortExt(Ext.Record, 0x60 | (rest & 31), rest >> 5, start);
    at = out.lengthHeader(0x90, 15, Token.Array16, shape.keys.length, at);
    for (const key of shape.keys) at = out.string(key, at);
    return at;
  }
}

function reentered(): TroupeError {
  return new TroupeError(
    'TROUPE_CODEC_REENTERED',
    'Expected no sending while a value is being encoded, but a getter or a reference hook in the value sent another. Compute such values before sending.',
  );
}

/** The kinds of objects that are not plain and dense, each written as an extension. */

import type { Encoder } from './encoder.ts';
import { takeErrorApart } from './error-parts.ts';
import { Kind } from './kinds.ts';
import type { Moved, Shared } from './marks.ts';
import { checkSize } from './rules.ts';
import { entryNote, PathNote } from './value-path.ts';
import { Ext } from './wire.ts';

export function encodeRare(encoder: Encoder, kind: Kind, value: object, at: number): number {
  if (kind === Kind.Reference) return encodeReference(encoder, value, at);
  if (kind === Kind.Shared) return encoder.write((value as Shared<unknown>).value, at);
  if (kind === Kind.Moved) return encodeMoved(encoder, value as Moved, at);
  // Sparse arrays have been numbered already, before they were known to be sparse.
  if (kind === Kind.Array) return encodeSparse(encoder, value as unknown[], at);
  const pointed = encoder.meet(value, at);
  if (pointed !== -1) return pointed;
  switch (kind) {
    case Kind.NullPrototype:
      return encodeNullPrototype(encoder, value, at);
    case Kind.Map:
      return encodeMap(encoder, value as Map<unknown, unknown>, at);
    case Kind.Set:
      return encodeSet(encoder, value as Set<unknown>, at);
    case Kind.Date:
      return encodeDate(encoder, value as Date, at);
    case Kind.RegExp:
      return encodeRegExp(encoder, value as RegExp, at);
    case Kind.ArrayBuffer:
      return encodeBuffer(encoder, value as ArrayBuffer, at);
    case Kind.View:
      return encodeView(encoder, value as ArrayBufferView, at);
    case Kind.NodeBuffer:
      return encodeNodeBuffer(encoder, value as Uint8Array, at);
    default:
      return encodeError(encoder, value as Error, at);
  }
}

function encodeReference(encoder: Encoder, value: object, at: number): number {
  const data = encoder.rules.references?.encode(value);
  if (typeof data === 'number') return encoder.out.numberExt(Ext.Reference, data, at);
  const start = encoder.out.openExt(Ext.Reference, at);
  return encoder.out.closeExt(start, encoder.write(data, start));
}

/** A moved buffer is numbered as its ArrayBuffer, so that views of it in the same value stay views of it. */
function encodeMoved(encoder: Encoder, { buffer }: Moved, at: number): number {
  encoder.rules.movable(buffer);
  const pointed = encoder.meet(buffer, at);
  if (pointed !== -1) return pointed;
  encoder.memory.note(buffer, 0, buffer.byteLength);
  const start = encoder.out.openExt(Ext.Moved, at);
  return encoder.out.closeExt(start, encoder.out.number(encoder.transfer(buffer), start));
}

function encodeSparse(encoder: Encoder, value: readonly unknown[], at: number): number {
  const { out, steps } = encoder;
  const start = out.openExt(Ext.SparseArray, at);
  const keys = Object.keys(value);
  let end = out.number(value.length, start);
  end = out.number(keys.length, end);
  const level = encoder.enter();
  for (const key of keys) {
    const index = Number(key);
    steps[level] = index;
    end = encoder.write(value[index], out.number(index, end));
  }
  encoder.depth = level;
  return out.closeExt(start, end);
}

function encodeNullPrototype(encoder: Encoder, value: object, at: number): number {
  const start = encoder.out.openExt(Ext.NullPrototype, at);
  return encoder.out.closeExt(start, encoder.writePlain(value, start));
}

function encodeMap(encoder: Encoder, value: ReadonlyMap<unknown, unknown>, at: number): number {
  const { out, steps } = encoder;
  encoder.rules.bare(value, 'a Map');
  const start = out.openExt(Ext.Map, at);
  const level = encoder.enter();
  const { size } = value;
  let end = out.number(size, start);
  let index = 0;
  for (const [key, member] of value) {
    steps[level] = new PathNote(`.<key ${index}>`);
    end = encoder.write(key, end);
    steps[level] = entryNote(key, index);
    end = encoder.write(member, end);
    index++;
  }
  encoder.depth = level;
  checkSize(index, size);
  return out.closeExt(start, end);
}

function encodeSet(encoder: Encoder, value: ReadonlySet<unknown>, at: number): number {
  const { out, steps } = encoder;
  encoder.rules.bare(value, 'a Set');
  const start = out.openExt(Ext.Set, at);
  const level = encoder.enter();
  const { size } = value;
  let end = out.number(size, start);
  let index = 0;
  for (const member of value) {
    steps[level] = new PathNote(`.<member ${index++}>`);
    end = encoder.write(member, end);
  }
  encoder.depth = level;
  checkSize(index, size);
  return out.closeExt(start, end);
}

function encodeDate(encoder: Encoder, value: Date, at: number): number {
  encoder.rules.bare(value, 'a Date');
  const start = encoder.out.openExt(Ext.Date, at);
  return encoder.out.closeExt(start, encoder.out.float(value.getTime(), start));
}

function encodeRegExp(encoder: Encoder, value: RegExp, at: number): number {
  const { out } = encoder;
  encoder.rules.bare(value, 'a RegExp', 1);
  const start = out.openExt(Ext.RegExp, at);
  let end = out.string(value.source, start);
  end = out.string(value.flags, end);
  const level = encoder.enter();
  encoder.steps[level] = 'lastIndex';
  end = encoder.write(value.lastIndex, end);
  encoder.depth = level;
  return out.closeExt(start, end);
}

function encodeBuffer(encoder: Encoder, value: ArrayBuffer, at: number): number {
  encoder.rules.arrayBuffer(value);
  encoder.memory.note(value, 0, value.byteLength);
  return encoder.out.binary(new Uint8Array(value), at);
}

function encodeView(encoder: Encoder, value: ArrayBufferView, at: number): number {
  const { out, rules } = encoder;
  const { number, length } = rules.viewParts(value);
  const start = out.openExt(Ext.View, at);
  let end = out.number(number, start);
  end = out.number(value.byteOffset, end);
  end = out.number(length, end);
  const level = encoder.enter();
  encoder.steps[level] = 'buffer';
  end = encoder.write(value.buffer, end);
  encoder.depth = level;
  return out.closeExt(start, end);
}

function encodeNodeBuffer(encoder: Encoder, value: Uint8Array, at: number): number {
  const { out, rules } = encoder;
  rules.nodeBuffer(value);
  encoder.memory.note(value.buffer, value.byteOffset, value.byteOffset + value.length);
  const start = out.openExt(Ext.NodeBuffer, at);
  return out.closeExt(start, out.binary(value, start));
}

function encodeError(encoder: Encoder, value: Error, at: number): number {
  const { out, steps } = encoder;
  const parts = takeErrorApart(value);
  const start = out.openExt(Ext.Error, at);
  let end = out.string(parts.className, start);
  end = out.string(parts.base, end);
  end = encoder.write(parts.name, end);
  end = encoder.write(parts.message, end);
  end = out.number(parts.properties.length, end);
  const level = encoder.enter();
  for (const { key, enumerable, value: member } of parts.properties) {
    end = out.string(key, end);
    end = encoder.write(enumerable, end);
    steps[level] = key;
    end = encoder.write(member, end);
  }
  encoder.depth = level;
  return out.closeExt(start, end);
}

/** The extensions: each of the objects that are not plain and dense, out of bytes that are not trusted. */

import type { Decoder } from './decoder.ts';
import { addErrorProperty, newError } from './error-parts.ts';
import { NodeBuffer, VIEW_CLASSES } from './kinds.ts';
import { Malformed } from './malformed.ts';
import { holes } from './rules.ts';
import { Ext, Token } from './wire.ts';

/** Reads the extension's `length` bytes, which are also all that the decoder lets be read. */
export function decodeExtension(decoder: Decoder, type: number, length: number): unknown {
  switch (type) {
    case Ext.Undefined:
      decoder.take(length);
      return undefined;
    case Ext.Pointer:
      return decoder.pointed(decoder.uint32());
    case Ext.Utf16:
      return decoder.utf16(length);
    case Ext.BigInt:
      return decodeBigInt(decoder);
    case Ext.NullPrototype:
      return decodeNullPrototype(decoder);
    case Ext.SparseArray:
      return decodeSparse(decoder);
    case Ext.Map:
      return decodeMap(decoder);
    case Ext.Set:
      return decodeSet(decoder);
    case Ext.Date:
      return decoder.track(new Date(readNumber(decoder)));
    case Ext.RegExp:
      return decodeRegExp(decoder);
    case Ext.View:
      return decodeView(decoder);
    case Ext.NodeBuffer:
      return decodeNodeBuffer(decoder);
    case Ext.Error:
      return decodeError(decoder);
    case Ext.Reference:
      return decodeReference(decoder);
    case Ext.Moved:
      return decodeMoved(decoder);
    default:
      throw new Malformed(`the unknown extension ${type}`);
  }
}

function readNumber(decoder: Decoder): number {
  const value = decoder.read();
  if (typeof value !== 'number') throw new Malformed('no number where one belongs');
  return value;
}

/** A whole number from 0 to `max`. */
function readCount(decoder: Decoder, max: number): number {
  const value = readNumber(decoder);
  if (!Number.isInteger(value) || value < 0 || value > max) throw new Malformed(`the count ${value}`);
  return value;
}

function remaining(decoder: Decoder): number {
  return decoder.end - decoder.position;
}

const HEXADECIMAL = /^-?[0-9a-f]+$/;

function decodeBigInt(decoder: Decoder): bigint {
  const text = decoder.readKey();
  if (!HEXADECIMAL.test(text)) throw new Malformed('a bigint that is no number');
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}

function decodeNullPrototype(decoder: Decoder): object {
  const object = decoder.track(Object.create(null) as object);
  decoder.readFieldsInto(object);
  return object;
}

function decodeSparse(decoder: Decoder): unknown[] {
  const length = readCount(decoder, 0xffff_ffff);
  const count = readCount(decoder, remaining(decoder));
  const array = decoder.track(holes(length));
  decoder.enter();
  for (let entry = 0; entry < count; entry++) {
    const index = readCount(decoder, length - 1);
    array[index] = decoder.read();
  }
  decoder.leave();
  return array;
}

function decodeMap(decoder: Decoder): Map<unknown, unknown> {
  const map = decoder.track(new Map<unknown, unknown>());
  decoder.enter();
  const size = readCount(decoder, remaining(decoder));
  for (let entry = 0; entry < size; entry++) {
    const key = decoder.read();
    map.set(key, decoder.read());
  }
  decoder.leave();
  return map;
}

function decodeSet(decoder: Decoder): Set<unknown> {
  const set = decoder.track(new Set<unknown>());
  decoder.enter();
  const size = readCount(decoder, remaining(decoder));
  for (let member = 0; member < size; member++) set.add(decoder.read());
  decoder.leave();
  return set;
}

function decodeRegExp(decoder: Decoder): RegExp {
  const number = decoder.reserve();
  const source = decoder.readKey();
  const regExp = decoder.fill(number, new RegExp(source, decoder.readKey()));
  decoder.enter();
  regExp.lastIndex = decoder.read() as number;
  decoder.leave();
  return regExp;
}

function decodeView(decoder: Decoder): ArrayBufferView {
  const reserved = decoder.reserve();
  const number = readCount(decoder, VIEW_CLASSES.length - 1);
  const view = VIEW_CLASSES[number];
  if (view === null || view === undefined) throw new Malformed(`the unknown view ${number}`);
  const byteOffset = readCount(decoder, Number.MAX_SAFE_INTEGER);
  const length = readCount(decoder, Number.MAX_SAFE_INTEGER);
  decoder.enter();
  const buffer = decoder.read();
  decoder.leave();
  if (!(buffer instanceof ArrayBuffer)) throw new Malformed('a view of no buffer');
  return decoder.fill(reserved, new view(buffer, byteOffset, length));
}

function decodeNodeBuffer(decoder: Decoder): Uint8Array {
  // Read as its bytes alone, which are no container of their own.
  if (decoder.uint8() !== Token.Bin32) throw new Malformed('a Buffer without bytes');
  const bytes = decoder.binary(decoder.uint32());
  return decoder.track(NodeBuffer === undefined ? new Uint8Array(bytes) : NodeBuffer.from(bytes));
}

function decodeError(decoder: Decoder): Error {
  const className = decoder.readKey();
  const base = decoder.readKey();
  const name = decoder.read();
  if (name !== undefined && typeof name !== 'string') throw new Malformed('an error whose name is no string');
  const error = decoder.track(newError({ className, base, name, message: decoder.readKey() }));
  const count = readCount(decoder, remaining(decoder));
  decoder.enter();
  for (let property = 0; property < count; property++) {
    const key = decoder.readKey();
    const enumerable = decoder.read() === true;
    addErrorProperty(error, key, enumerable, decoder.read());
  }
  decoder.leave();
  return error;
}

function decodeReference(decoder: Decoder): object {
  decoder.enter();
  const data = decoder.read();
  decoder.leave();
  if (decoder.references === undefined) throw new Malformed('a reference, which this decoder has no hook for');
  return decoder.references.decode(data);
}

function decodeMoved(decoder: Decoder): ArrayBuffer {
  const buffer = decoder.transfers[readCount(decoder, Number.MAX_SAFE_INTEGER)];
  if (buffer === undefined) throw new Malformed('a moved buffer that did not come with the frame');
  return decoder.track(buffer);
}

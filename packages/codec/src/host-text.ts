/**
 * Text to bytes and back with what the host has: Node's Buffer, whose methods take offsets and shared memory, or the web's
 * TextEncoder and TextDecoder.
 */

/** The methods of Node's Buffer that are used here. */
export interface TextBytes extends Uint8Array {
  utf8Write(text: string, offset: number, length?: number): number;
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

interface BufferStatics {
  from(buffer: ArrayBufferLike, byteOffset: number, length: number): TextBytes;
  byteLength(text: string): number;
}

const HostBuffer = (globalThis as unknown as { Buffer?: BufferStatics }).Buffer;
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The same bytes as a Buffer where there is one. */
export function textBytes(bytes: Uint8Array): TextBytes {
  if (HostBuffer !== undefined) return HostBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return withTextMethods(bytes);
}

/** Length of well-formed text in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  return HostBuffer === undefined ? encoder.encode(text).length : HostBuffer.byteLength(text);
}

/** @throws TypeError when the bytes are not UTF-8 */
export function strictUtf8(bytes: Uint8Array, start: number, end: number): string {
  // A copy, because decoders may refuse shared memory.
  return strictDecoder.decode(bytes.slice(start, end));
}

/** The same bytes with the methods that Buffer has, for hosts without one. */
export function withTextMethods(bytes: Uint8Array): TextBytes {
  const own = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.assign(own, {
    utf8Write: (text: string, offset: number, length = own.length - offset) =>
      encoder.encodeInto(text, own.subarray(offset, offset + length)).written,
    latin1Slice: (start: number, end: number) => {
      let text = '';
      for (let at = start; at < end; at++) text += String.fromCharCode(own[at] as number);
      return text;
    },
    utf8Slice: (start: number, end: number) =>
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(own.slice(start, end)),
  });
}

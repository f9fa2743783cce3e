/**
 * Reads one frame from memory that another thread can write: every word is read once, checked, and only then used.
 * The result stands in the parser's fields, so that a frame costs no allocation but its payload.
 */
import * as frames from './frame.ts';
import type { FrameView } from './frame-view.ts';
import type { OutOfBandReceiver } from './out-of-band.ts';

export class FrameParser {
  type = 0;
  kind = 0;
  flags = 0;
  target = 0;
  sender = 0;
  correlation = 0;
  deadline = 0;
  payload: unknown = undefined;
  extra: unknown = undefined;
  error: unknown = undefined;
  /** Header and content, wherever the content was. */
  bytes = 0;
  readonly #decoder: frames.FrameDecoder;
  readonly #outOfBand: OutOfBandReceiver | undefined;
  readonly #typeMax: number;

  constructor(decoder: frames.FrameDecoder, outOfBand: OutOfBandReceiver | undefined, typeMax: number) {
    this.#decoder = decoder;
    this.#outOfBand = outOfBand;
    this.#typeMax = typeMax;
  }

  /** What is wrong with the frame, or undefined. `length` lies within the memory. */
  parse(view: FrameView, offset: number, length: number): frames.Refusal | undefined {
    const words = view.words;
    const at = offset >> 2;
    this.bytes = length;
    this.correlation = 0;
    this.deadline = 0;
    this.payload = undefined;
    this.extra = undefined;
    if (length < frames.SHORT_HEADER_BYTES) {
      this.blank();
      return 'length';
    }
    const word = words[at + 1]!;
    const flags = word >>> 24;
    this.type = word & 0xff;
    this.kind = (word >>> 8) & 0xffff;
    this.flags = flags;
    this.target = words[at + 2]! >>> 0;
    this.sender = words[at + 3]! >>> 0;
    if (this.type === frames.TYPE_PADDING || this.type > this.#typeMax || (flags & frames.FLAG_UNKNOWN) !== 0)
      return 'header';
    if ((flags & frames.FLAG_LONG) !== 0) return this.#parseLong(view, offset, length, flags);
    const start = offset + frames.SHORT_HEADER_BYTES;
    const end = offset + length;
    if ((flags & (frames.FLAG_EXTRA | frames.FLAG_OUT_OF_BAND)) !== 0) return 'header';
    if ((flags & frames.FLAG_PAYLOAD) === 0) return start === end ? undefined : 'header';
    try {
      this.payload = this.#decoder.decode(view.bytes, start, end);
      return undefined;
    } catch (error) {
      this.error = error;
      return 'payload';
    }
  }

  /** Lets go of the values. */
  forget(): void {
    this.payload = undefined;
    this.extra = undefined;
    this.error = undefined;
  }

  /** For a frame whose header says nothing that can be believed. */
  blank(): void {
    this.type = 0;
    this.kind = 0;
    this.flags = 0;
    this.target = 0;
    this.sender = 0;
    this.correlation = 0;
    this.deadline = 0;
    this.forget();
  }

  #parseLong(view: FrameView, offset: number, length: number, flags: number): frames.Refusal | undefined {
    if (length < frames.LONG_HEADER_BYTES) return 'header';
    const deadline = view.floats[(offset + 16) >> 3]!;
    const payloadBytes = view.words[(offset + 28) >> 2]!;
    const contentBytes = length - frames.LONG_HEADER_BYTES;
    this.correlation = view.words[(offset + 24) >> 2]! >>> 0;
    if (!(deadline >= 0 && deadline < Number.POSITIVE_INFINITY)) return 'header';
    this.deadline = deadline;
    const hasPayload = (flags & frames.FLAG_PAYLOAD) !== 0;
    const hasExtra = (flags & frames.FLAG_EXTRA) !== 0;
    if (payloadBytes < 0 || payloadBytes > contentBytes || (!hasExtra && payloadBytes !== contentBytes))
      return 'header';
    const start = offset + frames.LONG_HEADER_BYTES;
    if ((flags & frames.FLAG_OUT_OF_BAND) !== 0) {
      return length === frames.PLACEHOLDER_BYTES ? this.#takeLarge(view.words, start >> 2, flags) : 'header';
    }
    if (!hasPayload && payloadBytes !== 0) return 'header';
    try {
      if (hasPayload) this.payload = this.#decoder.decode(view.bytes, start, start + payloadBytes);
      if (hasExtra) this.extra = this.#decoder.decode(view.bytes, start + payloadBytes, offset + length);
      return undefined;
    } catch (error) {
      this.error = error;
      return 'payload';
    }
  }

  #takeLarge(words: Int32Array, at: number, flags: number): frames.Refusal | undefined {
    const payloadId = words[at]! >>> 0;
    const payloadBytes = words[at + 1]!;
    const extraId = words[at + 2]! >>> 0;
    const extraBytes = words[at + 3]!;
    try {
      if ((flags & frames.FLAG_PAYLOAD) !== 0) {
        const part = this.#outOfBand?.take(payloadId);
        if (part === undefined || part.bytes.byteLength !== payloadBytes) return 'out-of-band';
        this.bytes += payloadBytes + movedBytes(part.transfers);
        this.payload = this.#decoder.decode(part.bytes, 0, payloadBytes, part.transfers);
      }
      if ((flags & frames.FLAG_EXTRA) !== 0) {
        const part = this.#outOfBand?.take(extraId);
        if (part === undefined || part.bytes.byteLength !== extraBytes) return 'out-of-band';
        this.bytes += extraBytes;
        this.extra = this.#decoder.decode(part.bytes, 0, extraBytes);
      }
      return undefined;
    } catch (error) {
      this.error = error;
      return 'payload';
    }
  }
}

function movedBytes(transfers: readonly ArrayBuffer[]): number {
  let bytes = 0;
  for (const { byteLength } of transfers) bytes += byteLength;
  return bytes;
}

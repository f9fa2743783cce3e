/**
 * What a writer sends out of band: encoded to buffers of their own, posted, and remembered until the reader has freed the
 * placeholder, so that these bytes are bounded. A ring that redelivers keeps them until then (in shared memory, so that
 * nothing is copied a second time), to post them again to the reader that replaces a dead one; moved buffers can't be kept.
 */
import { TroupeError } from '@troupe/protocol';
import type { FrameEncoder } from './frame.ts';
import type { OutOfBandSender } from './out-of-band.ts';

/** One frame's content. An undefined part is an undefined value. */
export interface LargeFrame {
  readonly payload: Uint8Array | undefined;
  readonly extra: Uint8Array | undefined;
  readonly transfers: readonly ArrayBuffer[];
}

interface Retained {
  /** The tail after the placeholder: freed once head has reached it. */
  readonly position: number;
  readonly id: number;
  readonly byteLength: number;
  readonly bytes: Uint8Array | undefined;
}

const NO_TRANSFERS: readonly ArrayBuffer[] = [];

export class LargeFrames {
  readonly #keeps: boolean;
  readonly #bytesMax: number;
  readonly #frameBytesMax: number;
  readonly #retained: Retained[] = [];
  #sender: OutOfBandSender | undefined;
  #byteLength = 0;
  #lastId = 0;
  #posted = 0;

  constructor(sender: OutOfBandSender | undefined, keeps: boolean, bytesMax: number, frameBytesMax: number) {
    this.#sender = sender;
    this.#keeps = keeps;
    this.#bytesMax = bytesMax;
    this.#frameBytesMax = frameBytesMax;
  }

  /** Bytes that the reader has not freed. */
  get byteLength(): number {
    return this.#byteLength;
  }

  get posted(): number {
    return this.#posted;
  }

  /** The id of the last buffer posted. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Ids are unsigned, never 0, and wrap. */
  get nextId(): number {
    return this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
  }

  get isFull(): boolean {
    return this.#byteLength >= this.#bytesMax && this.#retained.length > 0;
  }

  encode(encoder: FrameEncoder, payload: unknown, extra: unknown): LargeFrame {
    const bytes = payload === undefined ? undefined : encoder.encode(payload);
    const transfers = encoder.transfers ?? NO_TRANSFERS;
    return { payload: bytes, extra: extra === undefined ? undefined : encoder.encode(extra), transfers };
  }

  /** False where the bound leaves no room now. Throws TROUPE_FRAME_TOO_LARGE or TROUPE_FRAME_TRANSFER_REFUSED. */
  post(frame: LargeFrame, position: number): boolean {
    const byteLength = (frame.payload?.byteLength ?? 0) + (frame.extra?.byteLength ?? 0);
    const sender = this.#sender;
    if (sender === undefined || byteLength > this.#frameBytesMax)
      throw tooLarge(byteLength, sender, this.#frameBytesMax);
    if (this.#retained.length > 0 && this.#byteLength + byteLength > this.#bytesMax) return false;
    if (frame.payload !== undefined) this.#postPart(sender, frame.payload, frame.transfers, position);
    if (frame.extra !== undefined) this.#postPart(sender, frame.extra, NO_TRANSFERS, position);
    this.#posted++;
    return true;
  }

  /** Forgets what lies before head. */
  free(head: number): void {
    let count = 0;
    for (const item of this.#retained) {
      if (((head - item.position) | 0) < 0) break;
      this.#byteLength -= item.byteLength;
      count++;
    }
    if (count > 0) this.#retained.splice(0, count);
  }

  /** Posts what is kept to the reader that replaces a dead one. */
  repost(sender: OutOfBandSender): number {
    this.#sender = sender;
    let count = 0;
    for (const { id, bytes } of this.#retained) {
      if (bytes === undefined) continue;
      sender.post(id, bytes, NO_TRANSFERS);
      count++;
    }
    return count;
  }

  #postPart(sender: OutOfBandSender, bytes: Uint8Array, transfers: readonly ArrayBuffer[], position: number): void {
    const id = this.nextId;
    const byteLength = bytes.byteLength;
    const kept = this.#keeps ? inSharedMemory(bytes) : undefined;
    try {
      sender.post(id, kept ?? bytes, transfers);
    } catch (error) {
      throw new TroupeError(
        'TROUPE_FRAME_TRANSFER_REFUSED',
        `Expected ${transfers.length} moved ArrayBuffers that can be handed over, got a refusal. Move each buffer once.`,
        { cause: error },
      );
    }
    this.#lastId = id;
    this.#byteLength += byteLength;
    this.#retained.push({ position, id, byteLength, bytes: kept });
  }
}

function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}

function tooLarge(byteLength: number, sender: OutOfBandSender | undefined, max: number): TroupeError {
  const message =
    sender === undefined
      ? `Expected a message that fits in the ring's share, got one of ${byteLength} bytes. Give the ring a way out of band.`
      : `Expected a message of at most ${max} bytes, got one of ${byteLength}. Send it in parts.`;
  return new TroupeError('TROUPE_FRAME_TOO_LARGE', message, { data: { byteLength } });
}

/**
 * The way around a ring for frames that are larger than its share, and for moved ArrayBuffers.
 *
 * The writer posts the bytes and leaves a placeholder in the ring, so that FIFO holds. It posts before it publishes; the
 * reader meets the placeholder after the publish, so the message is already in the port and is taken synchronously. One
 * that is not there is missing for good: it is refused and counted, never waited for. Ids grow, so a message older than
 * the one asked for belongs to a frame that was refused, and is dropped and counted.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

export interface OutOfBandItem {
  readonly bytes: Uint8Array;
  readonly transfers: readonly ArrayBuffer[];
}

export interface OutOfBandSender {
  /** Throws where a buffer can't be handed over; then nothing was posted. */
  post(id: number, bytes: Uint8Array, transfers: readonly ArrayBuffer[]): void;
}

export interface OutOfBandReceiver {
  /** What was posted under this id, once; undefined where it is not there. */
  take(id: number): OutOfBandItem | undefined;
}

/** How many foreign or stale messages one `take` looks past. */
const SKIPS_MAX = 1024;

export class PortSender implements OutOfBandSender {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  post(id: number, bytes: Uint8Array, transfers: readonly ArrayBuffer[]): void {
    const buffer = bytes.buffer;
    const whole = bytes.byteOffset === 0 && bytes.byteLength === buffer.byteLength;
    // A slice of a pool can't be transferred: it would detach the pool. Shared memory is shared, not transferred.
    const list = whole && buffer instanceof ArrayBuffer ? [buffer, ...transfers] : [...transfers];
    this.#port.postMessage({ id, bytes, transfers }, list);
  }
}

export class PortReceiver implements OutOfBandReceiver {
  readonly #port: MessagePort;
  #ahead: { readonly id: number; readonly item: OutOfBandItem } | undefined;
  #dropped = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Messages that no frame asked for. */
  get dropped(): number {
    return this.#dropped;
  }

  take(id: number): OutOfBandItem | undefined {
    for (let skips = 0; skips < SKIPS_MAX; skips++) {
      const next = this.#ahead ?? this.#receive();
      if (next === undefined) return undefined;
      this.#ahead = undefined;
      if (next === 'foreign' || ((next.id - id) | 0) < 0) {
        this.#dropped++;
        continue;
      }
      if (next.id === id) return next.item;
      this.#ahead = next;
      return undefined;
    }
    return undefined;
  }

  #receive(): { readonly id: number; readonly item: OutOfBandItem } | 'foreign' | undefined {
    const received = receiveMessageOnPort(this.#port) as { message: unknown } | undefined;
    if (received === undefined) return undefined;
    const message = received.message;
    if (typeof message !== 'object' || message === null) return 'foreign';
    const { id, bytes, transfers } = message as { id?: unknown; bytes?: unknown; transfers?: unknown };
    // An id that is none would stand before all others for ever.
    if (!Number.isInteger(id) || !(bytes instanceof Uint8Array) || !Array.isArray(transfers)) return 'foreign';
    if (!transfers.every((transfer) => transfer instanceof ArrayBuffer)) return 'foreign';
    return { id: id as number, item: { bytes, transfers } };
  }
}

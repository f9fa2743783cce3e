/**
 * The commands that a handle sends together, as one block of bytes, which is one entry of the log: encoded once, where they
 * are proposed, and decoded where they are applied. Rings, cores, logs and disks carry it as it is. A block stands by itself:
 * whoever comes to it first in a log reads the same of it as those who have read all before.
 *
 *   session (float64) | answeredBelow (float64) | and for each command:
 *   sequence - answeredBelow (uint32) | length (uint32) | the command, as the codec writes it
 *
 * Numbers are little-endian.
 */
import * as util from 'node:util';
import { Decoder, Encoder, valueInspector } from '@troupe/codec';
import type { SessionCommand } from '@troupe/raft';

const HEAD_BYTES = 16;
const COMMAND_HEAD_BYTES = 8;
const FIRST_BYTES = 1 << 14;
/** A larger buffer is not kept for the next block. */
const KEPT_BYTES = 1 << 20;

export type CommandOfSession = Extract<SessionCommand<unknown>, { kind: 'session-command' }>;

export class BlockWriter {
  private readonly encoder = new Encoder({ inspector: valueInspector(util), root: 'command' });
  private readonly bytesMax: number;
  private bytes!: Buffer;
  private view!: DataView;
  private end = HEAD_BYTES;
  private answeredBelow = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.use(Buffer.allocUnsafe(FIRST_BYTES));
  }

  begin(session: number, answeredBelow: number): void {
    this.encoder.reset();
    this.answeredBelow = answeredBelow;
    this.view.setFloat64(0, session, true);
    this.view.setFloat64(8, answeredBelow, true);
    this.end = HEAD_BYTES;
  }

  get isEmpty(): boolean {
    return this.end === HEAD_BYTES;
  }

  /** False where it would make the block larger than it may be. @throws TROUPE_VALUE_REFUSED */
  add(sequence: number, command: unknown): boolean {
    const start = this.end + COMMAND_HEAD_BYTES;
    for (;;) {
      const { bytes, view } = this;
      const limit = Math.min(bytes.length, this.bytesMax);
      const end = start < limit ? this.encoder.encodeInto(command, bytes, start, limit) : -1;
      if (end !== -1) {
        view.setUint32(this.end, sequence - this.answeredBelow, true);
        view.setUint32(this.end + 4, end - start, true);
        this.end = end;
        return true;
      }
      if (bytes.length >= this.bytesMax) return false;
      const larger = Buffer.allocUnsafe(bytes.length * 4);
      larger.set(bytes.subarray(0, this.end));
      this.use(larger);
    }
  }

  /** In memory of its own. */
  taken(): Uint8Array {
    const taken = new Uint8Array(this.bytes.subarray(0, this.end));
    this.end = HEAD_BYTES;
    if (this.bytes.length > KEPT_BYTES) this.use(Buffer.allocUnsafe(FIRST_BYTES));
    return taken;
  }

  private use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

export class BlockReader {
  private readonly decoder = new Decoder();

  /** Calls back with each command in order: undefined for one that can't be read, and then none behind it is. */
  each(block: Uint8Array, take: (command: CommandOfSession | undefined) => void): void {
    const { decoder } = this;
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    if (block.length < HEAD_BYTES) return take(undefined);
    const session = view.getFloat64(0, true);
    const answeredBelow = view.getFloat64(8, true);
    decoder.reset();
    for (let at = HEAD_BYTES; at < block.length; ) {
      const start = at + COMMAND_HEAD_BYTES;
      if (start > block.length) return take(undefined);
      const sequence = answeredBelow + view.getUint32(at, true);
      const end = start + view.getUint32(at + 4, true);
      if (end > block.length) return take(undefined);
      let command: unknown;
      try {
        command = decoder.decode(block, start, end);
      } catch {
        return take(undefined);
      }
      take({ kind: 'session-command', session, sequence, answeredBelow, command });
      at = end;
    }
  }
}

/** Encodes records, one after the other, into pieces that are sent as they fill. */

import { Encoder, type ReferenceHook, type ValueInspector } from '@troupe/codec';

/** A piece is sent when it has so many bytes. */
const PIECE_BYTES = 1 << 16;

export class RecordWriter {
  /** In all. */
  written = 0;
  private readonly encoder: Encoder;
  private readonly maxBytes: number;
  private readonly send: (bytes: Uint8Array, ends: readonly number[]) => void;
  private buffer = new Uint8Array(PIECE_BYTES);
  private at = 0;
  private ends: number[] = [];

  constructor(
    inspector: ValueInspector,
    references: ReferenceHook,
    maxBytes: number,
    send: (bytes: Uint8Array, ends: readonly number[]) => void,
  ) {
    this.encoder = new Encoder({ inspector, references, root: 'actor' });
    this.maxBytes = maxBytes;
    this.send = send;
  }

  /** @throws TROUPE_VALUE_REFUSED */
  write(record: object): void {
    let end = this.encoder.encodeInto(record, this.buffer, this.at, this.buffer.length);
    while (end === -1) {
      if (this.at > 0) this.flush();
      else if (this.buffer.length > this.maxBytes) return this.tooMuch();
      else this.buffer = new Uint8Array(this.buffer.length * 4);
      end = this.encoder.encodeInto(record, this.buffer, this.at, this.buffer.length);
    }
    this.written += end - this.at;
    this.at = end;
    this.ends.push(end);
    if (end >= PIECE_BYTES / 2) this.flush();
  }

  /** One record alone is more than may be written. */
  private tooMuch(): void {
    this.written = Number.POSITIVE_INFINITY;
  }

  flush(): void {
    if (this.at === 0) return;
    const { ends } = this;
    const bytes = this.buffer.slice(0, this.at);
    this.at = 0;
    this.ends = [];
    this.send(bytes, ends);
  }
}

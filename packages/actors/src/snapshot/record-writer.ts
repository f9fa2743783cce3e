/** Encodes records, one after the other, into pieces that are sent as they fill. */

import { Encoder, type ReferenceHook, type ValueInspector } from '@troupe/codec';

/** A piece is sent when it has so many bytes. */
const PIECE_BYTES = 1 << 16;

export type SendPiece = (bytes: Uint8Array, ends: readonly number[]) => void;

export class RecordWriter {
  /** Bytes in all; infinitely many where a record alone is more than may be written. */
  written = 0;
  private readonly encoder: Encoder;
  private maxBytes = 0;
  private send: SendPiece = () => {};
  private buffer = new Uint8Array(PIECE_BYTES);
  private at = 0;
  private ends: number[] = [];

  constructor(inspector: ValueInspector, references: ReferenceHook) {
    this.encoder = new Encoder({ inspector, references, root: 'actor' });
  }

  /** A stream of its own. What the encoder has learnt of shapes it keeps: to learn it anew takes longer than to write. */
  begin(maxBytes: number, send: SendPiece): void {
    this.encoder.reset();
    this.maxBytes = maxBytes;
    this.send = send;
    this.written = 0;
    this.at = 0;
    this.ends = [];
    if (this.buffer.length > PIECE_BYTES) this.buffer = new Uint8Array(PIECE_BYTES);
  }

  /** @throws TROUPE_VALUE_REFUSED */
  write(record: object): void {
    let end = this.encoder.encodeInto(record, this.buffer, this.at, this.buffer.length);
    while (end === -1) {
      if (this.at > 0) this.flush();
      else if (this.buffer.length > this.maxBytes) {
        this.written = Number.POSITIVE_INFINITY;
        return;
      } else this.buffer = new Uint8Array(this.buffer.length * 4);
      end = this.encoder.encodeInto(record, this.buffer, this.at, this.buffer.length);
    }
    this.written += end - this.at;
    this.at = end;
    this.ends.push(end);
    if (end >= PIECE_BYTES / 2) this.flush();
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

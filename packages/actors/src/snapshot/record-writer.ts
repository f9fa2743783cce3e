/** Encodes records, one after the other, into pieces that are sent as they fill. */

import { Encoder, type ReferenceHook, type ValueInspector } from '@troupe/codec';

/** Of one piece: so that it has room within a ring of the usual size, and need not go by a port. */
const PIECE_BYTES = 24 * 1024;
/** It is sent when there is no more room in it than this. */
const REST_BYTES = 1024;

/** Records, each from one end to the next; pieces are read in their order. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export type SendPiece = (piece: Piece) => void;

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
    if (end >= PIECE_BYTES - REST_BYTES) this.flush();
  }

  flush(): void {
    if (this.at === 0) return;
    const piece = { bytes: this.buffer.slice(0, this.at), ends: Uint32Array.from(this.ends) };
    this.at = 0;
    this.ends = [];
    this.send(piece);
  }
}

/** Whether it is pieces, whoever says so: none of its ends leads out of it, or back. */
export function isPiece({ bytes, ends }: { readonly bytes: unknown; readonly ends: unknown }): boolean {
  if (!(bytes instanceof Uint8Array && ends instanceof Uint32Array)) return false;
  let at = 0;
  for (const end of ends) {
    if (end <= at) return false;
    at = end;
  }
  return at === bytes.length;
}

/** What the actors of the index say to one another. Those that know each other write their protocols as interfaces. */

import type { Ref } from 'troupe';
import type { Piece, Skip } from './piece.ts';

/** Read this piece, and deliver its identifiers to these shards. */
export interface Order {
  readonly piece: Piece;
  readonly shards: readonly number[];
}

/** One piece's identifiers that belong to one shard. Delivered again until confirmed: the piece's id tells repeats. */
export interface Batch {
  readonly piece: number;
  readonly words: readonly string[];
  readonly counts: readonly number[];
}

/** The shard of this incarnation holds the batch; if it is a repeat, it did already. */
export interface Ack {
  readonly incarnation: number;
  readonly isRepeat: boolean;
}

/** What became of an order. */
export interface Report {
  readonly reader: number;
  readonly piece: number;
  /** By shard. */
  readonly acks: ReadonlyMap<number, Ack>;
  readonly skipped: readonly Skip[];
  /** Deliveries that had to be made again. */
  readonly retries: number;
}

/** A shard's words, a few at a time. */
export interface Entries {
  readonly incarnation: number;
  readonly words: readonly string[];
  readonly counts: readonly number[];
}

export interface LedgerProtocol {
  list(pieces: readonly Piece[]): void;
  /** There are no more. */
  listed(): void;
  /** A shard starts, and so holds nothing. Answers with its incarnation. */
  shardStarts(shard: number): number;
  /** A reader starts, and so has no orders. */
  readerStarts(start: { readonly reader: number; readonly ref: Ref<ReaderProtocol> }): void;
  report(report: Report): void;
}

export interface ReaderProtocol {
  read(order: Order): void;
}

export interface ShardProtocol {
  add(batch: Batch): Ack;
  entries(): AsyncIterable<Entries>;
}

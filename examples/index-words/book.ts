/**
 * The book of the index: which shard holds which piece, which reader works on which. Plain data and plain functions; the
 * ledger is the actor around it.
 *
 * A piece is settled when every shard, in its present incarnation, has confirmed its batch of the piece. When a shard
 * starts again it holds nothing, and all settled pieces are ordered again, for that shard alone. Nothing counts twice: a
 * shard tells repeats by the piece's id, and a confirmation by an earlier incarnation counts for nothing.
 */

import type { Piece, Skip } from './piece.ts';
import type { Order, Report } from './protocol.ts';

interface Entry {
  readonly piece: Piece;
  state: 'waiting' | 'ordered' | 'settled';
  /** As it was read last. */
  skipped: readonly Skip[];
}

export interface Book {
  readonly entries: Entry[];
  isListed: boolean;
  settled: number;
  /** Ids of pieces that wait for a reader, from `next` on; some may have been settled meanwhile. */
  readonly queue: number[];
  next: number;
  readonly shards: { incarnation: number; held: Set<number> }[];
  /** The pieces that each reader has been told to read. */
  readonly readers: { starts: number; orders: Set<number> }[];
  /** Files that add nothing. */
  readonly skipped: Record<Skip, number>;
  retries: number;
  repeats: number;
  /** Confirmations that were lost with a shard's state, and had to be won again. */
  lost: number;
}

export interface Progress {
  readonly pieces: number;
  /** Batches that shards hold, of those that they must. */
  readonly confirmed: number;
  readonly batches: number;
  readonly isListed: boolean;
  readonly isComplete: boolean;
  /** Of each shard. */
  readonly incarnations: readonly number[];
  /** Of each reader. */
  readonly readerStarts: readonly number[];
  /** Files, by reason. */
  readonly skipped: Readonly<Record<Skip, number>>;
  readonly retries: number;
  readonly repeats: number;
  readonly lost: number;
}

/** Orders that a reader may have at once: one under way, and one so that it need not wait for the next. */
const ORDERS_MAX = 2;
/** A queue of which so much is done is cut. */
const QUEUE_DONE_MAX = 4_096;

export function newBook(shards: number, readers: number): Book {
  return {
    entries: [],
    isListed: false,
    settled: 0,
    queue: [],
    next: 0,
    shards: Array.from({ length: shards }, () => ({ incarnation: 0, held: new Set() })),
    readers: Array.from({ length: readers }, () => ({ starts: 0, orders: new Set() })),
    skipped: { binary: 0, unreadable: 0, changed: 0 },
    retries: 0,
    repeats: 0,
    lost: 0,
  };
}

/** Pieces come in the order of their ids, from 0. */
export function list(book: Book, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    book.entries.push({ piece, state: 'waiting', skipped: [] });
    book.queue.push(piece.id);
  }
}

/** What the shard held is lost. @returns its new incarnation */
export function startShard(book: Book, shard: number): number {
  const started = at(book.shards, shard);
  book.lost += started.held.size;
  started.held = new Set();
  started.incarnation++;
  for (const entry of book.entries) {
    if (entry.state !== 'settled') continue;
    book.settled--;
    wait(book, entry);
  }
  return started.incarnation;
}

/** What the reader was told to read is read by whoever is free. */
export function startReader(book: Book, reader: number): void {
  const started = at(book.readers, reader);
  started.starts++;
  for (const id of started.orders) {
    const entry = at(book.entries, id);
    if (entry.state === 'ordered') wait(book, entry);
  }
  started.orders.clear();
}

/** The next order for this reader, if it may have one. */
export function takeOrder(book: Book, reader: number): Order | undefined {
  const { orders } = at(book.readers, reader);
  while (orders.size < ORDERS_MAX && book.next < book.queue.length) {
    const entry = at(book.entries, at(book.queue, book.next++));
    if (book.next >= QUEUE_DONE_MAX) {
      book.queue.splice(0, book.next);
      book.next = 0;
    }
    if (entry.state !== 'waiting') continue;
    entry.state = 'ordered';
    orders.add(entry.piece.id);
    return { piece: entry.piece, shards: lacking(book, entry.piece.id) };
  }
  return undefined;
}

export function take(book: Book, report: Report): void {
  const entry = at(book.entries, report.piece);
  const wasOrdered = at(book.readers, report.reader).orders.delete(report.piece);
  book.retries += report.retries;
  for (const [shard, ack] of report.acks) {
    if (ack.isRepeat) book.repeats++;
    const { incarnation, held } = at(book.shards, shard);
    if (ack.incarnation === incarnation) held.add(report.piece);
  }
  for (const skip of entry.skipped) book.skipped[skip]--;
  for (const skip of report.skipped) book.skipped[skip]++;
  entry.skipped = report.skipped;
  if (entry.state === 'settled') return;
  if (lacking(book, report.piece).length === 0) {
    entry.state = 'settled';
    book.settled++;
  } else if (wasOrdered) wait(book, entry);
}

export function progressOf(book: Book): Progress {
  const isStarted = book.shards.every(({ incarnation }) => incarnation > 0);
  return {
    pieces: book.entries.length,
    confirmed: book.shards.reduce((sum, { held }) => sum + held.size, 0),
    batches: book.entries.length * book.shards.length,
    isListed: book.isListed,
    isComplete: isStarted && book.isListed && book.settled === book.entries.length,
    incarnations: book.shards.map(({ incarnation }) => incarnation),
    readerStarts: book.readers.map(({ starts }) => starts),
    skipped: { ...book.skipped },
    retries: book.retries,
    repeats: book.repeats,
    lost: book.lost,
  };
}

function lacking(book: Book, piece: number): number[] {
  return book.shards.flatMap(({ held }, shard) => (held.has(piece) ? [] : [shard]));
}

function wait(book: Book, entry: Entry): void {
  entry.state = 'waiting';
  book.queue.push(entry.piece.id);
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`Expected an index below ${list.length}, got ${index}.`);
  return found;
}

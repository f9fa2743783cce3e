import { describe, expect, it } from 'vitest';
import { type Book, list, newBook, progressOf, startReader, startShard, take, takeOrder } from './book.ts';
import type { Order } from './protocol.ts';

const SHARDS = 3;

function bookOf(pieces: number, readers = 2): Book {
  const book = newBook(SHARDS, readers);
  for (let shard = 0; shard < SHARDS; shard++) startShard(book, shard);
  for (let reader = 0; reader < readers; reader++) startReader(book, reader);
  list(
    book,
    Array.from({ length: pieces }, (_, id) => ({ id, slices: [] })),
  );
  book.isListed = true;
  return book;
}

/** The order is carried out by shards of these incarnations. */
function report(book: Book, reader: number, order: Order, incarnations = incarnationsOf(book), isRepeat = false): void {
  const acks = new Map(order.shards.map((shard) => [shard, { incarnation: incarnations[shard] ?? 0, isRepeat }]));
  take(book, { reader, piece: order.piece.id, acks, skipped: [], retries: 0 });
}

const incarnationsOf = (book: Book): readonly number[] => progressOf(book).incarnations;
const mustTake = (book: Book, reader: number): Order => {
  const order = takeOrder(book, reader);
  if (order === undefined) throw new Error('Expected an order, got none.');
  return order;
};

function finish(book: Book): void {
  for (let order = takeOrder(book, 0); order !== undefined; order = takeOrder(book, 0)) report(book, 0, order);
}

describe('the book of the index', () => {
  it('is complete when every shard has confirmed every piece, and not before all are listed', () => {
    const book = bookOf(5);
    book.isListed = false;
    finish(book);
    expect(progressOf(book)).toMatchObject({ confirmed: 15, batches: 15, isComplete: false });
    book.isListed = true;
    expect(progressOf(book).isComplete).toBe(true);
  });

  it('is not complete before its shards have started', () => {
    const book = newBook(SHARDS, 1);
    book.isListed = true;
    expect(progressOf(book).isComplete).toBe(false);
  });

  it('gives a reader no more than two orders at once', () => {
    const book = bookOf(5);
    const first = mustTake(book, 0);
    mustTake(book, 0);
    expect(takeOrder(book, 0)).toBeUndefined();
    report(book, 0, first);
    expect(mustTake(book, 0).piece.id).toBe(2);
  });

  it('orders all pieces again for a shard that starts again, and for that shard alone', () => {
    const book = bookOf(4);
    finish(book);
    expect(startShard(book, 1)).toBe(2);
    expect(progressOf(book)).toMatchObject({ confirmed: 8, isComplete: false, lost: 4 });
    expect(mustTake(book, 1).shards).toEqual([1]);
    startReader(book, 1);
    finish(book);
    expect(progressOf(book)).toMatchObject({ confirmed: 12, isComplete: true });
  });

  it('takes a confirmation by an earlier incarnation for nothing', () => {
    const book = bookOf(1);
    const order = mustTake(book, 0);
    const before = incarnationsOf(book);
    startShard(book, 2);
    report(book, 0, order, before);
    expect(progressOf(book)).toMatchObject({ confirmed: 2, isComplete: false });
    expect(mustTake(book, 0)).toMatchObject({ piece: { id: 0 }, shards: [2] });
  });

  it('gives the orders of a reader that starts again to whoever is free; a late report still counts', () => {
    const book = bookOf(1);
    const order = mustTake(book, 0);
    startReader(book, 0);
    const again = mustTake(book, 1);
    expect(again).toEqual(order);
    report(book, 0, order);
    expect(progressOf(book).isComplete).toBe(true);
    report(book, 1, again, incarnationsOf(book), true);
    expect(progressOf(book)).toMatchObject({ isComplete: true, confirmed: 3, repeats: 3 });
  });

  it('counts what was skipped once, however often it was read', () => {
    const book = bookOf(1);
    for (const shard of [0, 1]) {
      const { piece, shards } = mustTake(book, 0);
      const acks = new Map(
        shards.map((one) => [one, { incarnation: incarnationsOf(book)[one] ?? 0, isRepeat: false }]),
      );
      take(book, { reader: 0, piece: piece.id, acks, skipped: ['binary', 'unreadable'], retries: 0 });
      expect(progressOf(book).skipped).toEqual({ binary: 1, unreadable: 1, changed: 0 });
      startShard(book, shard);
    }
  });

  it('completes whatever starts again, in any order', () => {
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed;
      const draw = (n: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % n;
      };
      const book = bookOf(20);
      const open: { reader: number; order: Order; incarnations: readonly number[] }[] = [];
      for (let step = 0; step < 200; step++) {
        const reader = draw(2);
        const order = draw(3) > 0 ? takeOrder(book, reader) : undefined;
        if (order !== undefined) open.push({ reader, order, incarnations: incarnationsOf(book) });
        else if (open.length > 0 && draw(4) > 0) {
          const [one] = open.splice(draw(open.length), 1);
          if (one !== undefined) report(book, one.reader, one.order, one.incarnations);
        }
        if (draw(20) === 0) startShard(book, draw(SHARDS));
        if (draw(20) === 0) startReader(book, reader);
      }
      startReader(book, 0);
      startReader(book, 1);
      finish(book);
      expect(progressOf(book), `seed ${seed}`).toMatchObject({ isComplete: true, confirmed: 60 });
    }
  });
});

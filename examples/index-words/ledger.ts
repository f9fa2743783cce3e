/** The actor that keeps the book: it gives readers their orders, and hears from shards that they start. */

import { defineActor, type Ref } from 'troupe';
import { type Book, list, newBook, progressOf, startReader, startShard, take, takeOrder } from './book.ts';
import type { Piece } from './piece.ts';
import type { ReaderProtocol, Report } from './protocol.ts';

interface State {
  readonly book: Book;
  readonly readers: (Ref<ReaderProtocol> | undefined)[];
}

export const Ledger = defineActor(import.meta, 'Ledger', {
  init: (size: { readonly shards: number; readonly readers: number }): State => ({
    book: newBook(size.shards, size.readers),
    readers: Array.from({ length: size.readers }, () => undefined),
  }),
  on: {
    list(state, pieces: readonly Piece[]) {
      list(state.book, pieces);
      giveOrders(state);
    },
    listed(state) {
      state.book.isListed = true;
    },
    shardStarts(state, shard: number) {
      const incarnation = startShard(state.book, shard);
      giveOrders(state);
      return incarnation;
    },
    readerStarts(state, { reader, ref }: { readonly reader: number; readonly ref: Ref<ReaderProtocol> }) {
      state.readers[reader] = ref;
      startReader(state.book, reader);
      giveOrders(state);
    },
    report(state, report: Report) {
      take(state.book, report);
      giveOrders(state);
    },
    progress: (state) => progressOf(state.book),
  },
});

/** One a reader in turn, so that all have work before any has two. */
function giveOrders({ book, readers }: State): void {
  for (let given = true; given; ) {
    given = false;
    for (const [reader, ref] of readers.entries()) {
      const order = ref && takeOrder(book, reader);
      if (order === undefined) continue;
      ref?.tell.read(order);
      given = true;
    }
  }
}

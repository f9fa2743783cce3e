/** Two that add one to what they read: as two clerks do at one book. */
import { defineActor, type Ref } from '@troupe/actors';

interface BookProtocol {
  read(): number;
  write(value: number): void;
}

export const Book = defineActor(import.meta, 'Book', {
  init: () => ({ value: 0 }),
  on: {
    read: (state) => state.value,
    write(state, value: number) {
      state.value = value;
    },
    add(state, by: number) {
      state.value += by;
    },
  },
});

export const Clerk = defineActor(import.meta, 'Clerk', {
  init: (book: Ref<BookProtocol>) => ({ book }),
  on: {
    /** Between reading and writing, another may write. */
    async addOne({ book }) {
      await book.ask.write((await book.ask.read()) + 1);
    },
    write({ book }, value: number) {
      book.tell.write(value);
    },
  },
});

interface KeeperState {
  readonly book: Ref<BookProtocol>;
  kept: number;
}

/** Keeps a value in a book elsewhere, since a crash takes its own. */
export const Keeper = defineActor(import.meta, 'Keeper', {
  init: (book: Ref<BookProtocol>): KeeperState => ({ book, kept: 0 }),
  on: {
    async keep({ book }, value: number) {
      await book.ask.write(value);
      return value;
    },
    /** As it is got wrong: it writes a little later, all at once. */
    keepLazily(state: KeeperState, value: number, ctx) {
      state.kept = value;
      ctx.after(10, 'flush');
      return value;
    },
    flush({ book, kept }: KeeperState) {
      book.tell.write(kept);
    },
  },
});

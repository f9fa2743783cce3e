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
  },
});

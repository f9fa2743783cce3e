/** Clerks that keep one book. */
import { defineActor, type Ref } from 'troupe';

export interface BookProtocol {
  read(): number;
  write(value: number): void;
  add(by: number): void;
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
    /** One message: nobody comes in between. */
    async count({ book }) {
      await book.ask.add(1);
    },
    /** As it is got wrong: between reading and writing, another may write. */
    async countByHand({ book }) {
      await book.ask.write((await book.ask.read()) + 1);
    },
  },
});

/** A fast producer and a slow consumer. Nothing in either says "slow down": the consumer's bounded mailbox does. */

import { defineActor, type Ref } from 'troupe';

export interface Item {
  readonly serial: number;
  readonly text: string;
}

export interface ConsumerProtocol {
  item(item: Item): void;
}

/** Messages that may wait for the consumer. With `block`, the default, who sends more takes no next message until there is room. */
export const CAPACITY = 32;
/** Characters of an item. */
export const ITEM_SIZE = 1_024;
/** The consumer rests a millisecond after so many items. */
const RESTS_AFTER = 64;

export const Producer = defineActor(import.meta, 'Producer', {
  init: (consumer: Ref<ConsumerProtocol>) => ({ consumer, made: 0 }),
  on: {
    // One item a message: between two messages is where an actor is paused.
    produce(state, items: number, ctx) {
      state.consumer.tell.item({ serial: state.made++, text: 'x'.repeat(ITEM_SIZE) });
      if (items > 1) ctx.self.tell.produce(items - 1);
    },
  },
});

export const Consumer = defineActor(import.meta, 'Consumer', {
  init: () => ({ taken: 0, inOrder: true }),
  mailbox: { capacity: CAPACITY, overflow: 'block' },
  on: {
    async item(state, { serial }: Item, ctx) {
      state.inOrder &&= serial === state.taken;
      state.taken++;
      if (state.taken % RESTS_AFTER === 0) await ctx.sleep(1);
    },
    summary: (state) => state,
  },
});

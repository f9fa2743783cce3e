/** Actors that simulations are tried on. They know nothing of simulation. */
import { defineActor, type Ref } from '@troupe/actors';

interface CounterProtocol {
  add(by: number): void;
  get(): number;
}

export const Counter = defineActor(import.meta, 'counter', {
  init: (start?: number) => ({ count: start ?? 0 }),
  on: {
    add(state, by: number) {
      state.count += by;
    },
    get: (state) => state.count,
    async slowGet(state, delay: number, ctx) {
      await ctx.sleep(delay);
      return state.count;
    },
    crash(): void {
      throw new Error('told to fail');
    },
  },
});

/** Does now and then what is allowed but rare. */
export const Rare = defineActor(import.meta, 'rare', {
  init: () => ({}),
  on: { isRare: (_state, label: string, ctx) => ctx.buggify(label) },
});

/** Tells another, at a pace, and asks it in between. */
export const Walker = defineActor(import.meta, 'walker', {
  init: (other: Ref<CounterProtocol>) => ({ other, steps: 0, seen: 0 }),
  on: {
    start(_state, every: number, ctx) {
      ctx.every(every, 'step');
    },
    async step(state, _payload: undefined, ctx) {
      state.steps++;
      state.other.tell.add(1 + ctx.choose('step', 3));
      state.seen = await state.other.ask.get();
    },
    report: (state) => ({ steps: state.steps, seen: state.seen }),
  },
});

import { defineActor } from 'troupe';

export const Counter = defineActor(import.meta, 'Counter', {
  /** @param {number} start */
  init: (start) => ({ count: start }),
  on: {
    /** @param {number} by */
    add(state, by) {
      if (!Number.isFinite(by)) throw new TypeError(`Expected a number, got ${by}.`);
      state.count += by;
    },
    get: (state) => state.count,
    where: (_state, _payload, ctx) => ctx.node,
    /** @param {number} n */
    async *upTo(state, n) {
      while (state.count < n) yield ++state.count;
    },
  },
});

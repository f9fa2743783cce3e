import { defineActor } from 'troupe';

export const Greeter = defineActor(import.meta, 'Greeter', {
  init: (greeting: string) => ({ greeting, greeted: 0 }),
  on: {
    greet(state, whom: string, ctx) {
      state.greeted++;
      return `${state.greeting}, ${whom}, from ${ctx.node}!`;
    },
    greeted: (state) => state.greeted,
  },
});

/** What `troupe doctor` spawns on every node. */

import { defineActor } from '@troupe/actors';

export const Echo = defineActor(import.meta, 'Echo', {
  init: (_?: undefined) => ({ heard: 0 }),
  on: {
    echo: (_state, value: unknown) => value,
    hear(state, _n: number) {
      state.heard++;
    },
    heard: (state) => state.heard,
  },
});

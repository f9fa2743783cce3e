/** What `troupe doctor` spawns on every node. */

import { defineActor } from '@troupe/actors';

/** Anything that can be sent. */
type Value = object | string | number | bigint | boolean | undefined;

export const Echo = defineActor(import.meta, 'Echo', {
  init: (_?: undefined) => ({ heard: 0 }),
  on: {
    echo: (_state, value: Value) => value,
    hear(state, _n: number) {
      state.heard++;
    },
    heard: (state) => state.heard,
  },
});

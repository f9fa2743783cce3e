import { defineActor } from 'troupe';

/** Keeps its thread from doing anything else, until the watchdog ends that. */
export const Hog = defineActor(import.meta, 'Hog', {
  init: () => ({}),
  on: {
    hang() {
      for (;;);
    },
  },
});

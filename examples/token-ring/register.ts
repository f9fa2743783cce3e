/** What the mutex protects: it notices when two are inside, and refuses whoever comes with an old fencing number. */

import { defineActor, Refusal } from 'troupe';

export interface RegisterProtocol {
  enter(entry: Entry): void;
  leave(entry: Entry): void;
}

export interface Entry {
  readonly who: string;
  readonly fence: number;
}

export const Register = defineActor(import.meta, 'Register', {
  init: () => ({ inside: undefined as Entry | undefined, fence: 0, entries: [] as Entry[] }),
  on: {
    enter(state, entry: Entry) {
      if (state.inside !== undefined) throw new Refusal(`Expected nobody inside, got ${state.inside.who}.`);
      if (entry.fence <= state.fence) throw new Refusal(`Expected a fence above ${state.fence}, got ${entry.fence}.`);
      state.inside = entry;
      state.fence = entry.fence;
      state.entries.push(entry);
    },
    leave(state, { who, fence }: Entry) {
      if (state.inside?.who !== who || state.inside.fence !== fence) throw new Refusal(`Expected ${who} to be inside.`);
      state.inside = undefined;
    },
    entries: (state) => state.entries,
  },
});

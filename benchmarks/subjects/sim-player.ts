/** Plays a ball on to the next player, with handlers of both sorts. */
import { defineActor, type Ref } from 'troupe';

export interface PlayerProtocol {
  next(player: Ref<PlayerProtocol>): void;
  hit(left: number): void;
  hitAsync(left: number): Promise<void>;
  hits(): number;
}

interface State {
  next: Ref<PlayerProtocol> | undefined;
  hits: number;
}

export const SimPlayer = defineActor(import.meta, 'SimPlayer', {
  init: (): State => ({ next: undefined, hits: 0 }),
  on: {
    next(state, player: Ref<PlayerProtocol>) {
      state.next = player;
    },
    hit(state, left: number) {
      state.hits++;
      if (left > 0) state.next?.tell.hit(left - 1);
    },
    async hitAsync(state, left: number) {
      await undefined;
      state.hits++;
      if (left > 0) state.next?.tell.hitAsync(left - 1);
    },
    hits: (state) => state.hits,
  },
});

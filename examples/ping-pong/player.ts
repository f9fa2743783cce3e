/** Two players tell each other the ball, on whichever nodes they are. Each knows the other by its protocol alone. */

import { defineActor, type Ref } from 'troupe';

export interface Player {
  ball(ball: Ball): void;
}

export interface Ball {
  /** How often it is still to be hit. */
  readonly left: number;
  readonly from: Ref<Player>;
}

export interface Score {
  hits: number;
  /** The last hit was this player's. */
  isDone: boolean;
}

export const PingPong = defineActor(import.meta, 'PingPong', {
  init: (): Score => ({ hits: 0, isDone: false }),
  on: {
    serve(state, { to, hits }: { readonly to: Ref<Player>; readonly hits: number }, ctx) {
      state.isDone = false;
      to.tell.ball({ left: hits, from: ctx.self });
    },
    ball(state, { left, from }: Ball, ctx) {
      state.hits++;
      if (left > 1) from.tell.ball({ left: left - 1, from: ctx.self });
      else state.isDone = true;
    },
    score: (state) => state,
  },
});

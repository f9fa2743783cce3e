/** Actors whose system is photographed. Worker threads import this module by its URL. */
import { defineActor, type Ref } from 'troupe';

interface PlayerProtocol {
  meet(peers: readonly Ref<PlayerProtocol>[]): void;
  pass(token: Token): void;
  rest(): void;
}

export interface Token {
  readonly number: number;
  readonly hops: number;
}

/** Hops on this thread, and the longest time between two beats of its metronome. Milliseconds. */
const node = { hops: 0, beatAt: 0, pause: 0 };

/** Its state is some hundred bytes. */
export const Player = defineActor(import.meta, 'SnapshotPlayer', {
  init: (number: number) => ({
    number,
    name: `player ${number}`,
    balance: 100,
    last: [0, 0, 0, 0],
    peers: [] as readonly Ref<PlayerProtocol>[],
  }),
  on: {
    meet(state, peers: readonly Ref<PlayerProtocol>[]) {
      state.peers = peers;
    },
    pass(state, { number, hops }: Token, ctx) {
      node.hops++;
      state.last[hops & 3] = number;
      state.peers[Math.trunc(ctx.random() * state.peers.length)]!.tell.pass({ number, hops: hops + 1 });
    },
    /** What comes after it waits. */
    async rest(_state, _payload: undefined, ctx) {
      await ctx.sleep(1_000_000_000);
    },
  },
  mailbox: { capacity: 100_000 },
});

export type PlayerRef = Ref<PlayerProtocol>;

interface MetronomeProtocol {
  beat(): void;
}

export const Metronome = defineActor(import.meta, 'SnapshotMetronome', {
  init: (_?: undefined) => ({}),
  hooks: {
    started(_state, ctx) {
      (ctx.self as Ref<MetronomeProtocol>).tell.beat();
    },
  },
  on: {
    beat(_state, _payload: undefined, ctx) {
      const now = performance.now();
      if (node.beatAt > 0) node.pause = Math.max(node.pause, now - node.beatAt);
      node.beatAt = now;
      (ctx.self as Ref<MetronomeProtocol>).tell.beat();
    },
    /** What this thread has seen since it was asked last. */
    read() {
      const { hops, pause } = node;
      node.hops = 0;
      node.pause = 0;
      return { hops, pause };
    },
  },
});

/** Spawns on its own node, and tells them whom they know. */
export const Builder = defineActor(import.meta, 'SnapshotBuilder', {
  init: (_?: undefined) => ({ players: [] as PlayerRef[] }),
  on: {
    async build(state, { first, count }: { readonly first: number; readonly count: number }, ctx) {
      for (let at = 0; at < count; at++) state.players.push((await ctx.spawn(Player, first + at)) as PlayerRef);
      return state.players;
    },
    connect(state, { all, peers }: { readonly all: readonly PlayerRef[]; readonly peers: number }, ctx) {
      for (const player of state.players)
        player.tell.meet(Array.from({ length: peers }, () => all[Math.trunc(ctx.random() * all.length)]!));
    },
  },
});

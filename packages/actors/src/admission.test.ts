import { describe, expect, it } from 'vitest';
import { defineActor } from './definition.ts';
import type { Ref } from './ref.ts';
import { testSystem } from './testkit/index.ts';

interface Peer {
  take(n: number): void;
  ping(): string;
  flood(order: { to: Ref<Peer>; count: number }): void;
  askAfter(order: { who: Ref<Peer>; delay: number }): Promise<string>;
}

const PeerActor = defineActor(import.meta, 'Peer', {
  init: () => ({ taken: [] as number[] }),
  mailbox: { capacity: 4 },
  on: {
    take(state, n: number) {
      state.taken.push(n);
    },
    taken: (state) => state.taken,
    ping: () => 'pong',
    flood(_state, { to, count }: { to: Ref<Peer>; count: number }) {
      for (let n = 0; n < count; n++) to.tell.take(n);
    },
    async askAfter(_state, { who, delay }: { who: Ref<Peer>; delay: number }, ctx) {
      await ctx.sleep(delay);
      return who.ask.ping();
    },
  },
});

describe('a blocked sender', () => {
  it('is let go on where the actor that it waits for waits for its answer', async () => {
    await using system = testSystem();
    const [asks, floods] = [await system.spawn(PeerActor), await system.spawn(PeerActor)];
    const answer = asks.ask.askAfter({ who: floods, delay: 10 });
    await system.settle();
    floods.tell.flood({ to: asks, count: 9 });
    await system.settle();
    expect(system.counters().get('main')).toMatchObject({ blocked: 1, blockCyclesBroken: 0 });
    await system.advance(1_000);
    expect(await answer).toBe('pong');
    expect(system.counters().get('main')?.blockCyclesBroken).toBe(1);
    expect(await asks.ask.taken()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('waits on where nobody waits for it', async () => {
    await using system = testSystem();
    const [busy, floods] = [await system.spawn(PeerActor), await system.spawn(PeerActor)];
    const other = await system.spawn(PeerActor);
    const answer = busy.ask.askAfter({ who: other, delay: 2_000 });
    await system.settle();
    floods.tell.flood({ to: busy, count: 9 });
    const pong = floods.ask.ping();
    let isAnswered = false;
    void pong.then(() => {
      isAnswered = true;
    });
    await system.advance(1_900);
    expect(isAnswered).toBe(false);
    await system.advance(200);
    expect([await answer, await pong]).toEqual(['pong', 'pong']);
  });
});

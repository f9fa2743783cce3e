import { expect, test } from 'vitest';
import { defineActor } from '../definition.ts';
import { testSystem } from '../testkit/index.ts';

const Sleeper = defineActor(import.meta, 'snapshot-sleeper', {
  init: () => ({ slept: 0 }),
  on: {
    async sleep(state, delay: number, ctx) {
      await ctx.sleep(delay);
      state.slept += delay;
    },
    later(_state, delay: number, ctx) {
      ctx.after(delay, 'sleep', 1);
    },
    async *numbers() {
      for (let number = 0; ; number++) yield number;
    },
    async ask(_state, other: { ask: { sleep(delay: number): Promise<void> } }) {
      await other.ask.sleep(1_000);
    },
  },
});

test('a system of the test kit is photographed under virtual time, without moving it', async () => {
  await using system = testSystem();
  const sleeper = await system.spawn(Sleeper);
  sleeper.tell.later(500);
  await system.advance(200);
  const before = system.now;
  const { actors } = await system.snapshot();
  expect(system.now).toBe(before);
  expect(actors[0]?.timers).toMatchObject([{ kind: 'sleep', payload: 1, left: 300 }]);
});

test('one that awaits is listed with what it handles and has asked, and one that streams', async () => {
  await using system = testSystem();
  const [asker, asked, streamer] = [
    await system.spawn(Sleeper),
    await system.spawn(Sleeper),
    await system.spawn(Sleeper),
  ];
  asker.tell.ask(asked as never);
  const numbers = streamer.stream.numbers();
  await numbers.next();
  const { actors, suspended } = await system.snapshot();
  expect(suspended.map(({ why }) => why)).toEqual(['it awaits', 'it awaits', 'it streams']);
  expect(actors[0]?.asks).toMatchObject([{ kind: 'sleep', left: 5_000, target: { id: actors[1]?.id } }]);
  expect(actors[1]?.serving).toMatchObject({
    kind: 'sleep',
    payload: 1_000,
    wants: 'an answer',
    sender: { id: actors[0]?.id },
  });
  await numbers.return?.();
});

test('a moment without suspended actors is waited for by the system’s own clock', async () => {
  await using system = testSystem();
  const sleeper = await system.spawn(Sleeper);
  sleeper.tell.sleep(300);
  await system.settle();
  const taking = system.snapshot({ whenIdle: true });
  await system.advance(400);
  expect((await taking).actors[0]?.state).toEqual({ slept: 300 });
});

test('what goes on from one has its timers fire when they would have', async () => {
  const snapshot = await (async () => {
    await using system = testSystem();
    const sleeper = await system.spawn(Sleeper);
    sleeper.tell.later(500);
    await system.advance(200);
    return await system.snapshot();
  })();
  await using system = testSystem();
  await system.restore(snapshot);
  await system.advance(299);
  expect((await system.snapshot()).actors[0]?.timers).toHaveLength(1);
  await system.advance(10);
  expect((await system.snapshot()).actors[0]).toMatchObject({ timers: [], state: { slept: 1 } });
});

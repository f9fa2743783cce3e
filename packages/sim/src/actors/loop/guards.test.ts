import { expect, test } from 'vitest';
import { tameChooser } from '../../choices/chooser.ts';
import { SANDBOX_DEFAULTS } from '../../run/sandbox.ts';
import { simulate } from '../../run/simulate.ts';
import { runActors } from '../actor-run.ts';
import { defineActorSimulation } from '../actor-simulation.ts';
import { type Act, Offender } from './guards.fixture.ts';

const doing = (what: Act) =>
  runActors(
    defineActorSimulation({
      name: 'offence',
      nodes: 1,
      livenessTicks: 6_000,
      run: async (system) => {
        const offender = await system.spawn(Offender, undefined, { node: 'n1' });
        await offender.ask.act(what);
      },
    }),
    tameChooser,
  );

test.each<[Act, string]>([
  ['Date.now', 'TROUPE_SIM_TIME'],
  ['new Date()', 'TROUPE_SIM_TIME'],
  ['performance.now', 'TROUPE_SIM_TIME'],
  ['process.hrtime', 'TROUPE_SIM_TIME'],
  ['Math.random', 'TROUPE_SIM_RANDOM'],
  ['setTimeout', 'TROUPE_SIM_TIMER'],
  ['setInterval', 'TROUPE_SIM_TIMER'],
  ['setImmediate', 'TROUPE_SIM_TIMER'],
  ['timers/promises', 'TROUPE_SIM_TIMER'],
  ['AbortSignal.timeout', 'TROUPE_SIM_TIMER'],
  ['fetch', 'TROUPE_SIM_NETWORK'],
  ['crypto.randomUUID', 'TROUPE_SIM_RANDOM'],
  ['crypto.getRandomValues', 'TROUPE_SIM_RANDOM'],
  ['randomBytes', 'TROUPE_SIM_RANDOM'],
  ['randomInt', 'TROUPE_SIM_RANDOM'],
])('an actor that calls %s fails its run with %s', async (what, code) => {
  const { violation } = await doing(what);
  expect(violation).toMatchObject({ kind: 'error', property: code });
  expect(violation?.message).toContain('Expected nothing real');
});

test.each<Act>(['a date of its own', 'microtask', 'tick'])('an actor may use %s', async (what) => {
  expect((await doing(what)).violation).toBeUndefined();
});

test('an actor that goes on after it awaited a real file fails its run with TROUPE_SIM_ESCAPE', async () => {
  const { violation } = await runActors(
    defineActorSimulation({
      name: 'escape',
      nodes: 1,
      livenessTicks: 10_000_000,
      run: async (system, world) => {
        const offender = await system.spawn(Offender, undefined, { node: 'n1' });
        const answer = offender.ask.act('file', { timeout: Number.POSITIVE_INFINITY });
        let isThere = false;
        void answer.then(() => {
          isThere = true;
        });
        while (!isThere) await world.sleep(1);
      },
    }),
    tameChooser,
  );
  expect(violation?.property).toBe('TROUPE_SIM_ESCAPE');
});

test('a rejection that nobody handles fails its run with TROUPE_SIM_UNHANDLED', async () => {
  // The test runner listens too, and would take it for its own.
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  try {
    const { violation } = await runActors(
      defineActorSimulation({
        name: 'rejection',
        nodes: 1,
        run: async (system, world) => {
          const offender = await system.spawn(Offender, undefined, { node: 'n1' });
          offender.tell.reject();
          await world.sleep(10);
        },
      }),
      tameChooser,
    );
    expect(violation?.property).toBe('TROUPE_SIM_UNHANDLED');
  } finally {
    for (const other of others) process.on('unhandledRejection', other);
  }
});

test('after a run nothing of the guards is left', async () => {
  const before = [Date, Date.now, Math.random, setTimeout, fetch, performance.now, process.nextTick];
  await doing('Math.random');
  expect([Date, Date.now, Math.random, setTimeout, fetch, performance.now, process.nextTick]).toEqual(before);
  expect(Object.hasOwn(performance, 'now')).toBe(false);
  expect(Date.now()).toBeGreaterThan(0);
});

test('a handler that never ends is reported with its node, its actor and its message', async () => {
  const { found } = await simulate({
    ...SANDBOX_DEFAULTS,
    loader: new URL('./loader.fixture.ts', import.meta.url).href,
    argument: undefined,
    strategy: 'random',
    from: 0,
    seeds: 1,
    stallMilliseconds: 500,
  });
  expect(found?.violation.property).toBe('TROUPE_SIM_ENDLESS');
  expect(found?.violation.message).toMatch(/n1\/offender#\d+ handling 'loop'/);
});

/** A node that writes anything into the memory that it shares, and posts anything to whom it can: the others go on, and so does its next life. */

import { expect, it } from 'vitest';
import { Mad } from './fixtures/mad.ts';
import { Victim } from './fixtures/victims.ts';
import { running, until } from './running.ts';

const TIMES = 20;

it('what it posts ends nobody, and is counted', async () => {
  await using run = await running({ nodes: 2 });
  const { system } = run;
  const mad = await system.spawn(Mad, undefined, { node: 'n2' });
  const victim = await system.spawn(Victim, undefined, { node: 'n1' });
  for (let n = 1; n <= TIMES; n++) {
    mad.tell.post();
    victim.tell.add(1);
    expect(await victim.ask.get()).toBe(n);
    expect(await mad.ask.ping()).toBe('pong');
  }
  await until(() => system.counters().get('main')?.framesRefused !== 0, 'reports to be refused');
  await until(() => system.counters().get('n1')?.framesRefused !== 0, 'rings to be refused');
  expect(run.events.filter(({ type }) => type === 'node-down')).toEqual([]);
});

it('counters that can’t be are not believed: the next life gives out ids as before, and no count is lost', async () => {
  await using run = await running({ nodes: [{ name: 'n1', restarts: 10 }] });
  const { system } = run;
  for (const value of [Number.NaN, 1e300, -1, Number.POSITIVE_INFINITY]) {
    const mad = await system.spawn(Mad, undefined, { node: 'n1', restart: 'permanent' });
    const down = run.event('node-down');
    mad.tell.count(value);
    mad.tell.exit();
    const { lost } = await down;
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThan(1_000);
    await until(async () => (await mad.ask.ping().catch(() => '')) === 'pong', 'the actor to be started again');
    const fresh = await system.spawn(Victim, undefined, { node: 'n1' });
    expect(await fresh.ask.get()).toBe(0);
    for (const counter of Object.values(system.counters().get('n1') ?? {})) expect(counter).not.toBeNaN();
    await system.stop(mad);
  }
});

it('doorbells that it silences keep nobody asleep', async () => {
  await using run = await running({ nodes: 2 });
  const { system } = run;
  const mad = await system.spawn(Mad, undefined, { node: 'n2' });
  const victim = await system.spawn(Victim, undefined, { node: 'n1' });
  for (const word of [1, 7, 0, -1]) {
    for (let n = 0; n < 5; n++) {
      mad.tell.ring(word);
      // Long enough for all to fall asleep.
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await victim.ask.get()).toBe(0);
      expect(await mad.ask.ping()).toBe('pong');
    }
  }
});

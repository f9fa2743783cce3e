import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Teller, Victim } from './fixtures/victims.ts';
import { running, settled, until } from './running.ts';

describe('nodes that start', () => {
  it('do so a few at a time, so that each has the time that a start is given', async () => {
    const most = 4 * availableParallelism();
    let starting = 0;
    let peak = 0;
    const started = (worker: Worker): void => {
      peak = Math.max(peak, ++starting);
      worker.once('message', () => starting--);
    };
    process.on('worker', started);
    try {
      await using run = await running({ nodes: most + 3 });
      expect(run.system.nodes).toHaveLength(most + 4);
    } finally {
      process.off('worker', started);
    }
    expect(starting).toBe(0);
    expect(peak).toBe(most);
  });
});

describe('a node that ends is restarted, and its supervised actors with it, when it', () => {
  const ways: readonly [name: string, kill: (victim: Awaited<ReturnType<typeof spawn>>) => unknown, reason: RegExp][] =
    [
      ['calls process.exit in a handler', (victim) => victim.tell.exit(3), /code 3/],
      ['throws in a timer', (victim) => victim.tell.throwInTimer(), /TypeError: thrown by a timer/],
      ['throws what can’t be made text', (victim) => victim.tell.throwOdd(), /threw outside of an actor/],
      ['rejects a promise that nobody handles', (victim) => victim.tell.rejectUnhandled(), /RangeError: rejected/],
      ['exceeds its resource limits', (victim) => victim.tell.fillHeap(), /resourceLimits/],
      [
        'hangs in a loop',
        (victim) => victim.tell.hang(),
        /no sign of life for \d+ ms.*in a loop that takes \d+% of a CPU/,
      ],
    ];
  const spawn = async (system: Awaited<ReturnType<typeof running>>['system']) =>
    system.spawn(Victim, undefined, { node: 'n1', name: 'victim', restart: 'permanent' });

  for (const [name, kill, reason] of ways) {
    it(name, async () => {
      await using run = await running({
        nodes: [{ name: 'n1', resourceLimits: { maxOldGenerationSizeMb: 24 }, hangTimeout: 300 }, { name: 'n2' }],
      });
      const { system } = run;
      const victim = await spawn(system);
      victim.tell.add(3);
      expect(await victim.ask.get()).toBe(3);
      const down = run.event('node-down');
      const up = run.event('node-up');
      const bystander = await system.spawn(Victim, undefined, { node: 'n1' });
      const open = Promise.allSettled([bystander.ask.never(), bystander.ask.never()]);
      kill(victim);
      expect((await down).reason).toMatch(reason);
      // Why, and to each with an error of its own: it carries where it was asked.
      const errors = (await open).map((result) => (result as PromiseRejectedResult).reason as Error);
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'TROUPE_NODE_DOWN', data: { node: 'n1', isGone: false } });
        expect(error.message).toMatch(reason);
        expect(error.stack?.match(/in answer to/g)).toHaveLength(1);
      }
      expect(errors[0]).not.toBe(errors[1]);
      await up;
      // A new life from init, under the ref and the name of the old one.
      await until(async () => (await settled(victim.ask.get())) === 0);
      expect(await system.whereis('victim')).toBe(victim);
      victim.tell.add(4);
      expect(await victim.ask.get()).toBe(4);
    });
  }

  it('is killed by order, twice in a row', async () => {
    await using run = await running({ nodes: 2 });
    const victim = await spawn(run.system);
    for (let life = 1; life <= 2; life++) {
      const up = run.event('node-up');
      await run.system.kill('n1');
      await up;
      await until(async () => (await settled(victim.ask.get())) === 0);
      victim.tell.add(1);
    }
    const reasons = run.events.flatMap((event) => (event.type === 'node-down' ? [event.reason] : []));
    expect(reasons).toEqual(Array(2).fill('it was killed by order of the program'));
    // Nothing went wrong: it was meant.
    const logged = run.log.filter(({ fields }) => fields['node'] === 'n1');
    expect(logged.map(({ level, text, fields }) => [level, text, fields['orderedBy']])).toEqual(
      Array(2).fill(['warn', 'a node was ended by order', 'the program']),
    );
  });

  it('ends otherwise is logged as an error', async () => {
    await using run = await running({ nodes: 1 });
    const victim = await spawn(run.system);
    const down = run.event('node-down');
    victim.tell.exit(3);
    await down;
    expect(run.log.find(({ text }) => text === 'a node has ended')).toMatchObject({ level: 'error' });
  });
});

describe('nodes that end together, or again', () => {
  it('meet each other again, in whatever order they come back', async () => {
    await using run = await running({ nodes: 3 });
    const { system } = run;
    const victims = await Promise.all(
      ['n1', 'n2', 'n3'].map((node) => system.spawn(Victim, undefined, { node, restart: 'permanent' })),
    );
    const tellers = await Promise.all(
      ['n1', 'n2', 'n3'].map((node) => system.spawn(Teller, undefined, { node, restart: 'permanent' })),
    );
    await Promise.all([system.kill('n1'), system.kill('n2'), system.kill('n3')]);
    await until(async () => {
      const asks = [...victims.map((victim) => victim.ask.get()), ...tellers.map((teller) => teller.ask.sent())];
      return (await Promise.all(asks.map(settled))).every((answer) => answer === 0);
    });
    for (const teller of tellers) for (const to of victims) teller.tell.flood({ to, messages: 7 });
    for (const victim of victims) await until(async () => (await victim.ask.get()) === 21);
  });

  it('and beyond its intensity a node stays down: refs and spawns say so, the rest of the system goes on', async () => {
    await using run = await running({ nodes: [{ name: 'n1', restarts: 1 }, { name: 'n2' }] });
    const { system } = run;
    const victim = await system.spawn(Victim, undefined, { node: 'n1', name: 'victim', restart: 'permanent' });
    const other = await system.spawn(Victim, undefined, { node: 'n2', restart: 'permanent' });
    await system.kill('n1');
    await until(async () => (await settled(victim.ask.get())) === 0);
    await system.kill('n1');
    const down = await victim.ask.get().catch((error) => error);
    expect(down).toMatchObject({ code: 'TROUPE_NODE_DOWN', data: { node: 'n1', isGone: true } });
    expect(down.message).toMatch(/stays down/);
    victim.tell.add(1);
    expect(system.deadLetters.list().at(-1)).toMatchObject({ reason: 'node-down', kind: 'add', payload: 1 });
    expect(await settled(system.spawn(Victim, undefined, { node: 'n1' }))).toBe('TROUPE_NODE_DOWN');
    expect(await settled(victim.room())).toBe('TROUPE_NODE_DOWN');
    expect(await settled(victim.stream.ticks(1).next())).toBe('TROUPE_NODE_DOWN');
    // Its name is free again, and new actors go elsewhere.
    const heir = await system.spawn(Victim, undefined, { name: 'victim' });
    expect(heir.node).toBe('n2');
    expect(await other.ask.get()).toBe(0);
    expect(await settled(system.kill('n1'))).toBe('TROUPE_NODE_DOWN');
    const downs = run.events.flatMap((event) => (event.type === 'node-down' ? [event.restarts] : []));
    expect(downs).toEqual([true, false]);
  });

  it('a start that fails is tried again after a while, longer each time; one that follows a life does not wait', async () => {
    const backoff = { min: 60, factor: 3, jitter: 0 };
    await using run = await running({ nodes: [{ name: 'n1', restarts: 100, backoff }] });
    const { system } = run;
    const victim = await system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent' });
    const ends: { readonly at: number; readonly delay: number }[] = [];
    system.onEvent((event) => {
      if (event.type === 'node-down') ends.push({ at: performance.now(), delay: event.delay });
    });
    await system.kill('n1');
    // Ended again and again before it is up.
    await until(async () => {
      await system.kill('n1');
      return ends.length >= 4;
    });
    expect(ends.slice(0, 4).map(({ delay }) => delay)).toEqual([0, 60, 180, 540]);
    for (const [at, end] of ends.slice(0, 3).entries())
      expect((ends[at + 1]?.at ?? 0) - end.at).toBeGreaterThanOrEqual(end.delay - 1);
    await system.whenUp('n1');
    await until(async () => (await settled(victim.ask.get())) === 0);
    const isDown = run.event('node-down');
    await system.kill('n1');
    expect((await isDown).delay).toBe(0);
  });

  it('a kill of a node that does not exist is refused', async () => {
    await using run = await running({ nodes: 1 });
    expect(await settled(run.system.kill('n9'))).toBe('TROUPE_NODE_UNKNOWN');
  });
});

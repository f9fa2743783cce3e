import { describe, expect, it } from 'vitest';
import { defineActor } from '../definition.ts';
import type { Ref } from '../ref.ts';
import { testSystem } from './index.ts';

interface Listener {
  rang(times: number): void;
}

const Alarm = defineActor(import.meta, 'Alarm', {
  init: (listener: Ref<Listener>) => ({ listener, times: 0 }),
  on: {
    set(_state, delay: number, ctx) {
      ctx.after(delay, 'ring');
    },
    repeat(_state, period: number, ctx) {
      ctx.every(period, 'ring');
    },
    ring(state) {
      state.listener.tell.rang(++state.times);
    },
    async nap(_state, delay: number, ctx) {
      await ctx.sleep(delay);
      return ctx.now();
    },
    stuck: () => new Promise<never>(() => {}),
    draw: (_state, _none: undefined, ctx) => [ctx.random(), ctx.choose('die', 6)],
  },
});

const ListenerActor = defineActor(import.meta, 'Listener', {
  init: () => ({}),
  on: {
    rang(_state, _times: number) {},
    question: (_state, text: string) => text.length,
    async *counted(_state, n: number) {
      yield n;
    },
  },
});

describe('a system under virtual time', () => {
  it('lets timers fire at their time, and only when the clock is moved', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    const alarm = await system.spawn(Alarm, probe.ref);
    alarm.tell.set(100);
    await system.advance(99);
    await probe.expectNone();
    await system.advance(1);
    await probe.expect('rang', 1);
  });

  it('fires timers of different actors in the order of their times, each at its own', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    const [early, late] = [await system.spawn(Alarm, probe.ref), await system.spawn(Alarm, probe.ref)];
    late.tell.set(50);
    late.tell.repeat(40);
    early.tell.set(10);
    await system.advance(100);
    expect(probe.messages.map((message) => [message.sender === late, message.payload])).toEqual([
      [false, 1],
      [true, 1],
      [true, 2],
      [true, 3],
    ]);
  });

  it('answers asks without moving the clock, and sleeps by moving it', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    const alarm = await system.spawn(Alarm, probe.ref);
    const start = system.now;
    const nap = alarm.ask.nap(3_000);
    await system.advance(3_000);
    expect(await nap).toBe(start + 3_000);
    expect(system.now).toBe(start + 3_000);
  });

  it('draws the same from the same seed', async () => {
    const draws = async (seed: number) => {
      await using system = testSystem({ seed });
      const probe = await system.probe(ListenerActor);
      const alarm = await system.spawn(Alarm, probe.ref);
      return [await alarm.ask.draw(), await alarm.ask.draw()];
    };
    expect(await draws(7)).toEqual(await draws(7));
    expect(await draws(7)).not.toEqual(await draws(8));
  });

  it('ends although a handler never does, by moving the clock over the shutdown time', async () => {
    const system = testSystem();
    const probe = await system.probe(ListenerActor);
    const alarm = await system.spawn(Alarm, probe.ref, { shutdown: 60_000 });
    const answer = alarm.ask.stuck(undefined, { timeout: 1e9 });
    await system.settle();
    const failure = expect(answer).rejects.toMatchObject({ code: 'TROUPE_ASK_LOST' });
    await system[Symbol.asyncDispose]();
    await failure;
  });

  it('refuses to end where a handler never does and has for ever to stop', async () => {
    const system = testSystem();
    const probe = await system.probe(ListenerActor);
    const alarm = await system.spawn(Alarm, probe.ref, { shutdown: 'infinity' });
    alarm.tell.stuck();
    await system.settle();
    await expect(system[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'TROUPE_TEST_RESTLESS' });
  });

  it('says so when actors never come to rest', async () => {
    const system = testSystem();
    const forever = await system.spawn(Forever);
    forever.tell.again();
    await expect(system.settle()).rejects.toMatchObject({ code: 'TROUPE_TEST_RESTLESS' });
    await forever[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  it('keeps its log for reading', async () => {
    await using system = testSystem();
    const talker = await system.spawn(Talker);
    await talker.ask.say('hello');
    expect(system.logs).toEqual([
      { level: 'info', fields: { actor: expect.stringContaining('Talker'), n: 1 }, text: 'hello' },
    ]);
  });

  it('refuses a clock that runs backwards, and a seed that is no integer', async () => {
    await using system = testSystem();
    await expect(system.advance(-1)).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
    expect(() => testSystem({ seed: 0.5 })).toThrow(expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }));
  });
});

const Forever = defineActor(import.meta, 'Forever', {
  init: () => ({}),
  on: {
    again(_state, _none: undefined, ctx) {
      ctx.self.tell.again();
    },
  },
});

const Talker = defineActor(import.meta, 'Talker', {
  init: () => ({}),
  on: {
    say(_state, text: string, ctx) {
      ctx.log.info({ n: 1 }, text);
    },
  },
});

describe('a probe', () => {
  const unmet = { code: 'TROUPE_PROBE_UNMET' };

  it('takes messages in their order, by kind, by value and by predicate', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    for (const n of [1, 2, 3]) probe.ref.tell.rang(n);
    await probe.expect('rang');
    await probe.expect('rang', 2);
    await probe.expect('rang', (n) => n > 2);
    await probe.expectNone();
  });

  it('fails an expectation that the next message does not meet, and says what came', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    probe.ref.tell.rang(1);
    await expect(probe.expect('rang', 2)).rejects.toMatchObject({
      ...unmet,
      message: expect.stringContaining("'rang' with 1"),
    });
    await expect(probe.expect('rang')).rejects.toMatchObject({
      ...unmet,
      message: expect.stringContaining('no message'),
    });
    probe.ref.tell.rang(4);
    await expect(probe.expectNone()).rejects.toMatchObject(unmet);
  });

  it('fishes for a message, and lets those before it go', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    for (const n of [1, 2, 3]) probe.ref.tell.rang(n);
    expect((await probe.fish('rang', 2)).payload).toBe(2);
    await probe.expect('rang', 3);
    await expect(probe.fish('rang', 9)).rejects.toMatchObject(unmet);
  });

  it('moves the clock as far as it is allowed to', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    const alarm = await system.spawn(Alarm, probe.ref);
    alarm.tell.set(500);
    await expect(probe.expect('rang')).rejects.toMatchObject({
      ...unmet,
      message: expect.stringContaining('due in 500 ms'),
    });
    await probe.expect('rang', 1, { within: 500 });
    alarm.tell.set(500);
    await expect(probe.expectNone({ within: 500 })).rejects.toMatchObject(unmet);
  });

  it('answers asks when the test says so, and takes other messages meanwhile', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    const [first, second] = [probe.ref.ask.question('one'), probe.ref.ask.question('three')];
    probe.ref.tell.rang(1);
    const one = await probe.expect('question', 'one');
    const three = await probe.expect('question', 'three');
    const rang = await probe.expect('rang');
    expect([one.isAsk, rang.isAsk]).toEqual([true, false]);
    three.reply(5);
    one.fail(new Error('no idea'));
    expect(await second).toBe(5);
    await expect(first).rejects.toThrow('no idea');
    expect(() => rang.reply(undefined)).toThrow(expect.objectContaining(unmet));
  });

  it('records that a stream was opened, and gives an empty one', async () => {
    await using system = testSystem();
    const probe = await system.probe(ListenerActor);
    const items: number[] = [];
    for await (const item of probe.ref.stream.counted(3)) items.push(item);
    expect(items).toEqual([]);
    await probe.expect('counted', 3);
  });
});

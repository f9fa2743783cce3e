/** A node whose messages bear times that are none, or none that can be: each is refused and counted, and ends nothing. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ClockOption, defineActor, FrameType, SystemCausality, type TraceEvent } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { DATA, generator, HostileNode, REPLY, Stage } from './hostile-node.fixture.ts';

const Listener = defineActor(import.meta, 'Listener', {
  init: () => ({ heard: 0 }),
  on: {
    hear(state) {
      state.heard++;
    },
    heard: (state) => state.heard,
    times: (_state, _: undefined, ctx) => String(ctx.timestamp() !== undefined),
  },
});

function stageWith(clock: ClockOption | undefined) {
  const system = SystemCausality.of({ clock, trace: { limit: 1_000 } }, ['main', 'n1', 'n2']) as SystemCausality;
  const stage = new Stage({ causality: system.main });
  system.begins(1, 1);
  return { system, stage };
}

const COUNTER_MAX = 2 ** 52;
const sound = (number: unknown, stamp: unknown, lamport: unknown = 1, life: unknown = 1) => ({
  life,
  number,
  lamport,
  stamp,
  extra: undefined,
});

const MALFORMED: readonly unknown[] = [
  undefined,
  null,
  5,
  [],
  {},
  { life: 1, number: 1 },
  sound(0, new Map()),
  sound(1, new Map(), 1, 0),
  sound(1, new Map(), 1, 2 ** 40),
  sound(Number.NaN, new Map()),
  sound('1', new Map()),
  sound(1, new Map(), '1'),
  sound(1, new Map(), -1),
  sound(1, new Map(), 0.5),
  sound(1, new Map(), COUNTER_MAX + 2),
  sound(1, undefined),
  sound(1, { n1: 5 }),
  sound(1, new Map([['n1', -1]])),
  sound(1, new Map([['', 1]])),
  sound(1, new Map([[7, 1]])),
  sound(1, new Map([['n1', COUNTER_MAX + 2]])),
  sound(1, new Map([['x'.repeat(300), 1]])),
  // Nodes, or lives of them, that never were.
  sound(1, new Map([['n7', 1]])),
  sound(1, new Map([['n1#2', 1]])),
  sound(1, new Map([['n1#1', 1]])),
  sound(1, new Map([['n1#01', 1]])),
  sound(1, new Map([['n1#1e9', 1]])),
  sound(1, new Map([['n2', 1]])),
  sound(1, new Map(Array.from({ length: 5_000 }, (_, index) => [`n${index}`, 1]))),
];

describe('a node with wrong times', () => {
  it('is refused message by message, and its asks are told why', async () => {
    const { system, stage } = stageWith('vector');
    await using _ = stage;
    using other = new HostileNode(stage, 1);
    const listener = await stage.system.spawn(Listener, undefined, { node: 'main' });
    const target = stage.idOf(listener as never);
    const before = stage.counters;
    for (const [at, extra] of MALFORMED.entries()) {
      await other.say(DATA, { type: FrameType.Tell, kind: 0, target, extra });
      await other.say(DATA, { type: FrameType.Ask, kind: 1, target, correlation: at + 1, extra });
      await other.say(REPLY, { type: FrameType.Control, payload: { op: 'room', id: target }, extra });
      await other.isRead();
    }
    expect(stage.counters.framesRefused - before.framesRefused).toBe(3 * MALFORMED.length);
    expect(stage.counters.deadMalformed - before.deadMalformed).toBe(MALFORMED.length);
    expect(await listener.ask.heard()).toBe(0);
    const failures = () => other.heard.filter(({ type }) => type === FrameType.Failure);
    await stage.until('failures', () => {
      other.drain();
      return failures().length === MALFORMED.length;
    });
    for (const { payload } of failures()) expect(payload).toMatchObject({ code: 'TROUPE_STAMP_REFUSED' });
    // A sound one is heard.
    await other.say(DATA, { type: FrameType.Tell, kind: 0, target, extra: sound(1, new Map([['n1', 3]])) });
    await other.isRead();
    await stage.until('one to be heard', () => stage.counters.enqueued - stage.counters.ended === 0);
    expect(await listener.ask.heard()).toBe(1);
    expect(system.trace().events.filter(({ kind }) => kind === 'receive')).toHaveLength(1);
    expect(stage.thrown).toEqual([]);
  });

  it('can bring no clock beyond the end of its numbers', async () => {
    for (const [clock, stamp] of [
      ['lamport', { time: COUNTER_MAX, node: 'n1' }],
      ['vector', new Map([['main', COUNTER_MAX]])],
      ['matrix', { node: 'n1', rows: new Map([['n1', new Map([['main', COUNTER_MAX]])]]) }],
    ] as const) {
      const { system, stage } = stageWith(clock);
      await using _ = stage;
      using other = new HostileNode(stage, 1);
      const listener = await stage.system.spawn(Listener, undefined, { node: 'main' });
      const target = stage.idOf(listener as never);
      for (let number = 1; number <= 3; number++)
        await other.say(DATA, { type: FrameType.Tell, kind: 0, target, extra: sound(number, stamp, COUNTER_MAX) });
      await other.isRead();
      await stage.until('all to be heard', () => stage.counters.enqueued - stage.counters.ended === 0);
      expect(await listener.ask.heard()).toBe(3);
      expect(stage.counters.framesRefused).toBe(0);
      // Nobody would refuse what this node sends from now on.
      const { clock: own } = system.main;
      own.tick();
      expect(own.refusal(own.lamport, own.stamp)).toBeUndefined();
      expect(system.trace().events.length).toBeGreaterThan(5);
    }
  });

  it('ahead of all clocks is refused by a hybrid one', async () => {
    const { stage } = stageWith('hybrid');
    await using _ = stage;
    using other = new HostileNode(stage, 1);
    const listener = await stage.system.spawn(Listener, undefined, { node: 'main' });
    const target = stage.idOf(listener as never);
    const ahead = { l: Date.now() + 60_000, c: 0, node: 'n1' };
    await other.say(DATA, { type: FrameType.Tell, kind: 0, target, extra: sound(1, ahead) });
    await other.isRead();
    expect(stage.counters.framesRefused).toBe(1);
    expect(await listener.ask.heard()).toBe(0);
  });

  it('writes whatever it wants into its trace: what is no event is counted, and the rest is read', async () => {
    const draw = generator(7);
    const system = SystemCausality.of({ clock: 'vector', trace: { limit: 100 } }, ['main', 'n1']) as SystemCausality;
    const stage = new Stage({ causality: system.main });
    await using _ = stage;
    const { memory } = system.begins(1, 1);
    if (memory === undefined) throw new Error('unreachable');
    const words = new Int32Array(memory.bytes);
    const reals = new Float64Array(memory.bytes, 0, words.length >> 1);
    const own = (): readonly TraceEvent[] => system.trace().events.filter(({ node }) => node === 'main');
    const sane = own().length;
    let refused = 0;
    for (let round = 0; round < 200; round++) {
      for (let at = 0; at < words.length; at++)
        if (draw(3) === 0) words[at] = draw(4) === 0 ? draw(2 ** 31) - 2 ** 30 : draw(20);
      reals[0] = [5, 1e9, -1, Number.NaN, 2 ** 52, 99.5][draw(6)] as number;
      const trace = system.trace();
      expect(trace.events.filter(({ node }) => node === 'main')).toHaveLength(sane);
      const life = trace.lives.find(({ node }) => node === 'n1');
      refused += life?.refused ?? 0;
      expect(trace.events.length - sane).toBeLessThanOrEqual(100);
      expect(life?.dropped).toBeGreaterThanOrEqual(0);
      if (round % 16 === 0) await nextTurn();
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(stage.thrown).toEqual([]);
  });
});

/** e → f if and only if V(e) < V(f), over what real systems recorded; and what weaker clocks promise. */

import { setTimeout as delay } from 'node:timers/promises';
import type { ClockOption } from '@troupe/actors';
import { type CreateOptions, createSystem, type System } from 'troupe';
import {
  boundedClock,
  type Clock,
  hybridLogicalClock,
  lamportClock,
  matrixClock,
  physicalClock,
  type Vector,
  vectorClock,
} from 'troupe/clocks';
import { describe, expect, it } from 'vitest';
import { SILENT } from '../actors/hosts.ts';
import { Gossip } from './fixtures/gossip.ts';
import { HappenedBefore } from './happened-before.ts';

const HOSTS = [
  { name: 'inline', nodes: 'inline', places: ['main', 'main', 'main'] },
  { name: 'threads', nodes: 2, places: ['main', 'n1', 'n2'] },
] as const;

const QUIET = { logger: SILENT, handleSigterm: false } satisfies CreateOptions;

/** What is read while messages are on their way has some receipts whose sendings it has not. */
async function rest(system: System): Promise<void> {
  const sum = (counter: 'begun' | 'restarted'): number =>
    [...system.counters().values()].reduce((total, counters) => total + counters[counter], 0);
  for (let last = -1; last !== sum('begun') || sum('restarted') === 0; ) {
    last = sum('begun');
    await delay(50);
  }
}

async function gossip(system: System, places: readonly string[], hops: number) {
  const actors = await Promise.all(places.map((node) => system.spawn(Gossip, undefined, { node })));
  for (const actor of actors) actor.tell.meet(actors);
  for (const actor of actors) actor.tell.say(hops);
  await Promise.all(actors.map((actor) => actor.ask.hear(3)));
  actors[0]?.tell.refuse();
  actors[1]?.tell.fail();
  await rest(system);
  return actors;
}

type Compare = Clock<never, never>['compare'];
const EXACT: readonly [ClockOption, Compare][] = [
  ['vector', vectorClock.compare],
  ['matrix', matrixClock.compare],
];
const ONE_WAY: readonly [ClockOption, Compare][] = [
  ['lamport', lamportClock.compare],
  [{ kind: 'hybrid', offsetTicksMax: 5_000 as never }, hybridLogicalClock().compare],
];
const READINGS: readonly [ClockOption, Clock<never, never>][] = [
  ['physical', physicalClock as unknown as Clock<never, never>],
  [{ kind: 'bounded', uncertaintyTicks: 3 as never }, boundedClock() as unknown as Clock<never, never>],
];

describe.each(HOSTS)('the order of events, $name', ({ nodes, places }) => {
  it.each(EXACT)('is exactly that of a %s clock', async (clock, compare) => {
    await using system = await createSystem({ ...QUIET, nodes, clock, trace: true });
    await gossip(system, places, 4);
    const trace = system.trace();
    const order = new HappenedBefore(trace);
    expect(trace.lives.map(({ dropped, refused }) => dropped + refused)).toEqual(trace.lives.map(() => 0));
    expect(order.contradictions(compare, true)).toEqual([]);
    expect(order.disorder).toBeUndefined();
    const kinds = new Set(order.events.map(({ kind }) => kind));
    for (const kind of ['start', 'send', 'begin', 'end', 'spawn', 'timer', 'fail', 'restart'] as const)
      expect(kinds).toContain(kind);
    if (nodes === 'inline') return;
    // A check that could not fail would find neither, and not miss what a receipt has taught.
    const deaf = trace.events.map((event, index) => {
      const before = trace.events.findLast(({ node }, at) => at < index && node === event.node);
      return event.kind === 'receive' ? { ...event, stamp: before?.stamp } : event;
    });
    expect(new HappenedBefore({ ...trace, events: deaf }).contradictions(compare, true)).not.toEqual([]);
    expect(order.matched).toBeGreaterThan(50);
    expect(order.concurrent).toBeGreaterThan(100);
  });

  it.each(ONE_WAY)('agrees with that of a clock (%o)', async (clock, compare) => {
    await using system = await createSystem({ ...QUIET, nodes, clock, trace: true });
    await gossip(system, places, 4);
    const order = new HappenedBefore(system.trace());
    expect(order.events.length).toBeGreaterThan(50);
    expect(order.contradictions(compare, false)).toEqual([]);
  });

  it.each(READINGS)('is recorded with the readings of a clock (%o)', async (clock, { refusal, init }) => {
    await using system = await createSystem({ ...QUIET, nodes, clock, trace: true });
    await gossip(system, places, 2);
    for (const { stamp } of system.trace().events)
      expect(refusal(init('x' as never), stamp, Date.now() as never)).toBeUndefined();
  });

  it('is recorded without a clock, too', async () => {
    await using system = await createSystem({ ...QUIET, nodes, trace: true });
    await gossip(system, places, 3);
    const trace = system.trace();
    const order = new HappenedBefore(trace);
    expect(order.disorder).toBeUndefined();
    expect(trace.clock).toBeUndefined();
    expect(trace.events.every(({ stamp }) => stamp === undefined)).toBe(true);
    // Each message that was handled was sent, and between nodes received: as itself.
    const ids = new Map<string, string[]>();
    for (const { kind, message } of trace.events)
      if (message !== undefined) ids.set(message.id, [...(ids.get(message.id) ?? []), kind]);
    const ways = new Set([...ids.values()].map((kinds) => kinds.join(' ')));
    expect(ways).toContain('send begin end');
    if (nodes !== 'inline') expect(ways).toContain('send receive begin end');
    for (const way of ways) expect(way).toMatch(/^send( receive| start)?( begin( end)?)?$/);
  });

  it('is bounded: of each node the last events are kept, and how many were dropped is told', async () => {
    await using system = await createSystem({ ...QUIET, nodes, clock: 'vector', trace: { limit: 64 } });
    await gossip(system, places, 7);
    const trace = system.trace();
    const order = new HappenedBefore(trace);
    // What was dropped hides causes, and makes none.
    expect(order.contradictions(vectorClock.compare, false)).toEqual([]);
    expect(order.disorder).toBeUndefined();
    const [main] = trace.lives;
    expect(main?.recorded).toBeGreaterThan(200);
    for (const { node, recorded, dropped } of trace.lives) {
      const kept = trace.events.filter((event) => event.node === node).length;
      // A node that records while it is read from writes over some.
      if (nodes === 'inline') expect(kept).toBe(64);
      else expect(kept).toBeLessThanOrEqual(64);
      expect(dropped).toBe(recorded - kept);
    }
  });

  it('can be read by a handler: its own time, and that of the message', async () => {
    await using system = await createSystem({ ...QUIET, nodes, clock: 'vector' });
    const [, actor] = await gossip(system, places, 1);
    const first = (await actor?.ask.times()) as { readonly now: Vector; readonly sent: Vector };
    const second = (await actor?.ask.times()) as { readonly now: Vector; readonly sent: Vector };
    const { compare } = vectorClock;
    expect(compare(first.sent, first.now)).toBe('before');
    expect(compare(first.now, second.sent)).toBe('before');
    expect(compare(second.sent, second.now)).toBe('before');
    expect(() => system.trace()).toThrow(expect.objectContaining({ code: 'TROUPE_TRACE_OFF' }));
  });

  it('is nobody’s matter where neither a clock nor a trace was asked for', async () => {
    await using system = await createSystem({ ...QUIET, nodes });
    const [, actor] = await gossip(system, places, 1);
    expect(await actor?.ask.times()).toEqual({ now: undefined, sent: undefined });
    expect(system.kernel.causality).toBeUndefined();
    expect(() => system.trace()).toThrow(expect.objectContaining({ code: 'TROUPE_TRACE_OFF' }));
  });

  it.each([
    [{ clock: 'vectors' }, 'clock'],
    [{ clock: { kind: 'hybrid', offsetTicks: 5 } }, 'offsetTicks'],
    [{ clock: { kind: 'hybrid', offsetTicksMax: -5 } }, 'offsetTicksMax'],
    [{ clock: { kind: 'toString' } }, 'clock'],
    [{ clock: 5 }, 'clock'],
    [{ trace: { limits: 5 } }, 'limits'],
    [{ trace: { limit: 5 } }, 'trace.limit'],
    [{ trace: 'yes' }, 'trace'],
    [{ traces: true }, 'traces'],
  ])('refuses %o by name', async (options, name) => {
    await expect(createSystem({ ...QUIET, nodes, ...(options as CreateOptions) })).rejects.toMatchObject({
      code: 'TROUPE_OPTION_INVALID',
      message: expect.stringContaining(name),
    });
  });
});

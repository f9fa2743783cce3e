/** A node dies: what it did is told to its end, and its next life goes on from there. */

import { setTimeout as delay } from 'node:timers/promises';
import { createSystem, type System } from 'troupe';
import { vectorClock } from 'troupe/clocks';
import { drawAsHtml, drawForTerminal, liveStory } from 'troupe/sim';
import { describe, expect, it } from 'vitest';
import { SILENT } from '../actors/hosts.ts';
import { Gossip } from './fixtures/gossip.ts';
import { HappenedBefore } from './happened-before.ts';

async function deaths(system: System, count: number): Promise<void> {
  const places = ['main', 'n1', 'n2'];
  const actors = await Promise.all(places.map((node) => system.spawn(Gossip, undefined, { node })));
  for (let death = 0; death <= count; death++) {
    for (const actor of actors) actor.tell.meet(actors);
    for (const actor of actors) actor.tell.say(3);
    await Promise.all(actors.map((actor) => actor.ask.hear(2).catch(() => {})));
    await delay(50);
    if (death === count) break;
    actors[0]?.tell.say(3);
    await system.kill('n1');
    await system.whenUp('n1');
  }
}

describe('the lives of a node', () => {
  it('are processes of their own in a vector, whose order is exactly that of events', async () => {
    await using system = await createSystem({
      nodes: 2,
      clock: 'vector',
      trace: true,
      logger: SILENT,
      handleSigterm: false,
    });
    await deaths(system, 2);
    const trace = system.trace();
    const order = new HappenedBefore(trace);
    expect(order.contradictions(vectorClock.compare, true)).toEqual([]);
    expect(order.disorder).toBeUndefined();
    expect(order.matched).toBeGreaterThan(50);
    expect(trace.lives.map(({ node, life, ended }) => [node, life, ended])).toEqual([
      ['main', 1, undefined],
      ['n1', 1, 'it was killed by order of the program'],
      ['n1', 2, 'it was killed by order of the program'],
      ['n1', 3, undefined],
      ['n2', 1, undefined],
    ]);
    // What it did until its end is there, although nobody could ask it any more.
    for (const { node, life, recorded, dropped, refused } of trace.lives) {
      const own = trace.events.filter((event) => event.node === node && event.life === life && event.kind !== 'crash');
      expect(own).toHaveLength(recorded);
      expect([dropped, refused]).toEqual([0, 0]);
      expect(recorded).toBeGreaterThan(10);
    }
    const at = (kind: string, life: number) =>
      trace.events.findIndex((e) => e.kind === kind && e.life === life && e.node === 'n1');
    const lastOf = (life: number) => trace.events.findLastIndex((e) => e.node === 'n1' && e.life === life);
    const downs = trace.events.flatMap(({ kind, peer }, index) =>
      kind === 'node-down' && peer === 'n1' ? [index] : [],
    );
    for (const life of [1, 2]) {
      expect(lastOf(life)).toBe(at('crash', life));
      expect(downs[life - 1]).toBeGreaterThan(lastOf(life));
      expect(at('start', life + 1)).toBeGreaterThan(downs[life - 1] as number);
    }
  });

  it.each(['lamport', 'hybrid'] as const)('never fall behind what others saw of an earlier one (%s)', async (clock) => {
    await using system = await createSystem({ nodes: 2, clock, trace: true, logger: SILENT, handleSigterm: false });
    await deaths(system, 2);
    const { events } = system.trace();
    const own = events.filter(({ node, kind }) => node === 'n1' && kind !== 'crash');
    const readings = own.map(
      ({ stamp }) => (stamp as { readonly time?: number; readonly l?: number }).time ?? (stamp as { l: number }).l,
    );
    for (const [index, { lamport, life }] of own.entries()) {
      if (index === 0) continue;
      expect(lamport).toBeGreaterThan(own[index - 1]?.lamport as number);
      const isLater = life > (own[index - 1]?.life as number);
      expect(readings[index]).toBeGreaterThanOrEqual((readings[index - 1] as number) + (isLater ? 1 : 0));
    }
    expect(own.at(-1)?.life).toBe(3);
  });

  it('of which only the last are kept, show in a diagram with the ends of all arrows that are known', async () => {
    await using system = await createSystem({
      nodes: [{ name: 'n1', restarts: 10 }, { name: 'n2' }],
      trace: { limit: 100 },
      logger: SILENT,
      handleSigterm: false,
    });
    await deaths(system, 5);
    const trace = system.trace();
    expect(trace.lives.filter(({ node }) => node === 'n1').map(({ life }) => life)).toEqual([3, 4, 5, 6]);
    expect(new HappenedBefore(trace).disorder).toBeUndefined();
    for (const lanes of ['nodes', 'actors'] as const) {
      const story = liveStory(trace, { lanes });
      expect(story.events[0]?.index).toBe(trace.lives.reduce((sum, { dropped }) => sum + dropped, 0));
      const text = drawForTerminal(story, { eventsMax: 10_000 });
      expect(text).toMatch(/✗ .*it was killed by order of the program/);
      expect(text).toContain('events left out');
      expect(drawAsHtml(story)).toContain('data-moment');
      const sent = new Set(story.events.flatMap((event) => event.sent.map(({ id }) => id)));
      const received = story.events.flatMap((event) => (event.received === undefined ? [] : [event.received]));
      expect(received.some((id) => sent.has(id))).toBe(true);
      expect(received.some((id) => !sent.has(id))).toBe(true);
      expect([...sent].some((id) => !received.includes(id))).toBe(true);
    }
  });
});

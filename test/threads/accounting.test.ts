/** What was sent = what was handled + the dead letters, by reason: whatever ends, at whatever moment. */

import type { System } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Counter } from './fixtures/journal.ts';
import { Teller, Victim } from './fixtures/victims.ts';
import { running, until } from './running.ts';

/** Over all nodes and all their lives. */
function dead(system: System): { lost: number; other: number } {
  let lost = 0;
  let all = 0;
  for (const counters of system.counters().values()) {
    lost += counters.deadLostWithNode;
    all += counters.deadLetters;
  }
  return { lost, other: all - lost };
}

describe('every message to a node that ends is accounted for', () => {
  for (const messages of [10, 5_000, 60_000]) {
    it(`where ${messages} wait in its mailboxes, in its ring and before its ring`, async () => {
      await using run = await running({ nodes: 1 });
      const victim = await run.system.spawn(Victim, undefined, { node: 'n1', restart: 'temporary' });
      const teller = await run.system.spawn(Teller, undefined, { node: 'main' });
      await victim.ask.get();
      const down = run.event('node-down');
      victim.tell.exit(1);
      teller.tell.flood({ to: victim, messages });
      await down;
      await until(() => {
        const { lost, other } = dead(run.system);
        return lost + other >= messages + 1;
      });
      const { lost, other } = dead(run.system);
      // The message that ended the node was begun, and had not ended.
      expect(lost + other).toBe(messages + 1);
    });
  }

  it('where actors there have put messages aside', async () => {
    await using run = await running({ nodes: 1 });
    const counter = await run.system.spawn(Counter, undefined, { node: 'n1', restart: 'temporary' });
    counter.tell.stashAll();
    for (let i = 0; i < 10; i++) counter.tell.add(1);
    await counter.ask.get();
    const down = run.event('node-down');
    counter.tell.exit();
    expect((await down).lost).toBe(11);
  });

  it('and signals to its actors, and steps of their streams, are not taken for messages', async () => {
    await using run = await running({ nodes: 1 });
    const victim = await run.system.spawn(Victim, undefined, { node: 'n1', restart: 'temporary' });
    const killer = await run.system.spawn(Victim, undefined, { node: 'n1', restart: 'temporary' });
    const ticks = victim.stream.ticks(1_000);
    await ticks.next();
    const down = run.event('node-down');
    killer.tell.exit(1);
    expect((await down).lost).toBe(1);
    await expect(
      (async () => {
        for (;;) if ((await ticks.next()).done) return 'ended';
      })(),
    ).rejects.toMatchObject({ code: 'TROUPE_NODE_DOWN' });
  });
});

describe('the dead letters of a node that ends', () => {
  it('stay listed, and counted; of those that only it held, the number is told', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const dying = await system.spawn(Victim, undefined, { node: 'n1', restart: 'temporary' });
    const counter = await system.spawn(Counter, undefined, { node: 'n1', restart: 'temporary' });
    await system.stop(counter);
    for (let n = 0; n < 3; n++) counter.tell.add(n);
    await until(() => system.deadLetters.list().length === 3);
    const down = run.event('node-down');
    dying.tell.exit(1);
    await down;
    expect(system.deadLetters.list()).toMatchObject([0, 1, 2].map((payload) => ({ payload, node: 'n1' })));
    expect(system.deadLetters.list().every(({ target }) => target === counter)).toBe(true);
    expect(system.deadLetters.counts).toEqual({ stopped: 3, 'lost-with-node': 1 });
    expect(system.deadLetters.unlisted).toBe(1);
    // Its next life adds to both.
    await system.whenUp('n1');
    counter.tell.add(3);
    await until(() => system.deadLetters.list().length === 4);
    expect(system.deadLetters.counts).toEqual({ stopped: 4, 'lost-with-node': 1 });
  });

  it('that had not left it yet are counted', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const counter = await system.spawn(Counter, undefined, { node: 'n1', restart: 'temporary' });
    const teller = await system.spawn(Teller, undefined, { node: 'n1', restart: 'temporary' });
    await system.stop(counter);
    const down = run.event('node-down');
    teller.tell.floodAndExit({ to: counter, messages: 50 });
    await down;
    expect(system.deadLetters.counts).toEqual({ stopped: 50, 'lost-with-node': 1 });
    expect(system.deadLetters.unlisted).toBe(51);
  });
});

describe('every message from a node that ends is accounted for', () => {
  for (const messages of [1, 100, 5_000, 60_000]) {
    it(`where it ends in the handler that sent ${messages}`, async () => {
      await using run = await running({ nodes: 2 });
      const counter = await run.system.spawn(Counter, undefined, { node: 'n2', mailbox: { capacity: 100_000 } });
      const teller = await run.system.spawn(Teller, undefined, { node: 'n1', restart: 'temporary' });
      await teller.ask.sent();
      const down = run.event('node-down');
      teller.tell.floodAndExit({ to: counter, messages });
      await down;
      let handled = 0;
      await until(async () => {
        handled = await counter.ask.get();
        const { lost, other } = dead(run.system);
        return handled + lost + other >= messages + 1;
      });
      const { lost, other } = dead(run.system);
      expect(other).toBe(0);
      expect(handled + lost).toBe(messages + 1);
    });
  }

  it('where the receiver has no room for what had arrived: it is handled later, and before what the next life sends', async () => {
    await using run = await running({ nodes: 2 });
    const counter = await run.system.spawn(Counter, undefined, { node: 'n2' });
    const teller = await run.system.spawn(Teller, undefined, { node: 'n1', restart: 'permanent' });
    await teller.ask.sent();
    // More than the mailbox and all that a node takes beyond it hold; less than the ring.
    const messages = 6_000;
    const [down, up] = [run.event('node-down'), run.event('node-up')];
    counter.tell.sleep(1_500);
    teller.tell.floodAndExit({ to: counter, messages });
    await down;
    await up;
    await until(async () => (await teller.ask.sent().catch(() => -1)) === 0);
    teller.tell.flood({ to: counter, messages: 10 });
    let handled = 0;
    await until(async () => {
      handled = await counter.ask.get(undefined, { timeout: 10_000 });
      return handled + dead(run.system).lost + dead(run.system).other >= messages + 11;
    });
    expect(dead(run.system).other).toBe(0);
    expect(handled + dead(run.system).lost).toBe(messages + 11);
    expect(handled).toBeGreaterThan(4_096);
  });
});

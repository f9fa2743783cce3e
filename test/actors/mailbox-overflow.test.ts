import { describe, expect, it } from 'vitest';
import { Bounded, Bounded2, Sender, type SenderRef } from './fixtures/bounded.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('full mailboxes', {}, (stage) => {
  /** Busy for a while, in the calling thread's node, so that what is told is in the mailbox at once. */
  const busy = async (milliseconds = 150) => {
    const actor = await stage.system.spawn(Bounded, undefined, { node: 'main' });
    actor.tell.busy(milliseconds);
    // Its handler runs: its mailbox is empty.
    const begun = stage.count('begun');
    await stage.until(() => stage.count('begun') > begun || stage.count('enqueued') === stage.count('begun'));
    return actor;
  };

  describe('of a kind whose rule is', () => {
    it('block: refuse who is no actor, with the message in the error, until there is room', async () => {
      const actor = await busy();
      for (let n = 0; n < 4; n++) actor.tell.block(n);
      const full = expect.objectContaining({
        code: 'TROUPE_MAILBOX_FULL',
        data: expect.objectContaining({ kind: 'block', payload: 4, depth: 4, capacity: 4 }),
      });
      expect(() => actor.tell.block(4)).toThrow(full);
      await expect(actor.ask.handled()).rejects.toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
      await actor.room();
      actor.tell.block(5);
      expect(await actor.ask.handled()).toEqual([0, 1, 2, 3, 5]);
    });

    it('drop-newest: keep those that waited', async () => {
      const actor = await busy();
      const before = stage.count('deadOverflow');
      for (let n = 0; n < 7; n++) actor.tell.newest(n);
      await actor.room();
      expect(await actor.ask.handled()).toEqual([0, 1, 2, 3]);
      expect(stage.count('deadOverflow') - before).toBe(3);
      expect(stage.system.deadLetters.list().slice(-3)).toMatchObject(
        [4, 5, 6].map((payload) => ({ kind: 'newest', payload, reason: 'overflow', target: actor })),
      );
    });

    it('drop-oldest: keep the newest', async () => {
      const actor = await busy();
      for (let n = 0; n < 7; n++) actor.tell.oldest(n);
      await actor.room();
      expect(await actor.ask.handled()).toEqual([3, 4, 5, 6]);
    });

    it('drop-oldest: drop no message of a kind that must not be dropped', async () => {
      const actor = await busy();
      for (let n = 0; n < 3; n++) actor.tell.block(n);
      actor.tell.newest(10);
      actor.tell.oldest(20);
      await actor.room();
      expect(await actor.ask.handled()).toEqual([0, 1, 2, 20]);
      const full = await busy();
      for (let n = 0; n < 4; n++) full.tell.block(n);
      full.tell.oldest(20);
      await full.room();
      expect(await full.ask.handled()).toEqual([0, 1, 2, 3]);
    });

    it('fail: throw at who sends, also at an actor, which goes on', async () => {
      const actor = await busy();
      for (let n = 0; n < 4; n++) actor.tell.fail(n);
      expect(() => actor.tell.fail(4)).toThrow(expect.objectContaining({ code: 'TROUPE_MAILBOX_FULL' }));
      const sender = await stage.system.spawn(Sender, stage.journal, { node: 'main' });
      sender.tell.sendFailing({ to: actor, n: 5 });
      expect(await stage.lines(1)).toEqual(['TROUPE_MAILBOX_FULL']);
      await actor.room();
      expect(await actor.ask.handled()).toEqual([0, 1, 2, 3]);
    });

    it('coalesce: replace what waits by its key, in its place', async () => {
      const actor = await busy();
      const before = stage.count('deadCoalesced');
      for (const [key, n] of [
        ['a', 1],
        ['b', 1],
        ['c', 1],
        ['d', 1],
        ['b', 2],
        ['a', 2],
        ['b', 3],
      ] as const)
        actor.tell.latest({ key, n });
      await actor.room();
      expect(await actor.ask.handled()).toEqual(['a2', 'b3', 'c1', 'd1']);
      expect(stage.count('deadCoalesced') - before).toBe(3);
    });

    it('coalesce: with no message of its key, drop the oldest', async () => {
      const actor = await busy();
      for (const key of ['a', 'b', 'c', 'd', 'e']) actor.tell.latest({ key, n: 1 });
      await actor.room();
      expect(await actor.ask.handled()).toEqual(['b1', 'c1', 'd1', 'e1']);
    });
  });

  describe('of an actor elsewhere', () => {
    it('apply their rule on arrival: what is not taken is a dead letter there, and an ask is told', async () => {
      const actor = await stage.system.spawn(Bounded, undefined, { node: stage.there });
      actor.tell.busy(200);
      const before = stage.count('deadOverflow');
      let thrown = 0;
      for (let n = 0; n < 8; n++) {
        actor.tell.newest(n);
        try {
          actor.tell.fail(n);
        } catch {
          thrown++;
        }
      }
      // Every one of them was handled, thrown back, or is a dead letter.
      await stage.until(async () => {
        const handled = await actor.ask.handled().catch(() => []);
        return handled.length + thrown + stage.count('deadOverflow') - before === 16;
      });
      if (stage.isThreaded) expect(thrown).toBe(0);
    });

    it('lose nothing where the rule is block, however fast the sender', async () => {
      const actor = await stage.system.spawn(Bounded, undefined, { node: stage.there });
      const sender = await stage.system.spawn(Sender, stage.journal, { node: stage.here });
      actor.tell.busy(50);
      for (let batch = 0; batch < 20; batch++) {
        await sender.room();
        sender.tell.send({ to: actor, from: batch * 100, count: 100 });
      }
      let handled: readonly unknown[] = [];
      await stage.until(async () => {
        await actor.room();
        handled = await actor.ask.handled().catch(() => []);
        return handled.length === 2_000;
      });
      expect(handled).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    });
  });

  describe('and blocked senders', () => {
    it('take no next message until there is room', async () => {
      const actor = await busy(100);
      const sender = await stage.system.spawn(Sender, stage.journal, { node: 'main' });
      const blocked = stage.count('blocked');
      sender.tell.send({ to: actor, from: 0, count: 5 });
      sender.tell.note('after room');
      await stage.until(() => stage.count('blocked') === blocked + 1);
      expect(await stage.journal.ask.lines()).toEqual([]);
      expect(await stage.lines(1)).toEqual(['after room']);
      // It was let go on because the mailbox had emptied to half.
      expect((await actor.ask.handled()).length).toBeGreaterThanOrEqual(3);
    });

    it('go on when the actor that they wait for stops', async () => {
      const actor = await busy(60_000);
      const sender = await stage.system.spawn(Sender, stage.journal, { node: 'main' });
      const before = stage.count('deadStopped');
      sender.tell.send({ to: actor, from: 0, count: 5 });
      sender.tell.note('after the stop');
      await stage.until(() => stage.count('enqueued') > 0);
      await stage.system.stop(actor);
      expect(await stage.lines(1)).toEqual(['after the stop']);
      expect(stage.count('deadStopped') - before).toBe(5);
    });

    it('in a ring do not wait for one another for ever', async () => {
      const nodes = ['main', 'main', 'main'];
      const ring = await Promise.all(nodes.map((node) => stage.system.spawn(Sender, stage.journal, { node })));
      const [a, b, c] = ring as SenderRef[];
      if (a === undefined || b === undefined || c === undefined) throw new Error('expected three senders');
      // More messages than all mailboxes of the ring hold together.
      a.tell.ring({ next: [b, c, a], hops: 10, width: 40 });
      b.tell.ring({ next: [c, a, b], hops: 10, width: 40 });
      await stage.lines(80);
      expect(await stage.journal.ask.lines()).toHaveLength(80);
    });

    it('in a ring across nodes neither', async () => {
      const nodes = [stage.here, stage.there, stage.here, stage.there];
      const ring = await Promise.all(nodes.map((node) => stage.system.spawn(Sender, stage.journal, { node })));
      const [first, ...rest] = ring as SenderRef[];
      if (first === undefined) throw new Error('expected four senders');
      first.tell.ring({ next: [...rest, first], hops: 12, width: 60 });
      await stage.lines(60);
      expect(await stage.journal.ask.lines()).toHaveLength(60);
    });
  });

  it('of a size and a rule given at the spawn stand in for the definition’s', async () => {
    const actor = await stage.system.spawn(Bounded2, undefined, {
      node: 'main',
      mailbox: { capacity: 2, overflow: 'drop-oldest', kinds: { take: { overflow: 'drop-newest' } } },
    });
    actor.tell.busy(50);
    await stage.until(() => stage.count('enqueued') === stage.count('begun'));
    for (let n = 0; n < 5; n++) actor.tell.take(n);
    await actor.room();
    expect(await actor.ask.handled()).toEqual([0, 1]);
  });

  it('are refused with a wrong capacity, rule or kind, and with a function that would have to cross threads', async () => {
    for (const mailbox of [{ capacity: 0 }, { overflow: 'explode' }, { kinds: { nothing: {} } }])
      await expect(
        stage.system.spawn(Bounded2, undefined, { node: 'main', mailbox: mailbox as never }),
      ).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
    const keyed = stage.system.spawn(Bounded2, undefined, {
      node: stage.there,
      mailbox: { kinds: { take: { key: () => 1 } } },
    });
    if (stage.isThreaded) await expect(keyed).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
    else expect(await keyed).toBeDefined();
  });
});

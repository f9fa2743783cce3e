/** Actors that wait for one another, some for an answer and some for room. */

import { describe, expect, it } from 'vitest';
import { Knot, type KnotRef } from './fixtures/knot.ts';
import { onEveryHost } from './hosts.ts';

/** More than a mailbox, what a node takes beyond it, and a ring between nodes hold together. */
const FLOOD = 30_000;
/** A ring that is not found would end with these. */
const PATIENT = { timeout: 60_000 };

onEveryHost('knots', {}, (stage) => {
  const spawn = (node: string): Promise<KnotRef> => stage.system.spawn(Knot, undefined, { node });
  const broken = () => stage.count('blockCyclesBroken');

  describe('of an actor that waits for room at one that waits for its answer', () => {
    it('are undone: it goes on over the bound, and answers', async () => {
      const [sender, asker] = [await spawn(stage.here), await spawn(stage.there)];
      const before = broken();
      const answer = asker.ask.askAfter({ of: sender, milliseconds: 200 }, PATIENT);
      sender.tell.flood({ to: asker, count: FLOOD });
      expect(await answer).toBe(0);
      expect(broken()).toBeGreaterThan(before);
      await stage.until(async () => (await asker.ask.taken(undefined, PATIENT)) === FLOOD);
    });

    it('are undone also where others come between, and the answer waits behind other floods', async () => {
      const [first, second, third] = [await spawn(stage.here), await spawn(stage.there), await spawn(stage.here)];
      // The third asks the second, which asks the first, which waits for room at the third.
      const answers = [
        third.ask.askAfter({ of: second, milliseconds: 200 }, PATIENT),
        second.ask.askAfter({ of: first, milliseconds: 200 }, PATIENT),
      ];
      for (let n = 0; n < 3; n++) first.tell.flood({ to: third, count: FLOOD / 3 });
      expect(await Promise.all(answers)).toEqual([0, 0]);
      await stage.until(async () => (await third.ask.taken(undefined, PATIENT)) === FLOOD);
    });
  });

  describe('of actors that all wait for room', () => {
    it('are undone, whatever they send', async () => {
      const ring = [await spawn(stage.here), await spawn(stage.there), await spawn(stage.here)];
      for (const [at, knot] of ring.entries())
        knot.tell.flood({ to: ring[(at + 1) % ring.length] as KnotRef, count: FLOOD });
      for (const knot of ring) await stage.until(async () => (await knot.ask.taken(undefined, PATIENT)) === FLOOD);
    });
  });

  describe('of an ask that does not get past the messages for one that waits for its asker', () => {
    it('are undone: what is on the way is let through', async () => {
      const [full, target] = [await spawn(stage.here), await spawn(stage.here)];
      const [asker, flood] = [await spawn(stage.there), await spawn(stage.there)];
      const answers = [
        full.ask.askAfter({ of: asker, milliseconds: 100 }, PATIENT),
        asker.ask.askAfter({ of: target, milliseconds: 300 }, PATIENT),
      ];
      flood.tell.flood({ to: full, count: FLOOD });
      expect(await Promise.all(answers)).toEqual([0, 0]);
      await stage.until(async () => (await full.ask.taken(undefined, PATIENT)) === FLOOD);
    });
  });

  it('that are only asks are still told as deadlocks', async () => {
    const [a, b] = [await spawn(stage.here), await spawn(stage.there)];
    const results = await Promise.allSettled([
      a.ask.askAfter({ of: b, milliseconds: 20 }, PATIENT),
      b.ask.askAfter({ of: a, milliseconds: 20 }, PATIENT),
    ]);
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'answered'));
    expect(codes).toContain('TROUPE_ASK_DEADLOCK');
    await stage.until(() => stage.events.some((event) => event.type === 'deadlock'));
  });
});

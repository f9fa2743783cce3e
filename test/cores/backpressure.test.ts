import type { RefOf } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Sequenced, Speaker, Tally, TotalOrder, Uniform } from './fixtures/stacks.ts';
import { IDS, onEveryHost, stage } from './stage.ts';

const WORDS = 5_000;
/** A few words fill a ring. */
const SIZE = 512;
const RING_BYTES = 32_768;

onEveryHost((host) => {
  describe('members that are asked for more than their links carry', () => {
    it.each([
      { name: 'uniform', definition: Uniform, isTotal: false },
      { name: 'sequenced', definition: Sequenced, isTotal: true },
      { name: 'total-order', definition: TotalOrder, options: { periodTicks: 500 }, isTotal: true },
    ])('take requests no faster, and lose nothing: $name broadcast', async ({ definition, options, isTotal }) => {
      await using group = await stage(host, definition, options, { ringBytes: RING_BYTES, subscriber: Tally });
      const tally = group.recorder as never as RefOf<typeof Tally>;
      // It is flooded too, and an ask from outside that finds a full mailbox is refused.
      const read = async () => {
        await tally.room();
        return tally.ask.read();
      };
      for (const id of IDS) {
        const speaker = await group.system.spawn(Speaker, group.member(id) as never, {
          node: host === 'inline' ? 'main' : id,
        });
        speaker.tell.speak({ id, words: WORDS, size: SIZE });
      }
      const all = new Map(IDS.map((id) => [id, IDS.length * WORDS]));
      await group.until(async () => {
        const { counts } = await read();
        return IDS.every((id) => (counts.get(id as never) ?? 0) >= IDS.length * WORDS);
      });
      const { counts, digests } = await read();
      expect(counts).toEqual(all);
      if (isTotal) expect(new Set(digests.values()).size).toBe(1);
      let deferred = 0;
      for (const id of IDS) {
        const status = await group.member(id).ask.status();
        expect(status).toMatchObject({ lost: 0 });
        deferred += status.deferred;
      }
      // Rings were full, and requests waited for them; in one thread there are no rings.
      if (host === 'threads') expect(deferred).toBeGreaterThan(0);
      for (const { deadOverflow } of group.system.counters().values()) expect(deadOverflow).toBe(0);
    });
  });
});

import { describe, expect, it } from 'vitest';
import { Detector, Leadership } from './fixtures/stacks.ts';
import { IDS, onEveryHost, stage } from './stage.ts';

onEveryHost((host) => {
  describe('a perfect failure detector', () => {
    it('detects a member that crashes, and nobody else, at both of those that are left', async () => {
      // Threads share two cores with who knows what: the bound on delays that it counts on is a generous one.
      await using group = await stage(host, Detector, { periodTicks: 1_000 });
      await group.crash('n2');
      await group.until(async () => (await group.recorder.ask.count()) >= 2);
      const crash = { kind: 'crash', node: 'n2' };
      expect(await group.told()).toEqual(
        new Map([
          ['n1', [crash]],
          ['n3', [crash]],
        ]),
      );
    });
  });

  describe('leader detection', () => {
    it('comes to trust the first member everywhere, and the next one once that has crashed', async () => {
      await using group = await stage(host, Leadership, { periodTicks: 25 });
      const trusted = async (id: (typeof IDS)[number]) =>
        (await group.told<{ leader: string }>()).get(id)?.at(-1)?.leader;
      const all = async (ids: readonly (typeof IDS)[number][], leader: string) =>
        (await Promise.all(ids.map(trusted))).every((id) => id === leader);
      await group.until(() => all(IDS, 'n1'));
      await group.crash('n1');
      await group.until(() => all(['n2', 'n3'], 'n2'));
      if (host === 'inline') return;
      // Its node comes back, and it with it: to the others it has crashed, and does not take the lead again.
      const survivors = async () => (await group.told<{ leader: string }>()).get('n2') ?? [];
      const before = (await survivors()).length;
      await group.until(async () => {
        const status = await group
          .member('n1')
          .ask.status()
          .catch(() => undefined);
        return (status?.ignored.get('an event at a node that has crashed before') ?? 0) > 10;
      });
      expect((await survivors()).slice(before)).not.toContainEqual({ kind: 'trust', leader: 'n1' });
    });
  });
});

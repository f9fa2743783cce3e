import { describe, expect, it } from 'vitest';
import { Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('what takes long', { slowMessage: 40, slowHandler: 80 }, (stage) => {
  const slow = () => stage.events.filter((event) => event.type === 'slow');

  describe('is told, with the handler and what was measured,', () => {
    it('where a message keeps its node busy', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await worker.ask.burn(60);
      await stage.until(() => slow().length > 0);
      expect(slow()[0]).toMatchObject({ handler: 'burn', measured: 'busy', node: stage.there });
      expect(`${slow()[0]?.actor}`).toBe(`${worker}`);
      expect(slow()[0]?.milliseconds).toBeGreaterThan(40);
    });

    it('where it does, and not for what the program did before it let them have their turn', async () => {
      const here = await stage.system.spawn(Worker, undefined, { node: 'main' });
      const other = await stage.system.spawn(Worker, undefined, { node: 'main' });
      const before = slow().length;
      here.tell.burn(0);
      other.tell.burn(0);
      const until = performance.now() + 60;
      while (performance.now() < until);
      await Promise.all([here.ask.burn(0), other.ask.burn(0)]);
      expect(slow()).toHaveLength(before);
    });

    it('where an async handler takes long, though it only waits', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await worker.ask.nap(100);
      await stage.until(() => slow().some((event) => event.measured === 'elapsed'));
      const told = slow().find((event) => event.measured === 'elapsed');
      expect(told).toMatchObject({ handler: 'nap', messages: 1, node: stage.there });
      expect(told?.milliseconds).toBeGreaterThan(80);
    });
  });
});

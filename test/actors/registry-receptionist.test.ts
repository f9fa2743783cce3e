import type { Ref } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Member } from './fixtures/member.ts';
import { Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('names and offers', {}, (stage) => {
  const spawn = (id: string, options = {}) => stage.system.spawn(Member, id, { node: stage.there, ...options });

  describe('a name', () => {
    it('finds its actor from everywhere', async () => {
      const alice = await spawn('a', { name: 'alice' });
      const other = await spawn('b', { node: stage.here });
      expect(await stage.system.whereis('alice')).toBe(alice);
      expect(await other.ask.whereis('alice')).toBe(alice);
      expect(await other.ask.whereis('nobody')).toBeUndefined();
    });

    it('is unique in the system, whichever nodes ask for it, also at once', async () => {
      const results = await Promise.allSettled(
        [stage.here, stage.there, 'main', stage.here].map((node) => spawn('x', { node, name: 'only' })),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({ code: 'TROUPE_NAME_TAKEN', data: { name: 'only' } });
    });

    it('is kept over restarts, and free again after the stop', async () => {
      const first = await spawn('a', { name: 'phoenix' });
      first.tell.crash();
      expect(await first.ask.id()).toBe('a');
      expect(await stage.system.whereis('phoenix')).toBe(first);
      await stage.system.stop(first);
      await stage.until(async () => (await stage.system.whereis('phoenix')) === undefined);
      const second = await spawn('b', { name: 'phoenix' });
      expect(await stage.system.whereis('phoenix')).toBe(second);
    });

    it('is free again where the start failed', async () => {
      await expect(stage.system.spawn(Member, (() => {}) as never, { name: 'ghost' })).rejects.toMatchObject({
        code: 'TROUPE_VALUE_REFUSED',
      });
      expect(await spawn('a', { name: 'ghost' })).toBeDefined();
    });

    it('is a non-empty string', async () => {
      for (const name of ['', 5 as never])
        await expect(spawn('a', { name })).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
    });
  });

  it('an actor without a name is called the same wherever it is spoken of', async () => {
    const workers = await Promise.all(
      [stage.there, stage.here, 'main'].map((node) => stage.system.spawn(Worker, undefined, { node })),
    );
    for (const worker of workers) {
      expect(`${worker}`).toMatch(new RegExp(`^${worker.node}/Worker#\\d+$`));
      expect(await worker.ask.ownName()).toBe(`${worker}`);
    }
    expect(new Set(workers.map(String)).size).toBe(3);
  });

  describe('an offer', () => {
    it('at the spawn, by the definition or by a key, lets the actor be found until it stops', async () => {
      expect(await stage.system.find('shard')).toEqual([]);
      const [byKey, byType] = [await spawn('a', { offer: 'shard' }), await spawn('b', { offer: true })];
      await stage.until(async () => (await stage.system.find('shard')).length === 1);
      expect(await stage.system.find('shard')).toEqual([byKey]);
      await stage.until(async () => (await stage.system.find(Member)).length === 1);
      expect((await stage.system.find(Member))[0]).toBe(byType);
      expect(await byType.ask.find('shard')).toBe(1);
      await stage.system.stop(byKey);
      await stage.until(async () => (await stage.system.find('shard')).length === 0);
      await stage.system.stop(byType);
      await stage.until(async () => (await stage.system.find(Member)).length === 0);
    });

    it('by the actor itself does as well, and outlives its restarts', async () => {
      const member = await spawn('a');
      await member.ask.offer('pool');
      await member.ask.offer('pool');
      await stage.until(async () => (await stage.system.find('pool')).length === 1);
      member.tell.crash();
      await member.ask.id();
      expect(await stage.system.find('pool')).toEqual([member]);
      await stage.system.stop(member);
      await stage.until(async () => (await stage.system.find('pool')).length === 0);
    });

    it('is watched: at once, and at every change, until the watch ends', async () => {
      const seen: number[] = [];
      const end = stage.system.watch('watched', (refs: readonly Ref<unknown>[]) => seen.push(refs.length));
      expect(seen).toEqual([0]);
      const first = await spawn('a', { offer: 'watched' });
      await spawn('b', { offer: 'watched', node: stage.here });
      await stage.until(() => seen.at(-1) === 2);
      await stage.system.stop(first);
      await stage.until(() => seen.at(-1) === 1);
      end();
      await spawn('c', { offer: 'watched' });
      expect(seen.at(-1)).toBe(1);
      {
        using _ = stage.system.watch('watched', (refs) => seen.push(refs.length));
        await stage.until(() => seen.at(-1) === 2);
      }
      const controller = new AbortController();
      stage.system.watch('watched', () => seen.push(-1), { signal: controller.signal });
      controller.abort();
      const length = seen.length;
      await spawn('d', { offer: 'watched' });
      await stage.until(async () => (await stage.system.find('watched')).length === 3);
      expect(seen).toHaveLength(length);
    });

    it('is watched by actors as messages', async () => {
      const watcher = await spawn('w');
      await watcher.ask.report(stage.journal);
      await watcher.ask.watch('seen');
      await spawn('a', { offer: 'seen', node: stage.here });
      await stage.until(async () => (await stage.journal.ask.lines()).at(-1) === 'w: 1');
      await stage.system.stop(watcher);
    });

    it('is watched no longer, on any node, when the watch has ended: by a call, its signal, or its actor’s incarnation', async () => {
      const watched = () => stage.system.kernel.receptionist.watchedFromElsewhere;
      await stage.until(() => watched() === 0);
      const watcher = await spawn('w');
      await watcher.ask.report(stage.journal);
      expect(await watcher.ask.find('brief')).toBe(0);
      expect(watched()).toBe(0);
      await watcher.ask.watchAWhile('brief');
      await stage.until(() => watched() === 0);
      await watcher.ask.watch('brief');
      await watcher.ask.watch('brief');
      await stage.until(() => watched() === (stage.isThreaded ? 1 : 0));
      const offering = await spawn('a', { offer: 'brief', node: stage.here });
      await stage.until(async () => (await stage.journal.ask.lines()).filter((line) => line === 'w: 1').length === 2);
      watcher.tell.crash();
      expect(await watcher.ask.id()).toBe('w');
      await stage.until(() => watched() === 0);
      await watcher.ask.report(stage.journal);
      const lines = (await stage.journal.ask.lines()).length;
      await watcher.ask.watch('brief');
      await stage.until(async () => (await stage.journal.ask.lines()).length === lines + 1);
      await stage.system.stop(watcher);
      await stage.until(() => watched() === 0);
      await stage.system.stop(offering);
      expect(await stage.journal.ask.lines()).toHaveLength(lines + 1);
    });

    it('of nothing is refused', async () => {
      await expect(spawn('a', { offer: '' })).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
      expect(() => stage.system.watch('', () => {})).toThrow(
        expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }),
      );
    });
  });
});

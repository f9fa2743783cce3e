import { describe, expect, it } from 'vitest';
import { Member } from './fixtures/member.ts';
import { onEveryHost, type Stage } from './hosts.ts';

const members = (stage: Stage, count: number, options = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      stage.system.spawn(Member, `m${n}`, { node: n % 2 === 0 ? stage.here : stage.there, ...options }),
    ),
  );

onEveryHost('routers', {}, (stage) => {
  describe('a router', () => {
    it('by round robin gives each its turn', async () => {
      const router = stage.system.router(await members(stage, 3), 'round-robin');
      const ids: string[] = [];
      for (let n = 0; n < 6; n++) ids.push(await router.ask.id());
      expect(ids).toEqual(['m0', 'm1', 'm2', 'm0', 'm1', 'm2']);
    });

    it('by random gives all some', async () => {
      const router = stage.system.router(await members(stage, 3), 'random');
      const ids = await Promise.all(Array.from({ length: 200 }, () => router.ask.id()));
      expect(new Set(ids)).toEqual(new Set(['m0', 'm1', 'm2']));
    });

    it('by smallest mailbox spares who is busy', async () => {
      const [busy, idle] = await members(stage, 2);
      if (busy === undefined || idle === undefined) throw new Error('expected two members');
      busy.tell.slowly(60_000);
      for (let n = 0; n < 50; n++) busy.tell.handle('waiting');
      const router = stage.system.router([busy, idle], 'smallest-mailbox');
      const ask = () => router.ask.id(undefined, { timeout: 100 }).catch(() => 'nobody');
      // What an actor elsewhere has waiting is known once its node was asked.
      await stage.until(async () => (await Promise.all([ask(), ask(), ask()])).every((id) => id === 'm1'));
      for (let n = 0; n < 10; n++) expect(await router.ask.id()).toBe('m1');
      await stage.system.stop(busy);
    });

    it('by consistent hash sends equal keys to the same actor, from whatever node', async () => {
      const all = await members(stage, 4, { offer: `hashed-${stage.here}` });
      const routing = { by: 'consistent-hash', key: (item: string) => item } as const;
      const router = stage.system.router(all, routing);
      const keys = Array.from({ length: 100 }, (_, n) => `key-${n}`);
      const first = await Promise.all(keys.map((key) => router.ask.handle(key)));
      expect(await Promise.all(keys.map((key) => router.ask.handle(key)))).toEqual(first);
      expect(new Set(first).size).toBe(4);
      const reversed = stage.system.router([...all].reverse(), routing);
      expect(await Promise.all(keys.map((key) => reversed.ask.handle(key)))).toEqual(first);
    });

    it('by broadcast tells all, and gives the first answer', async () => {
      const all = await members(stage, 3);
      const router = stage.system.router(all, 'broadcast');
      router.tell.handle('everybody');
      for (const member of all) await stage.until(async () => (await member.ask.handled()).length === 1);
      expect(['m0', 'm1', 'm2']).toContain(await router.ask.slowly(5));
      expect(() => router.stream.items()).toThrow(expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }));
    });

    it('opens a stream of one of its actors', async () => {
      const router = stage.system.router(await members(stage, 1), 'round-robin');
      expect(await router.stream.items().next()).toEqual({ done: false, value: 'm0' });
    });

    it('follows those that offer a definition or a key, as they come and go', async () => {
      const router = stage.system.router<{ id(): string }>('followed', 'round-robin');
      await expect(router.ask.id()).rejects.toMatchObject({ code: 'TROUPE_NO_ROUTEE' });
      expect(() => router.tell.id()).toThrow(expect.objectContaining({ code: 'TROUPE_NO_ROUTEE' }));
      const [first] = await members(stage, 2, { offer: 'followed' });
      await router.ready(2);
      expect(router.routees).toHaveLength(2);
      expect(new Set([await router.ask.id(), await router.ask.id()])).toEqual(new Set(['m0', 'm1']));
      if (first !== undefined) await stage.system.stop(first);
      await stage.until(() => router.routees.length === 1);
      expect([await router.ask.id(), await router.ask.id()]).toEqual(['m1', 'm1']);
      router.close();
      await members(stage, 1, { offer: 'followed' });
      expect(router.routees).toHaveLength(1);
    });

    it('over a list leaves out those that have stopped, until none is left', async () => {
      const [first, second] = await members(stage, 2);
      if (first === undefined || second === undefined) throw new Error('expected two members');
      const router = stage.system.router([first, second], 'round-robin');
      await stage.system.stop(second);
      await stage.until(() => router.routees.length === 1);
      for (let n = 0; n < 4; n++) expect(await router.ask.id()).toBe('m0');
      await stage.system.stop(first);
      await stage.until(() => router.routees.length === 0);
      expect(() => router.tell.id()).toThrow(expect.objectContaining({ code: 'TROUPE_NO_ROUTEE' }));
      const late = stage.system.router([first, second], 'round-robin');
      await stage.until(() => late.routees.length === 0);
    });

    it('can be an actor’s own', async () => {
      await members(stage, 2, { offer: 'own' });
      const member = await stage.system.spawn(Member, 'asker', { node: stage.there });
      expect(['m0', 'm1']).toContain(await member.ask.routeOne({ key: 'own', item: 'x' }));
    });

    it('says which kinds there are where one is unknown, and refuses an unknown routing', async () => {
      const router = stage.system.router(await members(stage, 1), 'round-robin') as never as {
        tell: { fly(): void };
      };
      expect(() => router.tell.fly()).toThrow(expect.objectContaining({ code: 'TROUPE_UNKNOWN_HANDLER' }));
      expect(() => stage.system.router([], 'best' as never)).toThrow(
        expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }),
      );
    });
  });
});

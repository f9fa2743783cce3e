import { describe, expect, it } from 'vitest';
import { Relative, Watcher } from './fixtures/relative.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('links and monitors', {}, (stage) => {
  const watcher = (id = 'w') => stage.system.spawn(Watcher, { id, journal: stage.journal }, { node: stage.here });
  const relative = (id = 'r', options = {}) =>
    stage.system.spawn(Relative, id, { node: stage.there, restart: 'temporary', ...options });
  const isStopped = (ref: { ask: { id(): Promise<string> } }) =>
    ref.ask.id().then(
      () => false,
      ({ code }) => code === 'TROUPE_DEAD_REF',
    );

  describe('a monitor', () => {
    it('is told once when the other has stopped, with the reason', async () => {
      const watching = await watcher();
      const [ends, crashes, isStoppedByOrder] = [await relative(), await relative(), await relative()];
      for (const target of [ends, crashes, isStoppedByOrder]) await watching.ask.monitor(target);
      ends.tell.end();
      expect(await stage.lines(1)).toEqual(['w: down, normal']);
      crashes.tell.crash();
      expect((await stage.lines(2))[1]).toBe('w: down, error r crashed');
      await stage.system.stop(isStoppedByOrder);
      expect((await stage.lines(3))[2]).toBe('w: down, shutdown');
    });

    it('is told at once where the other has stopped before', async () => {
      const watching = await watcher();
      const gone = await relative();
      await stage.system.stop(gone);
      await watching.ask.monitor(gone);
      expect(await stage.lines(1)).toEqual(['w: down, normal']);
    });

    it('is told nothing of restarts', async () => {
      const watching = await watcher();
      const target = await relative('r', { restart: 'permanent' });
      await watching.ask.monitor(target);
      target.tell.crash();
      expect(await target.ask.id()).toBe('r');
      await stage.system.stop(target);
      expect(await stage.lines(1)).toEqual(['w: down, shutdown']);
    });

    it('set twice is told once, and ended by demonitor', async () => {
      const watching = await watcher();
      const [twice, never] = [await relative(), await relative()];
      for (let n = 0; n < 2; n++) await watching.ask.monitor(twice);
      await watching.ask.monitor(never);
      await watching.ask.demonitor(never);
      await watching.ask.id();
      await stage.system.stop(never);
      await stage.system.stop(twice);
      await stage.lines(1);
      await watching.ask.id();
      expect(await stage.journal.ask.lines()).toEqual(['w: down, shutdown']);
    });

    it('ends with the incarnation that set it', async () => {
      const watching = await watcher();
      const target = await relative();
      await watching.ask.monitor(target);
      watching.tell.crash();
      await watching.ask.id();
      await stage.system.stop(target);
      const other = await relative();
      await watching.ask.monitor(other);
      await stage.system.stop(other);
      expect(await stage.lines(1)).toEqual(['w: down, shutdown']);
    });

    it('without a handler for it harms nobody', async () => {
      const [one, other] = [await relative(), await relative()];
      await one.ask.monitor(other);
      await stage.system.stop(other);
      expect(await one.ask.id()).toBe('r');
    });

    it('is told ahead of the messages that wait', async () => {
      const watching = await watcher();
      const target = await relative();
      await watching.ask.monitor(target);
      watching.tell.busy(50);
      const answer = watching.ask.id().then(() => stage.journal.tell.note('the message'));
      target.tell.end();
      await answer;
      expect(await stage.lines(2)).toEqual(['w: down, normal', 'the message']);
    });
  });

  describe('a link', () => {
    it('ends both, whichever fails', async () => {
      for (const fails of [0, 1] as const) {
        const pair = [await relative('a', { node: stage.here }), await relative('b')] as const;
        await pair[0].ask.link(pair[1]);
        await pair[1].ask.id();
        pair[fails].tell.crash();
        for (const one of pair) await stage.until(() => isStopped(one));
        // Each node tells its events itself: in which order they come is chance.
        const other = pair[1 - fails];
        const failure = () => stage.events.find((event) => event.type === 'failed' && event.actor === other);
        await stage.until(failure);
        expect(failure()).toMatchObject({
          in: 'link',
          error: { code: 'TROUPE_LINKED_EXIT', cause: { message: /crashed/ } },
        });
      }
    });

    it('is not followed by a normal end', async () => {
      const [a, b] = [await relative('a', { node: stage.here }), await relative('b')];
      await a.ask.link(b);
      b.tell.end();
      await stage.until(() => isStopped(b));
      expect(await a.ask.id()).toBe('a');
    });

    it('to an actor with a handler for exits is a signal to it, of every sort of end', async () => {
      const watching = await watcher();
      for (const [end, heard] of [
        ['crash', 'w: exit, error r crashed'],
        ['end', 'w: exit, normal'],
      ] as const) {
        const target = await relative();
        await watching.ask.link(target);
        target.tell[end]();
        expect((await stage.lines(1)).at(-1)).toBe(heard);
        await stage.journal.ask.clear();
      }
      expect(await watching.ask.id()).toBe('w');
    });

    it('of incarnations ends when one of them does, also by a restart', async () => {
      const watching = await watcher();
      const target = await relative('r', { restart: 'permanent' });
      await watching.ask.link(target);
      target.tell.crash();
      expect(await stage.lines(1)).toEqual(['w: exit, error r crashed']);
      await target.ask.id();
      target.tell.crash();
      await target.ask.id();
      await watching.ask.id();
      expect(await stage.journal.ask.lines()).toHaveLength(1);
    });

    it('is ended by unlink, from either side', async () => {
      const watching = await watcher();
      const target = await relative();
      await target.ask.link(watching);
      await watching.ask.unlink(target);
      await target.ask.id();
      target.tell.crash();
      await stage.until(() => isStopped(target));
      await watching.ask.id();
      expect(await stage.journal.ask.lines()).toEqual([]);
    });

    it('to an actor that has stopped is a killed one', async () => {
      const watching = await watcher();
      const gone = await relative();
      await stage.system.stop(gone);
      await watching.ask.link(gone);
      expect((await stage.lines(1))[0]).toBe('w: exit, killed');
    });

    it('to oneself is none', async () => {
      const watching = await watcher();
      await watching.ask.link(watching);
      expect(await watching.ask.id()).toBe('w');
    });
  });
});

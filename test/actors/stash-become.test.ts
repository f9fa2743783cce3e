import { describe, expect, it } from 'vitest';
import { Door } from './fixtures/door.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('stash and behaviours', {}, (stage) => {
  const spawn = () => stage.system.spawn(Door, stage.journal, { node: stage.there });

  describe('a stashed message', () => {
    it('is handled later, in its old order, before those that came meanwhile', async () => {
      const door = await spawn();
      door.tell.close();
      for (const who of ['a', 'b', 'c']) door.tell.enter(who);
      door.tell.open();
      door.tell.enter('d');
      expect(await stage.lines(4)).toEqual(['a enters', 'b enters', 'c enters', 'd enters']);
    });

    it('that is an ask stays open, and is answered in the end', async () => {
      const door = await spawn();
      door.tell.close();
      const answers = [door.ask.enter('a'), door.ask.enter('b')];
      expect(await door.ask.behaviour()).toBe('closed');
      door.tell.open();
      expect(await Promise.all(answers)).toEqual([1, 2]);
    });

    it('that is an ask and timed out meanwhile is not handled', async () => {
      const door = await spawn();
      door.tell.close();
      await expect(door.ask.enter('late', { timeout: 20 })).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
      door.tell.open();
      expect(await door.ask.enter('next')).toBe(1);
    });

    it('can be put aside by an async handler', async () => {
      const door = await spawn();
      const answer = door.ask.stashLater('a');
      await door.ask.close();
      await door.ask.letIn();
      expect(await answer).toBe('not stashed');
    });

    it('survives a restart, and is handled by the next incarnation', async () => {
      const door = await spawn();
      door.tell.close();
      const answer = door.ask.enter('a');
      door.tell.crash();
      expect(await answer).toBe(1);
      expect(await door.ask.behaviour()).toBeUndefined();
    });

    it('of an actor that stops is a dead letter, and an ask is told', async () => {
      const door = await spawn();
      door.tell.close();
      const answer = expect(door.ask.enter('a')).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
      const before = stage.count('deadStopped');
      door.tell.enter('b');
      await door.ask.behaviour();
      await stage.system.stop(door);
      await answer;
      expect(stage.count('deadStopped') - before).toBe(1);
    });

    it('can only be one that is being handled', async () => {
      const door = await spawn();
      door.tell.stashTooLate();
      expect((await stage.lines(1))[0]).toBe('TROUPE_NOT_IN_HANDLER');
    });

    it('is one of ten thousand at most', async () => {
      const door = await spawn();
      door.tell.close();
      for (let n = 0; n <= 10_000; n++) {
        if (n % 1_000 === 0) await door.room();
        door.tell.enter(`${n}`);
      }
      await stage.until(() =>
        stage.events.some(
          (event) => event.type === 'failed' && (event.error as { code?: string }).code === 'TROUPE_STASH_FULL',
        ),
      );
      await stage.lines(10_000);
    });
  });

  describe('a behaviour', () => {
    it('stands in for the handlers that it names, from the next message on, until unbecome', async () => {
      const door = await spawn();
      expect(await door.ask.enter('a')).toBe(1);
      await door.ask.lock();
      expect(await door.ask.enter('b')).toBe('locked out');
      await door.ask.open();
      expect(await door.ask.enter('c')).toBe(2);
    });

    it('that is left brings back the one before', async () => {
      const door = await spawn();
      await door.ask.lock();
      await door.ask.close();
      expect(await door.ask.behaviour()).toBe('closed');
      await door.ask.open();
      expect(await door.ask.behaviour()).toBe('locked');
      await door.ask.open();
      await door.ask.open();
      expect(await door.ask.behaviour()).toBeUndefined();
    });

    it('may change for ever: only the last 64 can be gone back to', async () => {
      const door = await spawn();
      await door.ask.flip(10_001);
      for (let back = 0; back < 64; back++) await door.ask.open();
      expect(await door.ask.behaviour()).toBeUndefined();
    });

    it('that does not exist is refused, with those that do', async () => {
      const door = await spawn();
      await expect(door.ask.wrong()).rejects.toMatchObject({
        code: 'TROUPE_BEHAVIOUR_UNKNOWN',
        message: expect.stringContaining('closed, locked'),
      });
    });
  });
});

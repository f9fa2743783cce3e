import type { DeadLetter } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Caller, Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('dead letters', {}, (stage) => {
  const letters = () => stage.system.deadLetters;

  describe('a dead letter', () => {
    it('says for whom it was, what, from whom, when and why', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: 'main' });
      const caller = await stage.system.spawn(Caller, undefined, { node: 'main' });
      await stage.system.stop(worker);
      caller.tell.tellOne({ to: worker, item: { n: 1 } });
      await stage.until(() => letters().list().at(-1)?.target === worker);
      const letter = letters().list().at(-1);
      expect(letter).toMatchObject({ kind: 'put', payload: { n: 1 }, reason: 'stopped', sender: caller });
      expect(Math.abs(Date.now() - (letter?.at ?? 0))).toBeLessThan(60_000);
    });

    it('is told to subscribers, one of which may throw, until they unsubscribe', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: 'main' });
      await stage.system.stop(worker);
      const heard: DeadLetter[] = [];
      const ends = [
        letters().subscribe(() => {
          throw new Error('listener');
        }),
        letters().subscribe((letter) => heard.push(letter)),
      ];
      worker.tell.add(1);
      for (const end of ends) end();
      worker.tell.add(2);
      expect(heard.map(({ payload }) => payload)).toEqual([1]);
    });

    it('is counted by its reason', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await stage.system.stop(worker);
      const [all, stopped] = [stage.count('deadLetters'), stage.count('deadStopped')];
      for (let n = 0; n < 10; n++) worker.tell.add(n);
      await stage.until(() => stage.count('deadStopped') === stopped + 10);
      expect(stage.count('deadLetters')).toBe(all + 10);
    });

    it('is kept among the last thousand', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: 'main' });
      await stage.system.stop(worker);
      for (let n = 0; n < 1_100; n++) worker.tell.add(n);
      expect(letters().list()).toHaveLength(1_000);
      expect(
        letters()
          .list()
          .map(({ payload }) => payload),
      ).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 100));
    });
  });

  describe('replaying', () => {
    it('sends chosen letters again, to another actor, and takes them off the list', async () => {
      letters().replay();
      const [old, next] = [
        await stage.system.spawn(Worker, undefined, { node: 'main' }),
        await stage.system.spawn(Worker, undefined, { node: stage.there }),
      ];
      await stage.system.stop(old);
      for (const item of ['a', 'b', 'c']) old.tell.put(item);
      expect(letters().replay(({ payload }) => payload !== 'b', next)).toBeGreaterThanOrEqual(2);
      expect(await next.ask.items()).toEqual(['a', 'c']);
      expect(
        letters()
          .list()
          .filter(({ target }) => target === old)
          .map(({ payload }) => payload),
      ).toEqual(['b']);
    });

    it('to an actor that is still dead brings them back', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: 'main' });
      await stage.system.stop(worker);
      worker.tell.put('x');
      const mine = ({ target }: DeadLetter) => target === worker;
      expect(letters().replay(mine)).toBe(1);
      expect(letters().list().filter(mine)).toHaveLength(1);
    });
  });

  it('the messages in the mailbox of an actor that stops become dead letters, all of them', async () => {
    const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
    const before = stage.count('deadStopped');
    worker.tell.waitForAbort();
    await stage.lines(1);
    for (let n = 0; n < 500; n++) worker.tell.put(n);
    await stage.until(() => stage.count('enqueued') - stage.count('begun') >= 500);
    await stage.system.stop(worker);
    expect(stage.count('deadStopped') - before).toBe(500);
  });
});

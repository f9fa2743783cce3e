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

  describe('of whatever node', () => {
    it('a dead letter is listed, with its node and its sender, when the stop that made it has resolved', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.here });
      worker.tell.waitForAbort();
      await stage.lines(1);
      // What died unbegun in earlier cases counts too.
      const waiting = () => stage.count('enqueued') - stage.count('begun');
      const before = waiting();
      for (let n = 0; n < 3; n++) await caller.ask.tellOne({ to: worker, item: { n } });
      await stage.until(() => waiting() - before >= 3);
      await stage.system.stop(worker);
      expect(letters().list().slice(-3)).toMatchObject(
        [0, 1, 2].map((n) => ({ kind: 'put', payload: { n }, reason: 'stopped', node: stage.there })),
      );
      const letter = letters().list().at(-1);
      expect(letter?.target).toBe(worker);
      expect(letter?.sender).toBe(caller);
    });

    it('is told to subscribers, and replayed', async () => {
      const [old, next] = [
        await stage.system.spawn(Worker, undefined, { node: stage.there }),
        await stage.system.spawn(Worker, undefined, { node: stage.here }),
      ];
      await stage.system.stop(old);
      const heard: DeadLetter[] = [];
      const end = letters().subscribe((letter) => heard.push(letter));
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.there });
      caller.tell.tellMany({ to: old, count: 5 });
      await stage.until(() => heard.length === 5);
      end();
      expect(heard.map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4]);
      expect(letters().replay(({ target }) => target === old, next)).toBe(5);
      expect(await next.ask.items()).toEqual([0, 1, 2, 3, 4]);
      expect(
        letters()
          .list()
          .filter(({ target }) => target === old),
      ).toEqual([]);
    });

    it('the newest thousand are kept, and the others counted', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.there });
      await stage.system.stop(worker);
      const before = letters().counts.stopped ?? 0;
      caller.tell.tellMany({ to: worker, count: 5_000 });
      await stage.until(() => (letters().counts.stopped ?? 0) === before + 5_000);
      await stage.until(() => letters().list().at(-1)?.payload === 4_999);
      const listed = letters()
        .list()
        .filter(({ node }) => node === stage.there);
      expect(listed.map(({ payload }) => payload)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 4_000));
      expect(letters().unlisted).toBeLessThanOrEqual(stage.isThreaded ? 4_000 : 0);
    });

    it('with a payload that may not leave its thread is counted, and the others are listed', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.there });
      await stage.system.stop(worker);
      const before = letters().unlisted;
      caller.tell.tellShared({ to: worker, text: 'after' });
      await stage.until(() => letters().list().at(-1)?.payload === 'after');
      expect(letters().unlisted - before).toBe(stage.isThreaded ? 1 : 0);
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

onEveryHost('large dead letters', {}, (stage) => {
  it('are kept as long as they are not too much together: the newest; the others are counted', async () => {
    const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
    await stage.system.stop(worker);
    const stopped = stage.count('deadStopped');
    // About 2 MiB each, as characters are counted; 64 MiB are listed.
    const large = 40;
    for (let n = 0; n < large; n++) worker.tell.put(`${n}${'x'.repeat(2 ** 20)}`);
    await stage.until(() => stage.count('deadStopped') === stopped + large);
    const listed = () => stage.system.deadLetters.list().filter(({ target }) => target === worker);
    await stage.until(() => `${listed().at(-1)?.payload}`.startsWith(`${large - 1}x`));
    expect(listed().length).toBeLessThanOrEqual(32);
    expect(listed().length).toBeGreaterThan(1);
    // Those that are gone take no part any more.
    stage.system.deadLetters.replay(
      ({ target }) => target === worker,
      await stage.system.spawn(Worker, undefined, { node: 'main' }),
    );
    expect(listed()).toEqual([]);
  });
});
